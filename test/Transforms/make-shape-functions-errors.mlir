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

// -----

func.func @size_of_an_iteration(%n: index, %v: f32, %x: tensor<?xf32>) -> tensor<1xf32> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %zero = arith.constant dense<0.0> : tensor<1xf32>
  %r = scf.for %i = %c0 to %n step %c1 iter_args(%last = %zero) -> tensor<1xf32> {
    %a = tensor.splat %v[%i] : tensor<?xf32>
    // expected-error@below {{'norm.reciprocal_grad' op cannot be compiled: expected dim 0 of dy to agree with sizes that follow from those of the arguments, found that it depends on 'scf.for'}}
    %y = norm.reciprocal_grad %a, %x : (tensor<?xf32>, tensor<?xf32>) -> tensor<?xf32>
    scf.yield %last : tensor<1xf32>
  }
  return %r : tensor<1xf32>
}

// -----

func.func @cast_of_a_size_of_data(%d: tensor<1xindex>) -> tensor<4xf32> {
  %c0 = arith.constant 0 : index
  %n = tensor.extract %d[%c0] : tensor<1xindex>
  %e = tensor.empty(%n) : tensor<?xf32>
  // expected-error@below {{'tensor.cast' op cannot be compiled: expected dim 0 of the source to agree with sizes that follow from those of the arguments, found that it depends on 'tensor.extract'}}
  %y = tensor.cast %e : tensor<?xf32> to tensor<4xf32>
  return %y : tensor<4xf32>
}

// -----

func.func @unranked(%c: i32, %x: tensor<?xf32>, %y: tensor<?x?xf32>) -> tensor<4xf32> {
  %zero = arith.constant 0 : i32
  %is = arith.cmpi eq, %c, %zero : i32
  %r = scf.if %is -> tensor<*xf32> {
    %a = tensor.cast %x : tensor<?xf32> to tensor<*xf32>
    scf.yield %a : tensor<*xf32>
  } else {
    %b = tensor.cast %y : tensor<?x?xf32> to tensor<*xf32>
    scf.yield %b : tensor<*xf32>
  }
  // expected-error@below {{'tensor.cast' op cannot be compiled: expected the rank of the source to agree with sizes that follow from those of the arguments}}
  %z = tensor.cast %r : tensor<*xf32> to tensor<4xf32>
  return %z : tensor<4xf32>
}
