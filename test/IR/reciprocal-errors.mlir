// RUN: norm-opt %s --split-input-file --verify-diagnostics
// One case for each rule of norm.reciprocal and norm.reciprocal_grad, named
// after its label, then what is refused without a label.

func.func @reciprocal_c1_outs_of_tensor_form(%x: tensor<4xf32>, %y: memref<4xf32>) {
  // expected-error@+1 {{Reciprocal-C1: expected all operands to be tensors or all to be memrefs, found both}}
  norm.reciprocal %x outs(%y) : (tensor<4xf32>, memref<4xf32>) -> ()
  return
}

// -----

func.func @reciprocal_c1_no_result(%x: tensor<4xf32>) {
  // expected-error@+1 {{Reciprocal-C1: expected 1 result, found 0}}
  norm.reciprocal %x : (tensor<4xf32>) -> ()
  return
}

// -----

func.func @reciprocal_c1_no_outs(%x: memref<4xf32>) {
  // expected-error@+1 {{Reciprocal-C1: expected 1 out, found 0}}
  norm.reciprocal %x : (memref<4xf32>) -> ()
  return
}

// -----

func.func @reciprocal_c1_two_results(%x: tensor<4xf32>) {
  // expected-error@+1 {{Reciprocal-C1: expected 1 result, found 2}}
  %y:2 = norm.reciprocal %x : (tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>)
  return
}

// -----

func.func @reciprocal_c1_results_of_memref_form(%x: memref<4xf32>) {
  // expected-error@+1 {{Reciprocal-C1: expected outs and no results with memref operands, found 1 results}}
  %y = norm.reciprocal %x outs(%x) : (memref<4xf32>, memref<4xf32>) -> tensor<4xf32>
  return
}

// -----

func.func @reciprocal_c2_shape(%x: tensor<4x?xf32>) {
  // expected-error@+1 {{Reciprocal-C2: expected y to be compatible with 'tensor<4x?xf32>', found 'tensor<5x8xf32>'}}
  %y = norm.reciprocal %x : (tensor<4x?xf32>) -> tensor<5x8xf32>
  return
}

// -----

func.func @reciprocal_c2_type(%x: memref<4xf16>, %y: memref<4xf32>) {
  // expected-error@+1 {{Reciprocal-C2: expected y to be compatible with 'memref<4xf16>', found 'memref<4xf32>'}}
  norm.reciprocal %x outs(%y) : (memref<4xf16>, memref<4xf32>) -> ()
  return
}

// -----

func.func @reciprocal_c3_bytes(%x: tensor<4611686018427387904x?xf16>) {
  // expected-error@+1 {{Reciprocal-C3: expected the bytes of x to fit in a signed 64-bit integer, found 'tensor<4611686018427387904x?xf16>'}}
  %y = norm.reciprocal %x : (tensor<4611686018427387904x?xf16>) -> tensor<4611686018427387904x?xf16>
  return
}

// -----

func.func @reciprocal_c3_elements(%x: tensor<9223372036854775807x9223372036854775807xf16>) {
  // expected-error@+1 {{Reciprocal-C3}}
  %y = norm.reciprocal %x
    : (tensor<9223372036854775807x9223372036854775807xf16>) -> tensor<9223372036854775807x9223372036854775807xf16>
  return
}

// -----

func.func @reciprocalgrad_c1_shape(%y: tensor<4x8xf32>, %dy: tensor<8xf32>) {
  // expected-error@+1 {{ReciprocalGrad-C1: expected dy to be compatible with 'tensor<4x8xf32>', found 'tensor<8xf32>'}}
  %dx = norm.reciprocal_grad %y, %dy : (tensor<4x8xf32>, tensor<8xf32>) -> tensor<4x8xf32>
  return
}

// -----

func.func @reciprocalgrad_c1_type(%y: tensor<4xbf16>, %dy: tensor<4xf32>) {
  // expected-error@+1 {{ReciprocalGrad-C1: expected dy to be compatible with 'tensor<4xbf16>', found 'tensor<4xf32>'}}
  %dx = norm.reciprocal_grad %y, %dy : (tensor<4xbf16>, tensor<4xf32>) -> tensor<4xbf16>
  return
}

// -----

func.func @reciprocalgrad_c2_both_forms(%y: tensor<4xf32>, %dy: memref<4xf32>) {
  // expected-error@+1 {{ReciprocalGrad-C2: expected all operands to be tensors or all to be memrefs, found both}}
  %dx = norm.reciprocal_grad %y, %dy : (tensor<4xf32>, memref<4xf32>) -> tensor<4xf32>
  return
}

// -----

func.func @reciprocalgrad_c3_type(%y: tensor<4xf32>) {
  // expected-error@+1 {{ReciprocalGrad-C3: expected dx to be compatible with 'tensor<4xf32>', found 'tensor<4xf64>'}}
  %dx = norm.reciprocal_grad %y, %y : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf64>
  return
}

// -----

func.func @reciprocalgrad_c4_bytes(%y: tensor<1152921504606846976xf64>) {
  // expected-error@+1 {{ReciprocalGrad-C4: expected the bytes of y to fit}}
  %dx = norm.reciprocal_grad %y, %y
    : (tensor<1152921504606846976xf64>, tensor<1152921504606846976xf64>) -> tensor<1152921504606846976xf64>
  return
}

// -----

func.func @unranked(%x: tensor<*xf32>) {
  // expected-error@+1 {{operand #0 must be ranked tensor or strided memref}}
  %y = norm.reciprocal %x : (tensor<*xf32>) -> tensor<*xf32>
  return
}

// -----

func.func @integers(%x: tensor<4xi32>) {
  // expected-error@+1 {{operand #0 must be ranked tensor or strided memref}}
  %y = norm.reciprocal_grad %x, %x : (tensor<4xi32>, tensor<4xi32>) -> tensor<4xi32>
  return
}

// -----

func.func @precision_unknown(%x: tensor<4xf32>) {
  // expected-error@+1 {{expected precision to be exact or approx, found fast}}
  %y = norm.reciprocal %x precision(fast) : (tensor<4xf32>) -> tensor<4xf32>
  return
}

// -----

func.func @dy_missing(%x: tensor<4xf32>) {
  // expected-error@+1 {{expected ','}}
  %y = norm.reciprocal_grad %x : (tensor<4xf32>) -> tensor<4xf32>
  return
}
