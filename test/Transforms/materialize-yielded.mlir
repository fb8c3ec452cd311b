// RUN: norm-opt %s --norm-materialize-yielded | FileCheck %s

// A tensor that the loop does not change needs nothing, nor does a scalar.
// CHECK-LABEL: func.func @loop
// CHECK: scf.for {{.*}} iter_args(%[[T:.*]] = %{{.*}}, %[[SAME:.*]] = %{{.*}}, %[[S:.*]] = %{{.*}})
// CHECK: %[[NEXT:.*]] = math.exp %[[T]]
// CHECK: %[[SUM:.*]] = arith.addf %[[S]], %[[S]]
// CHECK: %[[PLACED:.*]] = bufferization.materialize_in_destination %[[NEXT]] in %[[T]]
// CHECK: scf.yield %[[PLACED]], %[[SAME]], %[[SUM]]
func.func @loop(%x: tensor<?xf32>, %s: f32, %n: index) -> (tensor<?xf32>, tensor<?xf32>, f32) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %r:3 = scf.for %i = %c0 to %n step %c1 iter_args(%t = %x, %same = %x, %a = %s)
      -> (tensor<?xf32>, tensor<?xf32>, f32) {
    %next = math.exp %t : tensor<?xf32>
    %sum = arith.addf %a, %a : f32
    scf.yield %next, %same, %sum : tensor<?xf32>, tensor<?xf32>, f32
  }
  return %r#0, %r#1, %r#2 : tensor<?xf32>, tensor<?xf32>, f32
}

// What a branch computes has memory of its own; what it takes from outside is copied.
// CHECK-LABEL: func.func @branch
// CHECK-SAME: %[[C:[^ ]*]]: i1, %[[X:[^ ]*]]: tensor<?xf32>, %[[S:[^ ]*]]: f32
// CHECK: scf.if %[[C]]
// CHECK: %[[NEXT:.*]] = math.exp
// CHECK-NEXT: scf.yield %[[NEXT]], %[[S]]
// CHECK: } else {
// CHECK: %[[SIZE:.*]] = tensor.dim %[[X]]
// CHECK: %[[EMPTY:.*]] = tensor.empty(%[[SIZE]])
// CHECK: %[[COPY:.*]] = bufferization.materialize_in_destination %[[X]] in %[[EMPTY]]
// CHECK: scf.yield %[[COPY]], %[[S]]
func.func @branch(%c: i1, %x: tensor<?xf32>, %s: f32) -> (tensor<?xf32>, f32) {
  %r:2 = scf.if %c -> (tensor<?xf32>, f32) {
    %next = math.exp %x : tensor<?xf32>
    scf.yield %next, %s : tensor<?xf32>, f32
  } else {
    scf.yield %x, %s : tensor<?xf32>, f32
  }
  return %r#0, %r#1 : tensor<?xf32>, f32
}
