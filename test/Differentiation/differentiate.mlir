// RUN: norm-opt %s --norm-differentiate --canonicalize --split-input-file | FileCheck %s

// The residual block: h gets its own cotangent and that through y.

// CHECK-LABEL: func.func @residual(
// CHECK-LABEL: func.func @residual_vjp(
// CHECK-SAME:    %[[X:.*]]: tensor<?x64xf32> {norm.name = "x"}, %[[R:.*]]: tensor<?x64xf32>, %[[G:.*]]: tensor<64xf32>,
// CHECK-SAME:    %[[DY:.*]]: tensor<?x64xf32> {norm.name = "dy"}, %[[DH:.*]]: tensor<?x64xf32>)
// CHECK-SAME:    -> (tensor<?x64xf32> {norm.name = "dx"}, tensor<?x64xf32>, tensor<64xf32>)
// CHECK:         %[[H:.*]] = arith.addf %[[X]], %[[R]]
// CHECK:         %[[F:.*]]:2 = norm.rmsnorm %[[H]] gamma(%[[G]]) axis(1)
// CHECK:         %[[D:.*]]:2 = norm.rmsnorm_grad %[[DY]], %[[H]], %[[F]]#1 gamma(%[[G]]) axis(1) :
// CHECK:         %[[SUM:.*]] = arith.addf %{{.*}}, %{{.*}} : tensor<?x64xf32>
// CHECK:         return %[[SUM]], %[[SUM]], %[[D]]#1
func.func @residual(%x: tensor<?x64xf32> {norm.name = "x"}, %r: tensor<?x64xf32>, %g: tensor<64xf32>)
    -> (tensor<?x64xf32> {norm.name = "y"}, tensor<?x64xf32>) {
  %h = arith.addf %x, %r : tensor<?x64xf32>
  %y = norm.rmsnorm %h gamma(%g) axis(1) epsilon(1.0e-6)
    : (tensor<?x64xf32>, tensor<64xf32>) -> tensor<?x64xf32>
  return %y, %h : tensor<?x64xf32>, tensor<?x64xf32>
}

// -----

// What the gradient does not read of the forward function is not computed.

// CHECK-LABEL: func.func @reciprocal_vjp(
// CHECK-SAME:    %[[X:.*]]: tensor<4xf32>, %[[DY:.*]]: tensor<4xf32>)
// CHECK-NEXT:    %[[Y:.*]] = norm.reciprocal %[[X]]
// CHECK-NEXT:    %[[DN:.*]] = arith.negf %[[DY]]
// CHECK-NEXT:    %[[DX:.*]] = norm.reciprocal_grad %[[Y]], %[[DN]]
// CHECK-NEXT:    return %[[DX]]
func.func @reciprocal(%x: tensor<4xf32>) -> tensor<4xf32> {
  %y = norm.reciprocal %x : (tensor<4xf32>) -> tensor<4xf32>
  %n = arith.negf %y : tensor<4xf32>
  return %n : tensor<4xf32>
}

// -----

// The cotangent of a narrow type has it; sums over rows are in f32.

// CHECK-LABEL: func.func @broadcast_vjp(
// CHECK-SAME:    %[[X:.*]]: tensor<?x8xbf16>, %[[B:.*]]: tensor<8xbf16>, %[[DY:.*]]: tensor<?x8xf32>)
// CHECK:         %[[DX:.*]] = arith.truncf %[[DY]] : tensor<?x8xf32> to tensor<?x8xbf16>
// CHECK:         %[[ZERO:.*]] = linalg.fill {{.*}} -> tensor<8xf32>
// CHECK:         %[[SUM:.*]] = linalg.generic
// CHECK-SAME:      iterator_types = ["reduction", "parallel"]} ins(%[[DX]] : tensor<?x8xbf16>) outs(%[[ZERO]] : tensor<8xf32>)
// CHECK:           arith.extf
// CHECK:           arith.addf
// CHECK:         %[[DB:.*]] = arith.truncf %[[SUM]] : tensor<8xf32> to tensor<8xbf16>
// CHECK:         return %[[DX]], %[[DB]]
func.func @broadcast(%x: tensor<?x8xbf16>, %b: tensor<8xbf16>) -> tensor<?x8xf32> {
  %c0 = arith.constant 0 : index
  %m = tensor.dim %x, %c0 : tensor<?x8xbf16>
  %e = tensor.empty(%m) : tensor<?x8xbf16>
  %c = linalg.broadcast ins(%b : tensor<8xbf16>) outs(%e : tensor<?x8xbf16>) dimensions = [0]
  %s = arith.addf %x, %c : tensor<?x8xbf16>
  %y = arith.extf %s : tensor<?x8xbf16> to tensor<?x8xf32>
  return %y : tensor<?x8xf32>
}

// -----

// Integers, indices and booleans have no cotangent. That of a constant result is
// ignored; an argument that is only converted to integers gets zeros.

// CHECK-LABEL: func.func @mixed_vjp(
// CHECK-SAME:    %[[X:.*]]: tensor<?xf32>, %{{.*}}: tensor<?xi32>, %{{.*}}: index, %[[C:.*]]: i1, %[[U:[^:]*]]: tensor<?xf32>,
// CHECK-SAME:    %[[DY:[^:]*]]: tensor<?xf32>, %{{[^:]*}}: f32) -> (tensor<?xf32>, tensor<?xf32>)
// CHECK-DAG:     %[[ZY:.*]] = linalg.fill
// CHECK-DAG:     %[[DX:.*]] = arith.select %[[C]], %[[DY]], %[[ZY]]
// CHECK-DAG:     %[[DIM:.*]] = tensor.dim %[[U]]
// CHECK-DAG:     %[[E:.*]] = tensor.empty(%[[DIM]])
// CHECK-DAG:     %[[DU:.*]] = linalg.fill {{.*}} outs(%[[E]] :
// CHECK:         return %[[DX]], %[[DU]]
func.func @mixed(%x: tensor<?xf32>, %i: tensor<?xi32>, %n: index, %c: i1, %u: tensor<?xf32>)
    -> (tensor<?xf32>, tensor<?xi32>, f32) {
  %one = arith.constant 1.0 : f32
  %f = arith.sitofp %i : tensor<?xi32> to tensor<?xf32>
  %j = arith.fptosi %u : tensor<?xf32> to tensor<?xi32>
  %y = arith.select %c, %x, %f : tensor<?xf32>
  return %y, %j, %one : tensor<?xf32>, tensor<?xi32>, f32
}

// -----

// An op without a rule is no error where nothing is differentiated through it.

// CHECK-LABEL: func.func @unused_vjp(
// CHECK-SAME:    %[[X:.*]]: f32, %[[DY:.*]]: f32)
// CHECK-NEXT:    return %[[DY]]
func.func @unused(%x: f32) -> f32 {
  %u = math.tan %x : f32
  return %x : f32
}

// -----

// Functions that have nothing to differentiate, private ones and declarations
// are left alone.

// CHECK-LABEL: func.func @integers
// CHECK-NOT:   _vjp
func.func @integers(%i: i32) -> i32 {
  return %i : i32
}
func.func private @helper(%x: f32) -> f32 {
  return %x : f32
}
func.func @memory(%x: memref<4xf32>, %y: memref<4xf32>) {
  norm.reciprocal %x outs(%y) : (memref<4xf32>, memref<4xf32>) -> ()
  return
}
func.func private @declared(f32) -> f32
func.func @user(%i: i32) -> (f32, f32) {
  %x = arith.sitofp %i : i32 to f32
  %0 = call @helper(%x) : (f32) -> f32
  %1 = call @declared(%x) : (f32) -> f32
  return %0, %1 : f32, f32
}

// -----

// y = a * b + c; a step has the derivative zero.

// CHECK-LABEL: func.func @fma_vjp(
// CHECK-SAME:    %[[A:.*]]: f32, %[[B:.*]]: f32, %[[C:.*]]: f32, %[[DY:.*]]: f32, %{{.*}}: f32)
// CHECK-DAG:     %[[DA:.*]] = arith.mulf %[[DY]], %[[B]]
// CHECK-DAG:     %[[DB:.*]] = arith.mulf %[[DY]], %[[A]]
// CHECK:         return %[[DA]], %[[DB]], %[[DY]]
func.func @fma(%a: f32, %b: f32, %c: f32) -> (f32, f32) {
  %y = math.fma %a, %b, %c : f32
  %s = math.roundeven %a : f32
  return %y, %s : f32, f32
}
