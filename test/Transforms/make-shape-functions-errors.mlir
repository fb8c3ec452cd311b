// RUN: norm-opt %s --norm-make-shape-functions --split-input-file --verify-diagnostics -o /dev/null

// expected-error@below {{cannot be compiled: expected argument 1 to be a ranked tensor of floats, index or whole-byte integers, f32, f64, i32, i64 or index, found 'i1'}}
func.func @argument_type(%x: tensor<4xf32>, %b: i1) -> tensor<4xf32> {
  return %x : tensor<4xf32>
}

// -----

// expected-error@below {{cannot be compiled: expected argument 0 to be a ranked tensor of floats, index or whole-byte integers, f32, f64, i32, i64 or index, found 'memref<4xf32>'}}
func.func @memref_argument(%x: memref<4xf32>) {
  return
}

// -----

// expected-error@below {{cannot be compiled: expected argument 0 to be a ranked tensor of floats, index or whole-byte integers, f32, f64, i32, i64 or index, found 'tensor<*xf32>'}}
func.func @unranked_argument(%x: tensor<*xf32>) {
  return
}

// -----

// expected-error@below {{cannot be compiled: expected argument 0 to be a ranked tensor of floats, index or whole-byte integers, f32, f64, i32, i64 or index, found 'tensor<4xcomplex<f32>>'}}
func.func @complex_elements(%x: tensor<4xcomplex<f32>>) {
  return
}

// -----

// expected-error@below {{cannot be compiled: expected result 0 to be a ranked tensor of floats, index or whole-byte integers, f32, f64, i32, i64 or index, found 'bf16'}}
func.func @result_type(%x: f32) -> bf16 {
  %y = arith.truncf %x : f32 to bf16
  return %y : bf16
}

// -----

// expected-error@below {{cannot be compiled: the sizes of its results do not follow from the sizes of its arguments because of 'tensor.extract'}}
func.func @size_depends_on_data(%x: tensor<4xindex>) -> tensor<?xf32> {
  %c0 = arith.constant 0 : index
  %n = tensor.extract %x[%c0] : tensor<4xindex>
  %y = tensor.empty(%n) : tensor<?xf32>
  return %y : tensor<?xf32>
}

// -----

// expected-error@below {{cannot be compiled: expected a function of one block, found 3}}
func.func @branches(%x: tensor<4xf32>, %i: i32) -> tensor<4xf32> {
  %c = arith.constant 0 : i32
  %z = arith.cmpi eq, %i, %c : i32
  cf.cond_br %z, ^bb1, ^bb2
^bb1:
  return %x : tensor<4xf32>
^bb2:
  %e = tensor.empty() : tensor<4xf32>
  return %e : tensor<4xf32>
}

// -----

// expected-error@below {{expected argument 0 to be a ranked tensor of floats, index or whole-byte integers, f32, f64, i32, i64 or index, found 'tensor<4xi1>'}}
func.func @bits(%x: tensor<4xi1>) -> tensor<4xi1> {
  return %x : tensor<4xi1>
}

// -----

// expected-error@below {{found 'tensor<4xf8E5M2>'}}
func.func @f8(%x: tensor<4xf8E5M2>) -> tensor<4xf8E5M2> {
  return %x : tensor<4xf8E5M2>
}
