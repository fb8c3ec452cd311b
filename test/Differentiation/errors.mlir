// RUN: norm-opt %s --norm-differentiate=residuals=return --split-input-file --verify-diagnostics

func.func @no_rule(%x: tensor<4xf32>) -> tensor<4xf32> {
  // expected-error @below {{'math.tan' op cannot be differentiated: expected an op with norm::DifferentiableOpInterface between the arguments and the results, found one without a rule}}
  %y = math.tan %x : tensor<4xf32>
  return %y : tensor<4xf32>
}

// -----

func.func @through_rrms(%x: tensor<4x8xf32>) -> tensor<4xf32> {
  // expected-error @below {{'norm.rmsnorm' op cannot be differentiated through rrms: expected y alone to reach the results, found a use of rrms that does}}
  %y, %r = norm.rmsnorm %x axis(1) epsilon(0.0) : (tensor<4x8xf32>) -> (tensor<4x8xf32>, tensor<4xf32>)
  return %r : tensor<4xf32>
}

// -----

func.func @second_order(%x: tensor<4x8xf32>, %r: tensor<4xf32>, %dy: tensor<4x8xf32>) -> tensor<4x8xf32> {
  // expected-error @below {{'norm.rmsnorm_grad' op cannot be differentiated: expected an op with norm::DifferentiableOpInterface}}
  %dx = norm.rmsnorm_grad %dy, %x, %r axis(1) : (tensor<4x8xf32>, tensor<4x8xf32>, tensor<4xf32>) -> tensor<4x8xf32>
  return %dx : tensor<4x8xf32>
}

// -----

func.func private @callee(%x: f32) -> f32 {
  return %x : f32
}
func.func @call(%x: f32) -> f32 {
  // expected-error @below {{'func.call' op cannot be differentiated: expected a function without calls; inline them first, by --inline}}
  %y = call @callee(%x) : (f32) -> f32
  return %y : f32
}

// -----

func.func @structured_control_flow(%x: f32, %c: i1) -> f32 {
  // expected-error @below {{'scf.if' op cannot be differentiated: expected straight-line code from the arguments to the results, found control flow}}
  %y = scf.if %c -> f32 {
    scf.yield %x : f32
  } else {
    %z = arith.negf %x : f32
    scf.yield %z : f32
  }
  return %y : f32
}

// -----

// expected-error @below {{'func.func' op cannot be differentiated: expected a body of one block that returns, found control flow}}
func.func @blocks(%x: f32, %c: i1) -> f32 {
  cf.cond_br %c, ^bb1, ^bb2
^bb1:
  return %x : f32
^bb2:
  %y = arith.negf %x : f32
  return %y : f32
}

// -----

func.func @side_effect(%x: f32, %m: memref<f32>) -> f32 {
  // expected-error @below {{'memref.store' op cannot be differentiated: expected an op that only computes its results, found one with side effects}}
  memref.store %x, %m[] : memref<f32>
  %y = memref.load %m[] : memref<f32>
  return %y : f32
}

// -----

func.func @maximum_of_row(%x: tensor<4x8xf32>, %i: tensor<4xf32>) -> tensor<4xf32> {
  // expected-error @below {{'linalg.reduce' op cannot be differentiated: expected reductions to be sums by arith.addf, found another one for result 0}}
  %y = linalg.reduce { arith.maximumf } ins(%x : tensor<4x8xf32>) outs(%i : tensor<4xf32>) dimensions = [1]
  return %y : tensor<4xf32>
}

// -----

#id = affine_map<(d0, d1) -> (d0, d1)>
#unit = affine_map<(d0, d1) -> (d0, 0)>
func.func @constant_index(%x: tensor<4x1xf32>) -> tensor<4x8xf32> {
  %e = tensor.empty() : tensor<4x8xf32>
  // expected-error @below {{'linalg.generic' op cannot be differentiated: expected operands indexed by distinct loops, found the indexing map affine_map<(d0, d1) -> (d0, 0)> of operand 0}}
  %y = linalg.generic {indexing_maps = [#unit, #id], iterator_types = ["parallel", "parallel"]}
    ins(%x : tensor<4x1xf32>) outs(%e : tensor<4x8xf32>) {
  ^bb0(%p: f32, %q: f32):
    linalg.yield %p : f32
  } -> tensor<4x8xf32>
  return %y : tensor<4x8xf32>
}

// -----

#id = affine_map<(d0) -> (d0)>
func.func @in_body(%x: tensor<4xf32>) -> tensor<4xf32> {
  %e = tensor.empty() : tensor<4xf32>
  %y = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"]}
    ins(%x : tensor<4xf32>) outs(%e : tensor<4xf32>) {
  ^bb0(%p: f32, %q: f32):
    // expected-error @below {{'math.tan' op cannot be differentiated}}
    %t = math.tan %p : f32
    linalg.yield %t : f32
  } -> tensor<4xf32>
  return %y : tensor<4xf32>
}

// -----

#id = affine_map<(d0) -> (d0)>
func.func @captured_tensor(%x: tensor<4xf32>) -> tensor<4xf32> {
  %e = tensor.empty() : tensor<4xf32>
  // expected-error @below {{'linalg.generic' op cannot be differentiated: expected its body to read no tensor from outside, found 'tensor<4xf32>'}}
  %y = linalg.generic {indexing_maps = [#id], iterator_types = ["parallel"]} outs(%e : tensor<4xf32>) {
  ^bb0(%q: f32):
    %i = linalg.index 0 : index
    %t = tensor.extract %x[%i] : tensor<4xf32>
    linalg.yield %t : f32
  } -> tensor<4xf32>
  return %y : tensor<4xf32>
}

// -----

func.func @taken(%x: f32) -> f32 {
  return %x : f32
}
// expected-error @below {{'func.func' op expected another name, 'taken_vjp' is that of the function to be generated for 'taken'}}
func.func private @taken_vjp()

// -----

func.func @taken(%x: f32) -> f32 {
  return %x : f32
}
// expected-error @below {{'func.func' op expected another name, 'taken_fwd' is that of the function to be generated for 'taken'}}
func.func private @taken_fwd()
