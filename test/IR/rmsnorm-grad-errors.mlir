// RUN: norm-opt %s --split-input-file --verify-diagnostics
// One case for each rule that norm.rmsnorm_grad states, named after its label.

func.func @rmsnormgrad_c1_rank(%dy: tensor<f32>, %x: tensor<f32>, %r: tensor<f32>) {
  // expected-error@+1 {{RMSNormGrad-C1: expected x to have rank >= 1, found 'tensor<f32>'}}
  %0 = norm.rmsnorm_grad %dy, %x, %r axis(0)
    : (tensor<f32>, tensor<f32>, tensor<f32>) -> tensor<f32>
  return
}

// -----

func.func @rmsnormgrad_c2_axis_above(%dy: tensor<4x8xf32>, %x: tensor<4x8xf32>, %r: tensor<4xf32>) {
  // expected-error@+1 {{RMSNormGrad-C2: expected axis in [-2, 2), found 2}}
  %0 = norm.rmsnorm_grad %dy, %x, %r axis(2)
    : (tensor<4x8xf32>, tensor<4x8xf32>, tensor<4xf32>) -> tensor<4x8xf32>
  return
}

// -----

func.func @rmsnormgrad_c2_axis_least(%dy: tensor<4x8xf32>, %x: tensor<4x8xf32>, %r: tensor<4xf32>) {
  // expected-error@+1 {{RMSNormGrad-C2: expected axis in [-2, 2), found -9223372036854775808}}
  %0 = norm.rmsnorm_grad %dy, %x, %r axis(-9223372036854775808)
    : (tensor<4x8xf32>, tensor<4x8xf32>, tensor<4xf32>) -> tensor<4x8xf32>
  return
}

// -----

func.func @rmsnormgrad_c3_empty_row(%dy: tensor<?x0xf32>, %x: tensor<?x0xf32>, %r: tensor<?xf32>) {
  // expected-error@+1 {{RMSNormGrad-C3: expected a row length >= 1, found 0 in 'tensor<?x0xf32>'}}
  %0 = norm.rmsnorm_grad %dy, %x, %r axis(1)
    : (tensor<?x0xf32>, tensor<?x0xf32>, tensor<?xf32>) -> tensor<?x0xf32>
  return
}

// -----

func.func @rmsnormgrad_c4_dy_shape(%dy: tensor<4x7xf32>, %x: tensor<4x8xf32>, %r: tensor<4xf32>) {
  // expected-error@+1 {{RMSNormGrad-C4: expected dy to be compatible with 'tensor<4x8xf32>', found 'tensor<4x7xf32>'}}
  %0 = norm.rmsnorm_grad %dy, %x, %r axis(1)
    : (tensor<4x7xf32>, tensor<4x8xf32>, tensor<4xf32>) -> tensor<4x8xf32>
  return
}

// -----

func.func @rmsnormgrad_c4_dy_type(%dy: tensor<4x8xf32>, %x: tensor<4x8xbf16>, %r: tensor<4xf32>) {
  // expected-error@+1 {{RMSNormGrad-C4: expected dy to be compatible with 'tensor<4x8xbf16>', found 'tensor<4x8xf32>'}}
  %0 = norm.rmsnorm_grad %dy, %x, %r axis(1)
    : (tensor<4x8xf32>, tensor<4x8xbf16>, tensor<4xf32>) -> tensor<4x8xbf16>
  return
}

// -----

func.func @rmsnormgrad_c5_rrms_shape(%dy: tensor<4x8xf32>, %x: tensor<4x8xf32>, %r: tensor<4x1xf32>) {
  // expected-error@+1 {{RMSNormGrad-C5: expected rrms to be compatible with 'tensor<4xf32>', found 'tensor<4x1xf32>'}}
  %0 = norm.rmsnorm_grad %dy, %x, %r axis(1)
    : (tensor<4x8xf32>, tensor<4x8xf32>, tensor<4x1xf32>) -> tensor<4x8xf32>
  return
}

// -----

func.func @rmsnormgrad_c5_rrms_type(%dy: tensor<4x8xf16>, %x: tensor<4x8xf16>, %r: tensor<4xf16>) {
  // expected-error@+1 {{RMSNormGrad-C5: expected rrms to be compatible with 'tensor<4xf32>', found 'tensor<4xf16>'}}
  %0 = norm.rmsnorm_grad %dy, %x, %r axis(1)
    : (tensor<4x8xf16>, tensor<4x8xf16>, tensor<4xf16>) -> tensor<4x8xf16>
  return
}

// -----

func.func @rmsnormgrad_c6_target_rms(%dy: tensor<4x8xf32>, %x: tensor<4x8xf32>, %r: tensor<4xf32>) {
  // expected-error@+1 {{RMSNormGrad-C6: expected target_rms to be finite in 'f32', found nan}}
  %0 = norm.rmsnorm_grad %dy, %x, %r axis(1) target_rms(0x7FF8000000000000)
    : (tensor<4x8xf32>, tensor<4x8xf32>, tensor<4xf32>) -> tensor<4x8xf32>
  return
}

// -----

func.func @rmsnormgrad_c7_weight_offset(%dy: tensor<4x8xf32>, %x: tensor<4x8xf32>, %r: tensor<4xf32>) {
  // expected-error@+1 {{RMSNormGrad-C7: expected weight_offset to be finite in 'f32', found 1.000000e+39}}
  %0 = norm.rmsnorm_grad %dy, %x, %r axis(1) weight_offset(1.0e39)
    : (tensor<4x8xf32>, tensor<4x8xf32>, tensor<4xf32>) -> tensor<4x8xf32>
  return
}

// -----

func.func @rmsnormgrad_c8_gamma_type(%dy: tensor<4x8xf32>, %x: tensor<4x8xf32>, %r: tensor<4xf32>, %g: tensor<8xf64>) {
  // expected-error@+1 {{RMSNormGrad-C8: expected the element type of gamma to be 'f32', found 'f64'}}
  %0 = norm.rmsnorm_grad %dy, %x, %r gamma(%g) axis(1)
    : (tensor<4x8xf32>, tensor<4x8xf32>, tensor<4xf32>, tensor<8xf64>) -> tensor<4x8xf32>
  return
}

// -----

func.func @rmsnormgrad_c9_gamma_shape(%dy: tensor<4x8xf32>, %x: tensor<4x8xf32>, %r: tensor<4xf32>, %g: tensor<4x8xf32>) {
  // expected-error@+1 {{RMSNormGrad-C9: expected gamma to have the shape of the row dims [8], found 'tensor<4x8xf32>'}}
  %0 = norm.rmsnorm_grad %dy, %x, %r gamma(%g) axis(1)
    : (tensor<4x8xf32>, tensor<4x8xf32>, tensor<4xf32>, tensor<4x8xf32>) -> tensor<4x8xf32>
  return
}

// -----

func.func @rmsnormgrad_c9_gamma_length(%dy: tensor<4x8xf32>, %x: tensor<4x8xf32>, %r: tensor<f32>, %g: tensor<31xf32>) {
  // expected-error@+1 {{RMSNormGrad-C9: expected gamma to have the shape of the row dims [4, 8] or [32], found 'tensor<31xf32>'}}
  %0 = norm.rmsnorm_grad %dy, %x, %r gamma(%g) axis(0)
    : (tensor<4x8xf32>, tensor<4x8xf32>, tensor<f32>, tensor<31xf32>) -> tensor<4x8xf32>
  return
}

// -----

func.func @rmsnormgrad_c10_no_result(%dy: tensor<4x8xf32>, %x: tensor<4x8xf32>, %r: tensor<4xf32>) {
  // expected-error@+1 {{RMSNormGrad-C10: expected 1 to 3 results, found 0}}
  norm.rmsnorm_grad %dy, %x, %r axis(1)
    : (tensor<4x8xf32>, tensor<4x8xf32>, tensor<4xf32>) -> ()
  return
}

// -----

func.func @rmsnormgrad_c10_four_results(%dy: tensor<4x8xf32>, %x: tensor<4x8xf32>, %r: tensor<4xf32>) {
  // expected-error@+1 {{RMSNormGrad-C10: expected 1 to 3 results, found 4}}
  %0:4 = norm.rmsnorm_grad %dy, %x, %r axis(1)
    : (tensor<4x8xf32>, tensor<4x8xf32>, tensor<4xf32>) -> (tensor<4x8xf32>, tensor<8xf32>, tensor<8xf32>, tensor<8xf32>)
  return
}

// -----

func.func @rmsnormgrad_c11_dx_shape(%dy: tensor<4x8xf32>, %x: tensor<4x8xf32>, %r: tensor<4xf32>) {
  // expected-error@+1 {{RMSNormGrad-C11: expected dx to be compatible with 'tensor<4x8xf32>', found 'tensor<8x4xf32>'}}
  %0 = norm.rmsnorm_grad %dy, %x, %r axis(1)
    : (tensor<4x8xf32>, tensor<4x8xf32>, tensor<4xf32>) -> tensor<8x4xf32>
  return
}

// -----

func.func @rmsnormgrad_c12_dgamma_type(%dy: tensor<4x8xf16>, %x: tensor<4x8xf16>, %r: tensor<4xf32>) {
  // expected-error@+1 {{RMSNormGrad-C12: expected the element type of dgamma to be 'f16' or 'f32', found 'bf16'}}
  %0:2 = norm.rmsnorm_grad %dy, %x, %r axis(1)
    : (tensor<4x8xf16>, tensor<4x8xf16>, tensor<4xf32>) -> (tensor<4x8xf16>, tensor<8xbf16>)
  return
}

// -----

func.func @rmsnormgrad_c13_dgamma_shape_of_row(%dy: tensor<4x8xf32>, %x: tensor<4x8xf32>, %r: tensor<f32>) {
  // expected-error@+1 {{RMSNormGrad-C13: expected dgamma to be compatible with 'tensor<4x8xf32>', found 'tensor<32xf32>'}}
  %0:2 = norm.rmsnorm_grad %dy, %x, %r axis(0)
    : (tensor<4x8xf32>, tensor<4x8xf32>, tensor<f32>) -> (tensor<4x8xf32>, tensor<32xf32>)
  return
}

// -----

func.func @rmsnormgrad_c13_dgamma_shape_of_gamma(%dy: tensor<4x8xf32>, %x: tensor<4x8xf32>, %r: tensor<f32>, %g: tensor<32xf32>) {
  // expected-error@+1 {{RMSNormGrad-C13: expected dgamma to be compatible with 'tensor<32xf32>', found 'tensor<4x8xf32>'}}
  %0:2 = norm.rmsnorm_grad %dy, %x, %r gamma(%g) axis(0)
    : (tensor<4x8xf32>, tensor<4x8xf32>, tensor<f32>, tensor<32xf32>) -> (tensor<4x8xf32>, tensor<4x8xf32>)
  return
}

// -----

func.func @rmsnormgrad_c14_dbeta_type(%dy: tensor<4x8xf32>, %x: tensor<4x8xf32>, %r: tensor<4xf32>) {
  // expected-error@+1 {{RMSNormGrad-C14: expected the element type of dbeta to be 'f32', found 'f64'}}
  %0:3 = norm.rmsnorm_grad %dy, %x, %r axis(1)
    : (tensor<4x8xf32>, tensor<4x8xf32>, tensor<4xf32>) -> (tensor<4x8xf32>, tensor<8xf32>, tensor<8xf64>)
  return
}

// -----

func.func @rmsnormgrad_c15_dbeta_shape(%dy: tensor<4x8xf32>, %x: tensor<4x8xf32>, %r: tensor<4xf32>) {
  // expected-error@+1 {{RMSNormGrad-C15: expected dbeta to be compatible with 'tensor<8xf32>', found 'tensor<4xf32>'}}
  %0:3 = norm.rmsnorm_grad %dy, %x, %r axis(1)
    : (tensor<4x8xf32>, tensor<4x8xf32>, tensor<4xf32>) -> (tensor<4x8xf32>, tensor<8xf32>, tensor<4xf32>)
  return
}

// -----

func.func @rmsnormgrad_c16_bytes(%dy: tensor<4611686018427387904x?xf16>, %x: tensor<4611686018427387904x?xf16>, %r: tensor<?xf32>) {
  // expected-error@+1 {{RMSNormGrad-C16: expected the bytes of x to fit in a signed 64-bit integer}}
  %0 = norm.rmsnorm_grad %dy, %x, %r axis(1)
    : (tensor<4611686018427387904x?xf16>, tensor<4611686018427387904x?xf16>, tensor<?xf32>) -> tensor<?x?xf16>
  return
}

// -----

func.func @rmsnormgrad_unranked(%dy: tensor<4x8xf32>, %x: tensor<*xf32>, %r: tensor<4xf32>) {
  // expected-error@+1 {{operand #1 must be ranked tensor or strided memref}}
  %0 = norm.rmsnorm_grad %dy, %x, %r axis(1)
    : (tensor<4x8xf32>, tensor<*xf32>, tensor<4xf32>) -> tensor<4x8xf32>
  return
}

// -----

func.func @rmsnormgrad_c10_both_forms(%x: memref<4x8xf32>, %r: tensor<4xf32>) {
  // expected-error@+1 {{RMSNormGrad-C10: expected all operands to be tensors or all to be memrefs, found both}}
  norm.rmsnorm_grad %x, %x, %r outs(%x) axis(1)
    : (memref<4x8xf32>, memref<4x8xf32>, tensor<4xf32>, memref<4x8xf32>) -> ()
  return
}

// -----

func.func @rmsnormgrad_c10_outs_of_tensor_form(%x: tensor<4x8xf32>, %r: tensor<4xf32>) {
  // expected-error@+1 {{operand #3 must be variadic of strided memref}}
  norm.rmsnorm_grad %x, %x, %r outs(%x) axis(1)
    : (tensor<4x8xf32>, tensor<4x8xf32>, tensor<4xf32>, tensor<4x8xf32>) -> ()
  return
}

// -----

func.func @rmsnormgrad_epsilon(%x: tensor<4x8xf32>, %r: tensor<4xf32>) {
  // expected-error@+1 {{expected ':'}}
  %0 = norm.rmsnorm_grad %x, %x, %r axis(1) epsilon(0.0)
    : (tensor<4x8xf32>, tensor<4x8xf32>, tensor<4xf32>) -> tensor<4x8xf32>
  return
}
