// RUN: norm-opt %s --norm-infer-shapes --split-input-file | FileCheck %s

// From an argument through elementwise ops and the norm op to the results.
// CHECK-LABEL: func.func @forward
// CHECK-SAME: (%{{.*}}: tensor<4x8xf32>, %{{.*}}: tensor<4x8xf32>) -> (tensor<4x8xf16>, tensor<4xf32>)
func.func @forward(%x: tensor<4x8xf32>, %z: tensor<?x?xf32>) -> (tensor<?x?xf16>, tensor<?xf32>) {
  // CHECK-NOT: tensor.cast
  // CHECK: arith.addf {{.*}} : tensor<4x8xf32>
  // CHECK: norm.rmsnorm {{.*}} -> (tensor<4x8xf32>, tensor<4xf32>)
  // CHECK: math.exp {{.*}} : tensor<4x8xf32>
  // CHECK: arith.truncf {{.*}} : tensor<4x8xf32> to tensor<4x8xf16>
  // CHECK-NOT: tensor.cast
  // CHECK: return
  %d = tensor.cast %x : tensor<4x8xf32> to tensor<?x?xf32>
  %a = arith.addf %d, %z : tensor<?x?xf32>
  %y, %r = norm.rmsnorm %a axis(1) epsilon(0.0) : (tensor<?x?xf32>) -> (tensor<?x?xf32>, tensor<?xf32>)
  %e = math.exp %y : tensor<?x?xf32>
  %t = arith.truncf %e : tensor<?x?xf32> to tensor<?x?xf16>
  return %t, %r : tensor<?x?xf16>, tensor<?xf32>
}

// -----

// gamma's length is the row length of x, and beta's.
// CHECK-LABEL: func.func @from_gamma
// CHECK-SAME: (%{{.*}}: tensor<?x64xf32>, %{{.*}}: tensor<64xf32>, %{{.*}}: tensor<64xf32>) -> tensor<?x64xf32>
func.func @from_gamma(%x: tensor<?x?xf32>, %g: tensor<64xf32>, %b: tensor<?xf32>) -> tensor<?x?xf32> {
  // CHECK: norm.rmsnorm {{.*}} -> tensor<?x64xf32>
  %n = arith.negf %x : tensor<?x?xf32>
  %y = norm.rmsnorm %n gamma(%g) beta(%b) axis(1) epsilon(0.0)
    : (tensor<?x?xf32>, tensor<64xf32>, tensor<?xf32>) -> tensor<?x?xf32>
  return %y : tensor<?x?xf32>
}

// A 1-D gamma over two row dims gives the one that is not known.
// CHECK-LABEL: func.func @from_flat_gamma
// CHECK-SAME: (%{{.*}}: tensor<?x3x4xf32>, %{{.*}}: tensor<12xf32>)
func.func @from_flat_gamma(%x: tensor<?x?x4xf32>, %g: tensor<12xf32>) -> tensor<?x?x4xf32> {
  %y = norm.rmsnorm %x gamma(%g) axis(1) epsilon(0.0)
    : (tensor<?x?x4xf32>, tensor<12xf32>) -> tensor<?x?x4xf32>
  return %y : tensor<?x?x4xf32>
}

// Two unknown factors of a product stay unknown.
// CHECK-LABEL: func.func @two_unknown_row_dims
// CHECK-SAME: (%{{.*}}: tensor<?x?x?xf32>, %{{.*}}: tensor<12xf32>) -> tensor<?x?x?xf32>
func.func @two_unknown_row_dims(%x: tensor<?x?x?xf32>, %g: tensor<12xf32>) -> tensor<?x?x?xf32> {
  %y = norm.rmsnorm %x gamma(%g) axis(1) epsilon(0.0)
    : (tensor<?x?x?xf32>, tensor<12xf32>) -> tensor<?x?x?xf32>
  return %y : tensor<?x?x?xf32>
}

// CHECK-LABEL: func.func @from_x
// CHECK-SAME: (%{{.*}}: tensor<?x3x4xf32>, %{{.*}}: tensor<12xf32>, %{{.*}}: tensor<3x4xf32>)
func.func @from_x(%x: tensor<?x3x4xf32>, %g: tensor<?xf32>, %b: tensor<?x?xf32>) -> tensor<?x3x4xf32> {
  %y = norm.rmsnorm %x gamma(%g) beta(%b) axis(1) epsilon(0.0)
    : (tensor<?x3x4xf32>, tensor<?xf32>, tensor<?x?xf32>) -> tensor<?x3x4xf32>
  return %y : tensor<?x3x4xf32>
}

// -----

// tensor.dim, tensor.empty and linalg ops follow by their canonicalizations.
// CHECK-LABEL: func.func @through_linalg
// CHECK-SAME: (%{{.*}}: tensor<4x8xf32>) -> (tensor<4x8xf32>, index)
func.func @through_linalg(%x: tensor<4x8xf32>) -> (tensor<?x?xf32>, index) {
  // CHECK-DAG: %[[C:.*]] = arith.constant 8 : index
  // CHECK-DAG: tensor.empty() : tensor<4x8xf32>
  // CHECK: linalg.exp ins({{.*}} : tensor<4x8xf32>) outs({{.*}} : tensor<4x8xf32>) -> tensor<4x8xf32>
  // CHECK: %[[Y:.*]] = norm.rmsnorm {{.*}} -> tensor<4x8xf32>
  // CHECK: return %[[Y]], %[[C]]
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %d = tensor.cast %x : tensor<4x8xf32> to tensor<?x?xf32>
  %n = arith.negf %d : tensor<?x?xf32>
  %d0 = tensor.dim %n, %c0 : tensor<?x?xf32>
  %d1 = tensor.dim %n, %c1 : tensor<?x?xf32>
  %o = tensor.empty(%d0, %d1) : tensor<?x?xf32>
  %e = linalg.exp ins(%n : tensor<?x?xf32>) outs(%o : tensor<?x?xf32>) -> tensor<?x?xf32>
  %y = norm.rmsnorm %e axis(1) epsilon(0.0) : (tensor<?x?xf32>) -> tensor<?x?xf32>
  return %y, %d1 : tensor<?x?xf32>, index
}

// -----

// An op that cannot change its types sees the old ones, and gives them.
// CHECK-LABEL: func.func @through_a_loop
// CHECK-SAME: (%[[X:.*]]: tensor<?x8xf32>, %{{.*}}: tensor<8xf32>, %{{.*}}: index) -> tensor<?x8xf32>
func.func @through_a_loop(%x: tensor<?x?xf32>, %g: tensor<8xf32>, %n: index) -> tensor<?x?xf32> {
  // CHECK: %[[I:.*]] = tensor.cast %[[X]] : tensor<?x8xf32> to tensor<?x?xf32>
  // CHECK: scf.for {{.*}} iter_args(%[[A:.*]] = %[[I]]) -> (tensor<?x?xf32>)
  // CHECK: %[[K:.*]] = tensor.cast %[[A]] : tensor<?x?xf32> to tensor<?x8xf32>
  // CHECK: %[[Y:.*]] = norm.rmsnorm %[[K]] gamma
  // CHECK: %[[O:.*]] = tensor.cast %[[Y]] : tensor<?x8xf32> to tensor<?x?xf32>
  // CHECK: scf.yield %[[O]]
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %z = norm.rmsnorm %x gamma(%g) axis(1) epsilon(0.0) : (tensor<?x?xf32>, tensor<8xf32>) -> tensor<?x?xf32>
  %l = scf.for %i = %c0 to %n step %c1 iter_args(%a = %x) -> tensor<?x?xf32> {
    %y = norm.rmsnorm %a gamma(%g) axis(1) epsilon(0.0) : (tensor<?x?xf32>, tensor<8xf32>) -> tensor<?x?xf32>
    scf.yield %y : tensor<?x?xf32>
  }
  %s = arith.addf %l, %z : tensor<?x?xf32>
  return %s : tensor<?x?xf32>
}

// -----

// Returns that know different sizes leave the result type as it is.
// CHECK-LABEL: func.func @two_returns
// CHECK-SAME: (%{{.*}}: tensor<4xf32>, %{{.*}}: tensor<8xf32>, %{{.*}}: i1) -> tensor<?xf32>
func.func @two_returns(%a: tensor<4xf32>, %b: tensor<8xf32>, %c: i1) -> tensor<?xf32> {
  cf.cond_br %c, ^bb1, ^bb2
^bb1:
  %d = tensor.cast %a : tensor<4xf32> to tensor<?xf32>
  %y = norm.rmsnorm %d axis(0) epsilon(0.0) : (tensor<?xf32>) -> tensor<?xf32>
  return %y : tensor<?xf32>
^bb2:
  %e = tensor.cast %b : tensor<8xf32> to tensor<?xf32>
  %z = norm.rmsnorm %e axis(0) epsilon(0.0) : (tensor<?xf32>) -> tensor<?xf32>
  return %z : tensor<?xf32>
}

// -----

// The signature of a function that is called stays, its body is refined.
// CHECK-LABEL: func.func private @callee
// CHECK-SAME: (%{{.*}}: tensor<?x?xf32>, %{{.*}}: tensor<8xf32>) -> tensor<?x?xf32>
// CHECK: norm.rmsnorm {{.*}} -> tensor<?x8xf32>
func.func private @callee(%x: tensor<?x?xf32>, %g: tensor<8xf32>) -> tensor<?x?xf32> {
  %y = norm.rmsnorm %x gamma(%g) axis(1) epsilon(0.0) : (tensor<?x?xf32>, tensor<8xf32>) -> tensor<?x?xf32>
  return %y : tensor<?x?xf32>
}

// CHECK-LABEL: func.func @caller
// CHECK-SAME: (%{{.*}}: tensor<?x8xf32>, %{{.*}}: tensor<8xf32>) -> tensor<?x8xf32>
// CHECK: call @callee({{.*}}) : (tensor<?x?xf32>, tensor<8xf32>) -> tensor<?x?xf32>
func.func @caller(%x: tensor<?x?xf32>, %g: tensor<8xf32>) -> tensor<?x?xf32> {
  %y = norm.rmsnorm %x gamma(%g) axis(1) epsilon(0.0) : (tensor<?x?xf32>, tensor<8xf32>) -> tensor<?x?xf32>
  %z = call @callee(%y, %g) : (tensor<?x?xf32>, tensor<8xf32>) -> tensor<?x?xf32>
  %s = arith.addf %y, %z : tensor<?x?xf32>
  return %s : tensor<?x?xf32>
}

// CHECK: func.func private @declared(tensor<?x?xf32>)
func.func private @declared(tensor<?x?xf32>)

// Nothing is known, nothing changes.
// CHECK-LABEL: func.func @nothing_known
// CHECK-SAME: (%{{.*}}: tensor<?x?xf32>) -> tensor<?x?xf32>
func.func @nothing_known(%x: tensor<?x?xf32>) -> tensor<?x?xf32> {
  %y = norm.rmsnorm %x axis(1) epsilon(0.0) : (tensor<?x?xf32>) -> tensor<?x?xf32>
  return %y : tensor<?x?xf32>
}
