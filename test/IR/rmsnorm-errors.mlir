// RUN: norm-opt %s --split-input-file --verify-diagnostics
// One case for each rule that norm.rmsnorm states, named after its label.

func.func @rmsnorm_c1_rank(%x: tensor<f32>) {
  // expected-error@+1 {{RMSNorm-C1: expected x to have rank >= 1, found 'tensor<f32>'}}
  %y = norm.rmsnorm %x axis(0) epsilon(0.0)
    : (tensor<f32>) -> tensor<f32>
  return
}

// -----

func.func @rmsnorm_c2_axis_above(%x: tensor<4x8xf32>) {
  // expected-error@+1 {{RMSNorm-C2: expected axis in [-2, 2), found 2}}
  %y = norm.rmsnorm %x axis(2) epsilon(0.0)
    : (tensor<4x8xf32>) -> tensor<4x8xf32>
  return
}

// -----

func.func @rmsnorm_c2_axis_below(%x: tensor<4x8xf32>) {
  // expected-error@+1 {{RMSNorm-C2: expected axis in [-2, 2), found -3}}
  %y = norm.rmsnorm %x axis(-3) epsilon(0.0)
    : (tensor<4x8xf32>) -> tensor<4x8xf32>
  return
}

// -----

func.func @rmsnorm_c2_axis_least(%x: tensor<4x8xf32>) {
  // expected-error@+1 {{found -9223372036854775808}}
  %y = norm.rmsnorm %x axis(-9223372036854775808) epsilon(0.0)
    : (tensor<4x8xf32>) -> tensor<4x8xf32>
  return
}

// -----

func.func @rmsnorm_c3_empty_row(%x: tensor<?x?x0xf32>) {
  // expected-error@+1 {{RMSNorm-C3: expected a row length >= 1, found 0 in 'tensor<?x?x0xf32>'}}
  %y = norm.rmsnorm %x axis(1) epsilon(0.0)
    : (tensor<?x?x0xf32>) -> tensor<?x?x0xf32>
  return
}

// -----

func.func @rmsnorm_c3_row_length_overflow(%x: tensor<9223372036854775807x2xf32>) {
  // expected-error@+1 {{RMSNorm-C3: expected a row length that fits 64 bits}}
  %y = norm.rmsnorm %x axis(0) epsilon(0.0)
    : (tensor<9223372036854775807x2xf32>) -> tensor<9223372036854775807x2xf32>
  return
}

// -----

func.func @rmsnorm_c4_epsilon_negative(%x: tensor<4x8xf32>) {
  // expected-error@+1 {{RMSNorm-C4: expected epsilon to be finite and >= 0 in 'f32', found -1.000000e+00}}
  %y = norm.rmsnorm %x axis(1) epsilon(-1.0)
    : (tensor<4x8xf32>) -> tensor<4x8xf32>
  return
}

// -----

func.func @rmsnorm_c4_epsilon_nan(%x: tensor<4x8xf32>) {
  // expected-error-re@+1 {{RMSNorm-C4: {{.*}} found nan}}
  %y = norm.rmsnorm %x axis(1) epsilon(0x7FF8000000000000)
    : (tensor<4x8xf32>) -> tensor<4x8xf32>
  return
}

// -----

func.func @rmsnorm_c4_epsilon_inf(%x: tensor<4x8xf64>) {
  // expected-error-re@+1 {{RMSNorm-C4: {{.*}} in 'f64', found INF}}
  %y = norm.rmsnorm %x axis(1) epsilon(0x7FF0000000000000)
    : (tensor<4x8xf64>) -> tensor<4x8xf64>
  return
}

// -----

func.func @rmsnorm_c4_epsilon_beyond_f32(%x: tensor<4x8xbf16>) {
  // expected-error-re@+1 {{RMSNorm-C4: {{.*}} in 'f32', found 1.000000e+300}}
  %y = norm.rmsnorm %x axis(1) epsilon(1.0e300)
    : (tensor<4x8xbf16>) -> tensor<4x8xbf16>
  return
}

// -----

func.func @rmsnorm_c5_target_rms(%x: tensor<4x8xf32>) {
  // expected-error@+1 {{RMSNorm-C5: expected target_rms to be finite in 'f32', found nan}}
  %y = norm.rmsnorm %x axis(1) epsilon(0.0) target_rms(0x7FF8000000000000)
    : (tensor<4x8xf32>) -> tensor<4x8xf32>
  return
}

// -----

func.func @rmsnorm_c6_weight_offset(%x: tensor<4x8xf32>) {
  // expected-error@+1 {{RMSNorm-C6: expected weight_offset to be finite in 'f32', found 1.000000e+39}}
  %y = norm.rmsnorm %x axis(1) epsilon(0.0) weight_offset(1.0e39)
    : (tensor<4x8xf32>) -> tensor<4x8xf32>
  return
}

// -----

func.func @rmsnorm_c7_gamma_type(%x: tensor<4x8xf32>, %g: tensor<8xf64>) {
  // expected-error@+1 {{RMSNorm-C7: expected the element type of gamma to be 'f32', found 'f64'}}
  %y = norm.rmsnorm %x gamma(%g) axis(1) epsilon(0.0)
    : (tensor<4x8xf32>, tensor<8xf64>) -> tensor<4x8xf32>
  return
}

// -----

func.func @rmsnorm_c7_gamma_type_mixed(%x: tensor<4x8xbf16>, %g: tensor<8xf16>) {
  // expected-error@+1 {{RMSNorm-C7: expected the element type of gamma to be 'bf16' or 'f32', found 'f16'}}
  %y = norm.rmsnorm %x gamma(%g) axis(1) epsilon(0.0)
    : (tensor<4x8xbf16>, tensor<8xf16>) -> tensor<4x8xbf16>
  return
}

// -----

func.func @rmsnorm_c8_gamma_shape(%x: tensor<4x8xf32>, %g: tensor<9xf32>) {
  // expected-error@+1 {{RMSNorm-C8: expected gamma to have the shape of the row dims [8], found 'tensor<9xf32>'}}
  %y = norm.rmsnorm %x gamma(%g) axis(1) epsilon(0.0)
    : (tensor<4x8xf32>, tensor<9xf32>) -> tensor<4x8xf32>
  return
}

// -----

func.func @rmsnorm_c8_gamma_shape_rank(%x: tensor<4x8xf32>, %g: tensor<1x8xf32>) {
  // expected-error-re@+1 {{RMSNorm-C8: {{.*}}[8], found 'tensor<1x8xf32>'}}
  %y = norm.rmsnorm %x gamma(%g) axis(1) epsilon(0.0)
    : (tensor<4x8xf32>, tensor<1x8xf32>) -> tensor<4x8xf32>
  return
}

// -----

func.func @rmsnorm_c8_gamma_shape_flat(%x: tensor<4x8xf32>, %g: tensor<31xf32>) {
  // expected-error-re@+1 {{RMSNorm-C8: {{.*}}[4, 8] or [32], found 'tensor<31xf32>'}}
  %y = norm.rmsnorm %x gamma(%g) axis(0) epsilon(0.0)
    : (tensor<4x8xf32>, tensor<31xf32>) -> tensor<4x8xf32>
  return
}

// -----

func.func @rmsnorm_c8_gamma_shape_dynamic(%x: tensor<?x8xf32>, %g: tensor<?x7xf32>) {
  // expected-error-re@+1 {{RMSNorm-C8: {{.*}}[?, 8] or [?], found 'tensor<?x7xf32>'}}
  %y = norm.rmsnorm %x gamma(%g) axis(0) epsilon(0.0)
    : (tensor<?x8xf32>, tensor<?x7xf32>) -> tensor<?x8xf32>
  return
}

// -----

func.func @rmsnorm_c9_beta_type(%x: tensor<4x8xf32>, %g: tensor<8xf64>) {
  // expected-error@+1 {{RMSNorm-C9: expected the element type of beta to be 'f32', found 'f64'}}
  %y = norm.rmsnorm %x beta(%g) axis(1) epsilon(0.0)
    : (tensor<4x8xf32>, tensor<8xf64>) -> tensor<4x8xf32>
  return
}

// -----

func.func @rmsnorm_c9_beta_type_mixed(%x: tensor<4x8xbf16>, %g: tensor<8xf16>) {
  // expected-error@+1 {{RMSNorm-C9: expected the element type of beta to be 'bf16' or 'f32', found 'f16'}}
  %y = norm.rmsnorm %x beta(%g) axis(1) epsilon(0.0)
    : (tensor<4x8xbf16>, tensor<8xf16>) -> tensor<4x8xbf16>
  return
}

// -----

func.func @rmsnorm_c10_beta_shape(%x: tensor<4x8xf32>, %g: tensor<9xf32>) {
  // expected-error@+1 {{RMSNorm-C10: expected beta to have the shape of the row dims [8], found 'tensor<9xf32>'}}
  %y = norm.rmsnorm %x beta(%g) axis(1) epsilon(0.0)
    : (tensor<4x8xf32>, tensor<9xf32>) -> tensor<4x8xf32>
  return
}

// -----

func.func @rmsnorm_c10_beta_shape_rank(%x: tensor<4x8xf32>, %g: tensor<1x8xf32>) {
  // expected-error-re@+1 {{RMSNorm-C10: {{.*}}[8], found 'tensor<1x8xf32>'}}
  %y = norm.rmsnorm %x beta(%g) axis(1) epsilon(0.0)
    : (tensor<4x8xf32>, tensor<1x8xf32>) -> tensor<4x8xf32>
  return
}

// -----

func.func @rmsnorm_c10_beta_shape_flat(%x: tensor<4x8xf32>, %g: tensor<31xf32>) {
  // expected-error-re@+1 {{RMSNorm-C10: {{.*}}[4, 8] or [32], found 'tensor<31xf32>'}}
  %y = norm.rmsnorm %x beta(%g) axis(0) epsilon(0.0)
    : (tensor<4x8xf32>, tensor<31xf32>) -> tensor<4x8xf32>
  return
}

// -----

func.func @rmsnorm_c10_beta_shape_dynamic(%x: tensor<?x8xf32>, %g: tensor<?x7xf32>) {
  // expected-error-re@+1 {{RMSNorm-C10: {{.*}}[?, 8] or [?], found 'tensor<?x7xf32>'}}
  %y = norm.rmsnorm %x beta(%g) axis(0) epsilon(0.0)
    : (tensor<?x8xf32>, tensor<?x7xf32>) -> tensor<?x8xf32>
  return
}

// -----

func.func @rmsnorm_c11_no_result(%x: tensor<4x8xf32>) {
  // expected-error@+1 {{RMSNorm-C11: expected 1 to 2 results, found 0}}
  norm.rmsnorm %x axis(1) epsilon(0.0)
    : (tensor<4x8xf32>) -> ()
  return
}

// -----

func.func @rmsnorm_c11_three_results(%x: tensor<4x8xf32>) {
  // expected-error@+1 {{RMSNorm-C11: expected 1 to 2 results, found 3}}
  %y:3 = norm.rmsnorm %x axis(1) epsilon(0.0)
    : (tensor<4x8xf32>) -> (tensor<4x8xf32>, tensor<4xf32>, tensor<4xf32>)
  return
}

// -----

func.func @rmsnorm_c11_no_outs(%x: memref<4x8xf32>) {
  // expected-error@+1 {{RMSNorm-C11: expected 1 to 2 outs, found 0}}
  norm.rmsnorm %x axis(1) epsilon(0.0)
    : (memref<4x8xf32>) -> ()
  return
}

// -----

func.func @rmsnorm_c11_mixed(%x: tensor<4x8xf32>, %m: memref<4x8xf32>) {
  // expected-error@+1 {{RMSNorm-C11: expected all operands to be tensors or all to be memrefs, found both}}
  norm.rmsnorm %x outs(%m) axis(1) epsilon(0.0)
    : (tensor<4x8xf32>, memref<4x8xf32>) -> ()
  return
}

// -----

func.func @rmsnorm_c11_outs_and_results(%x: memref<4x8xf32>) {
  // expected-error@+1 {{RMSNorm-C11: expected outs and no results with memref operands, found 1 results}}
  %y = norm.rmsnorm %x outs(%x) axis(1) epsilon(0.0)
    : (memref<4x8xf32>, memref<4x8xf32>) -> tensor<4x8xf32>
  return
}

// -----

func.func @rmsnorm_c12_y_shape(%x: tensor<4x8xf32>) {
  // expected-error@+1 {{RMSNorm-C12: expected y to be compatible with 'tensor<4x8xf32>', found 'tensor<4x9xf32>'}}
  %y = norm.rmsnorm %x axis(1) epsilon(0.0)
    : (tensor<4x8xf32>) -> tensor<4x9xf32>
  return
}

// -----

func.func @rmsnorm_c12_y_type(%x: tensor<4x8xf32>) {
  // expected-error@+1 {{RMSNorm-C12: expected y to be compatible with 'tensor<4x8xf32>', found 'tensor<4x8xf16>'}}
  %y = norm.rmsnorm %x axis(1) epsilon(0.0)
    : (tensor<4x8xf32>) -> tensor<4x8xf16>
  return
}

// -----

func.func @rmsnorm_c12_y_out(%x: memref<4x8xf32>, %y: memref<4xf32>) {
  // expected-error@+1 {{RMSNorm-C12: expected y to be compatible with 'memref<4x8xf32>', found 'memref<4xf32>'}}
  norm.rmsnorm %x outs(%y) axis(1) epsilon(0.0)
    : (memref<4x8xf32>, memref<4xf32>) -> ()
  return
}

// -----

func.func @rmsnorm_c13_rrms_shape(%x: tensor<4x8xf32>) {
  // expected-error@+1 {{RMSNorm-C13: expected rrms to be compatible with 'tensor<4xf32>', found 'tensor<8xf32>'}}
  %y:2 = norm.rmsnorm %x axis(1) epsilon(0.0)
    : (tensor<4x8xf32>) -> (tensor<4x8xf32>, tensor<8xf32>)
  return
}

// -----

func.func @rmsnorm_c13_rrms_type(%x: tensor<4x8xf16>) {
  // expected-error@+1 {{RMSNorm-C13: expected rrms to be compatible with 'tensor<4xf32>', found 'tensor<4xf16>'}}
  %y:2 = norm.rmsnorm %x axis(1) epsilon(0.0)
    : (tensor<4x8xf16>) -> (tensor<4x8xf16>, tensor<4xf16>)
  return
}

// -----

func.func @rmsnorm_c14_bytes(%x: tensor<2305843009213693952xf32>) {
  // expected-error@+1 {{RMSNorm-C14: expected the bytes of x to fit in a signed 64-bit integer, found 'tensor<2305843009213693952xf32>'}}
  %y = norm.rmsnorm %x axis(0) epsilon(0.0)
    : (tensor<2305843009213693952xf32>) -> tensor<2305843009213693952xf32>
  return
}
