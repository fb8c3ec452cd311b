// RUN: norm-opt %s --norm-check-source --split-input-file --verify-diagnostics -o /dev/null

func.func @accepted(%x: tensor<?x8xf32>, %c: i32) -> (tensor<?x4xf32>, f32, i32) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %three = arith.constant 3 : i32
  %m = tensor.dim %x, %c0 : tensor<?x8xf32>
  %s = tensor.extract_slice %x[0, 4] [%m, 4] [1, 1] : tensor<?x8xf32> to tensor<?x4xf32>
  %k = arith.constant dense<[1.0, 2.0]> : tensor<2xf32>
  %e = tensor.extract %k[%c1] : tensor<2xf32>
  %d = arith.divsi %c, %three : i32
  return %s, %e, %d : tensor<?x4xf32>, f32, i32
}

// -----

func.func @slice_of_any_size(%x: tensor<?x8xf32>, %n: index) -> tensor<?x8xf32> {
  // expected-error@below {{'tensor.extract_slice' op cannot be compiled: expected a slice that is known to lie inside its source}}
  %s = tensor.extract_slice %x[0, 0] [%n, 8] [1, 1] : tensor<?x8xf32> to tensor<?x8xf32>
  return %s : tensor<?x8xf32>
}

// -----

func.func @slice_of_a_dynamic_dim(%x: tensor<4x?xf32>) -> tensor<4x2xf32> {
  // expected-error@below {{expected a slice that is known to lie inside its source}}
  %s = tensor.extract_slice %x[0, 64] [4, 2] [1, 1] : tensor<4x?xf32> to tensor<4x2xf32>
  return %s : tensor<4x2xf32>
}

// -----

func.func @insert_slice(%x: tensor<1xf32>, %y: tensor<8xf32>, %i: index) -> tensor<8xf32> {
  // expected-error@below {{expected a slice that is known to lie inside its destination}}
  %s = tensor.insert_slice %x into %y[%i] [1] [1] : tensor<1xf32> into tensor<8xf32>
  return %s : tensor<8xf32>
}

// -----

func.func @extract(%x: tensor<8xf32>, %i: index) -> f32 {
  // expected-error@below {{'tensor.extract' op cannot be compiled: expected constant indices inside the tensor}}
  %e = tensor.extract %x[%i] : tensor<8xf32>
  return %e : f32
}

// -----

func.func @division(%a: i32, %b: i32) -> i32 {
  // expected-error@below {{'arith.divsi' op cannot be compiled: expected a constant divisor other than 0 and -1}}
  %d = arith.divsi %a, %b : i32
  return %d : i32
}

// -----

func.func @assertion(%a: f32, %ok: i64) -> f32 {
  %c = arith.trunci %ok : i64 to i1
  // expected-error@below {{'cf.assert' op cannot be compiled: expected an op of affine, arith, func, index, linalg, math, norm, scf or tensor}}
  cf.assert %c, "no"
  return %a : f32
}

// -----

module {
  // expected-error@below {{expected no module inside a module}}
  module {
  }
}

// -----

func.func @step(%x: tensor<4xf32>, %n: index) -> tensor<4xf32> {
  %c0 = arith.constant 0 : index
  // expected-error@below {{'scf.for' op cannot be compiled: expected a constant step >= 1}}
  %r = scf.for %i = %c0 to %n step %n iter_args(%a = %x) -> tensor<4xf32> {
    scf.yield %a : tensor<4xf32>
  }
  return %r : tensor<4xf32>
}

// -----

func.func @other_dialect(%x: tensor<4xf32>) -> tensor<4xf32> {
  // expected-error@below {{'tosa.exp' op cannot be compiled: expected an op of affine, arith, func, index, linalg, math, norm, scf or tensor}}
  %y = tosa.exp %x : (tensor<4xf32>) -> tensor<4xf32>
  return %y : tensor<4xf32>
}

// -----

func.func @no_bufferization(%x: tensor<4xf32>) -> tensor<4xi32> {
  // expected-error@below {{'tensor.bitcast' op cannot be compiled: expected an op on tensors that can be bufferized: an elementwise one, or one with the BufferizableOpInterface}}
  %y = tensor.bitcast %x : tensor<4xf32> to tensor<4xi32>
  return %y : tensor<4xi32>
}

// -----

func.func private @without_a_body(tensor<4xf32>) -> tensor<4xf32>
func.func @call(%x: tensor<4xf32>) -> tensor<4xf32> {
  // expected-error@below {{'func.call' op cannot be compiled: expected only calls that can be inlined}}
  %y = call @without_a_body(%x) : (tensor<4xf32>) -> tensor<4xf32>
  return %y : tensor<4xf32>
}

// -----

func.func @f(%x: f32) -> f32 {
  return %x : f32
}
// expected-error@below {{'func.func' op cannot be compiled: expected another name, '_mlir_ciface_f' is that of a function that is generated for 'f'}}
func.func @_mlir_ciface_f(%x: f32) -> f32 {
  return %x : f32
}

// -----

// expected-error@below {{expected another name, 'norm_workspace_f' is that of a function that is generated for 'f'}}
func.func private @norm_workspace_f(%x: f32) -> f32 {
  return %x : f32
}
func.func @f(%x: f32) -> f32 {
  return %x : f32
}

// -----

// expected-error@below {{expected another name, 'norm_shape_f' is that of a function that is generated for 'f'}}
func.func private @norm_shape_f(%x: f32) -> f32 {
  return %x : f32
}
func.func @f(%x: f32) -> f32 {
  return %x : f32
}

// -----

func.func @f(%x: f32) -> f32 {
  return %x : f32
}
// expected-error@below {{expected another name, 'f.unit_stride' is that}}
func.func @f.unit_stride(%x: f32) -> f32 {
  return %x : f32
}

// -----

// What begins in the same way is no generated name.
func.func @f(%x: f32) -> f32 {
  return %x : f32
}
func.func @f.1(%x: f32) -> f32 {
  return %x : f32
}
func.func @norm_shape(%x: f32) -> f32 {
  return %x : f32
}

// -----

func.func @division_of_index(%a: index, %b: index) -> index {
  // expected-error@below {{'index.divs' op cannot be compiled: expected a constant divisor other than 0 and -1}}
  %d = index.divs %a, %b
  return %d : index
}

// -----

func.func @remainder_of_index(%a: index) -> index {
  %zero = index.constant 0
  // expected-error@below {{'index.remu' op cannot be compiled: expected a constant divisor other than 0 and -1}}
  %d = index.remu %a, %zero
  return %d : index
}

// -----

func.func @affine_division(%a: index, %b: index) -> index {
  // expected-error@below {{'affine.apply' op cannot be compiled: expected floordiv, ceildiv and mod by constants >= 1 only}}
  %d = affine.apply affine_map<(i)[s] -> (i floordiv s)>(%a)[%b]
  return %d : index
}

// -----

func.func @affine_remainder(%a: index, %b: index) -> index {
  // expected-error@below {{'affine.min' op cannot be compiled: expected floordiv, ceildiv and mod by constants >= 1 only}}
  %d = affine.min affine_map<(i)[s] -> (i, i mod s)>(%a)[%b]
  return %d : index
}

// -----

func.func @delinearization(%a: index, %b: index) -> (index, index) {
  // expected-error@below {{'affine.delinearize_index' op cannot be compiled: expected a basis of constants >= 1}}
  %d:2 = affine.delinearize_index %a into (4, %b) : index, index
  return %d#0, %d#1 : index, index
}

// -----

func.func @constant_divisors(%a: index) -> (index, index, index) {
  %three = index.constant 3
  %d = index.ceildivu %a, %three
  %e = affine.apply affine_map<(i) -> (i ceildiv 4 + i mod 3)>(%a)
  %f:2 = affine.delinearize_index %a into (4, 8) : index, index
  return %d, %e, %f#1 : index, index, index
}

// -----

func.func @any_dim(%x: tensor<?xf32>, %i: index) -> index {
  // expected-error@below {{'tensor.dim' op cannot be compiled: expected a constant dim of a ranked tensor}}
  %d = tensor.dim %x, %i : tensor<?xf32>
  return %d : index
}

// -----

func.func @parallel_insert_slice(%x: tensor<1xf32>, %n: index) -> tensor<8xf32> {
  %e = tensor.empty() : tensor<8xf32>
  %r = scf.forall (%i) in (%n) shared_outs(%o = %e) -> tensor<8xf32> {
    scf.forall.in_parallel {
      // expected-error@below {{'tensor.parallel_insert_slice' op cannot be compiled: expected a slice that is known to lie inside its destination}}
      tensor.parallel_insert_slice %x into %o[%i] [1] [1] : tensor<1xf32> into tensor<8xf32>
    }
  }
  return %r : tensor<8xf32>
}

// -----

func.func @step_of_a_parallel_loop(%n: index) {
  %c0 = arith.constant 0 : index
  // expected-error@below {{'scf.parallel' op cannot be compiled: expected a constant step >= 1}}
  scf.parallel (%i) = (%c0) to (%n) step (%n) {
    scf.reduce
  }
  return
}
