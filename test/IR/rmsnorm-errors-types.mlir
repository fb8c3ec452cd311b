// RUN: norm-opt %s --split-input-file --verify-diagnostics
// Types, clauses and attributes that are refused without a label of their own.

func.func @x_unranked(%x: tensor<*xf32>) {
  // expected-error@+1 {{operand #0 must be ranked tensor or strided memref of f16, bf16, f32 or f64 values without encoding, but got 'tensor<*xf32>'}}
  %y = norm.rmsnorm %x axis(1) epsilon(0.0)
    : (tensor<*xf32>) -> tensor<*xf32>
  return
}

// -----

func.func @x_vector(%x: vector<8xf32>) {
  // expected-error@+1 {{operand #0 must be ranked tensor or strided memref of f16, bf16, f32 or f64 values without encoding, but got 'vector<8xf32>'}}
  %y = norm.rmsnorm %x axis(1) epsilon(0.0)
    : (vector<8xf32>) -> vector<8xf32>
  return
}

// -----

func.func @x_integer(%x: tensor<4x8xi32>) {
  // expected-error@+1 {{operand #0 must be ranked tensor or strided memref of f16, bf16, f32 or f64 values without encoding, but got 'tensor<4x8xi32>'}}
  %y = norm.rmsnorm %x axis(1) epsilon(0.0)
    : (tensor<4x8xi32>) -> tensor<4x8xi32>
  return
}

// -----

func.func @x_f8(%x: tensor<4x8xf8E4M3FN>) {
  // expected-error@+1 {{operand #0 must be ranked tensor or strided memref of f16, bf16, f32 or f64 values without encoding, but got 'tensor<4x8xf8E4M3FN>'}}
  %y = norm.rmsnorm %x axis(1) epsilon(0.0)
    : (tensor<4x8xf8E4M3FN>) -> tensor<4x8xf8E4M3FN>
  return
}

// -----

func.func @x_complex(%x: tensor<4x8xcomplex<f32>>) {
  // expected-error@+1 {{operand #0 must be ranked tensor or strided memref of f16, bf16, f32 or f64 values without encoding, but got 'tensor<4x8xcomplex<f32>>'}}
  %y = norm.rmsnorm %x axis(1) epsilon(0.0)
    : (tensor<4x8xcomplex<f32>>) -> tensor<4x8xcomplex<f32>>
  return
}

// -----

func.func @x_scalar(%x: f32) {
  // expected-error@+1 {{operand #0 must be ranked tensor or strided memref of f16, bf16, f32 or f64 values without encoding, but got 'f32'}}
  %y = norm.rmsnorm %x axis(1) epsilon(0.0)
    : (f32) -> f32
  return
}

// -----

func.func @x_encoding(%x: tensor<4x8xf32, "e">) {
  // expected-error@+1 {{operand #0 must be ranked tensor or strided memref of f16, bf16, f32 or f64 values without encoding, but got 'tensor<4x8xf32, "e">'}}
  %y = norm.rmsnorm %x axis(1) epsilon(0.0)
    : (tensor<4x8xf32, "e">) -> tensor<4x8xf32, "e">
  return
}

// -----

func.func @x_unranked_memref(%x: memref<*xf32>) {
  // expected-error@+1 {{operand #0 must be ranked tensor or strided memref of f16, bf16, f32 or f64 values without encoding, but got 'memref<*xf32>'}}
  norm.rmsnorm %x axis(1) epsilon(0.0)
    : (memref<*xf32>) -> ()
  return
}

// -----

func.func @x_layout_without_strides(%x: memref<4x8xf32, affine_map<(d0, d1) -> (d0 floordiv 2, d1)>>) {
  // expected-error@+1 {{operand #0 must be ranked tensor or strided memref}}
  norm.rmsnorm %x outs(%x) axis(1) epsilon(0.0)
    : (memref<4x8xf32, affine_map<(d0, d1) -> (d0 floordiv 2, d1)>>, memref<4x8xf32, affine_map<(d0, d1) -> (d0 floordiv 2, d1)>>) -> ()
  return
}

// -----

func.func @outs_of_tensors(%x: tensor<4x8xf32>) {
  // expected-error@+1 {{operand #1 must be variadic of strided memref}}
  norm.rmsnorm %x outs(%x) axis(1) epsilon(0.0)
    : (tensor<4x8xf32>, tensor<4x8xf32>) -> ()
  return
}

// -----

func.func @memref_result(%x: memref<4x8xf32>) {
  // expected-error@+1 {{result #0 must be variadic of ranked tensor}}
  %y = norm.rmsnorm %x axis(1) epsilon(0.0)
    : (memref<4x8xf32>) -> memref<4x8xf32>
  return
}

// -----

func.func @axis_missing(%x: tensor<4x8xf32>) {
  // expected-error@+1 {{expected 'axis'}}
  %y = norm.rmsnorm %x epsilon(0.0)
    : (tensor<4x8xf32>) -> tensor<4x8xf32>
  return
}

// -----

func.func @axis_beyond_i64(%x: tensor<4x8xf32>) {
  // expected-error@+1 {{integer constant out of range}}
  %y = norm.rmsnorm %x axis(99999999999999999999) epsilon(0.0)
    : (tensor<4x8xf32>) -> tensor<4x8xf32>
  return
}

// -----

func.func @axis_twice(%x: tensor<4x8xf32>) {
  // expected-error@+1 {{expected 'epsilon'}}
  %y = norm.rmsnorm %x axis(0) axis(1) epsilon(0.0)
    : (tensor<4x8xf32>) -> tensor<4x8xf32>
  return
}

// -----

func.func @epsilon_missing(%x: tensor<4x8xf32>) {
  // expected-error@+2 {{expected 'epsilon'}}
  %y = norm.rmsnorm %x axis(0)
    : (tensor<4x8xf32>) -> tensor<4x8xf32>
  return
}

// -----

func.func @gamma_twice(%x: tensor<4x8xf32>) {
  // expected-error@+1 {{expected 'axis'}}
  %y = norm.rmsnorm %x gamma(%x) gamma(%x) axis(0) epsilon(0.0)
    : (tensor<4x8xf32>) -> tensor<4x8xf32>
  return
}

// -----

func.func @gamma_without_type(%x: tensor<4x8xf32>) {
  // expected-error@+1 {{number of operands and types do not match}}
  %y = norm.rmsnorm %x gamma(%x) axis(0) epsilon(0.0)
    : (tensor<4x8xf32>) -> tensor<4x8xf32>
  return
}

// -----

func.func @rounding_unknown(%x: tensor<4x8xf32>) {
  // expected-error@+1 {{expected rounding to be once or before_gamma, found twice}}
  %y = norm.rmsnorm %x axis(0) epsilon(0.0) rounding(twice)
    : (tensor<4x8xf32>) -> tensor<4x8xf32>
  return
}

// -----

func.func @strategy_vector_bits(%x: tensor<4x8xf32>) {
  // expected-error@+1 {{expected vector_bits to be a power of two in [64, 2048], found 100}}
  %y = norm.rmsnorm %x axis(0) epsilon(0.0) {strategy = #norm.strategy<vector_bits = 100>}
    : (tensor<4x8xf32>) -> tensor<4x8xf32>
  return
}

// -----

func.func @strategy_stream_bytes(%x: tensor<4x8xf32>) {
  // expected-error@+1 {{expected stream_bytes >= 0, found -1}}
  %y = norm.rmsnorm %x axis(0) epsilon(0.0) {strategy = #norm.strategy<vector_bits = 128, stream_bytes = -1>}
    : (tensor<4x8xf32>) -> tensor<4x8xf32>
  return
}
