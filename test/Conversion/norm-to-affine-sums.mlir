// RUN: norm-opt %s --convert-norm-to-affine --canonicalize --cse --split-input-file | FileCheck %s
// RUN: norm-opt %s --convert-norm-to-affine --canonicalize --cse --affine-loop-fusion --affine-parallelize="parallel-reductions=true" --split-input-file | FileCheck %s --check-prefix=UPSTREAM

// The mean of each row of dx, dx, and the sums over rows in one visit.
// CHECK-LABEL: func.func @rmsnorm_grad
// CHECK-SAME: %[[DY:[^:]*]]: memref<?x2x?xbf16>, %[[X:[^:]*]]: memref<?x2x?xbf16>, %[[R:[^:]*]]: memref<?xf32>, %[[G:[^:]*]]: memref<?xbf16>, %[[DX:[^:]*]]: memref<?x2x?xbf16>, %[[DG:[^:]*]]: memref<?xf32>, %[[DB:[^:]*]]: memref<?xbf16>
func.func @rmsnorm_grad(%dy: memref<?x2x?xbf16>, %x: memref<?x2x?xbf16>, %r: memref<?xf32>, %g: memref<?xbf16>, %dx: memref<?x2x?xbf16>, %dg: memref<?xf32>, %db: memref<?xbf16>) {
  // CHECK: %[[N:.*]] = memref.dim %[[X]], %c2
  // CHECK: %[[MEANS:.*]] = memref.alloc(%{{.*}}) : memref<?xf32>
  // CHECK: affine.for %[[I:.*]] = 0
  // CHECK-NEXT: affine.for {{.*}} iter_args
  // CHECK-NEXT: affine.for {{.*}} iter_args
  // CHECK: %[[MEAN:.*]] = arith.divf
  // CHECK-NEXT: affine.store %[[MEAN]], %[[MEANS]][%[[I]]]
  // CHECK: affine.for
  // CHECK: arith.subf
  // CHECK: affine.store %{{.*}}, %[[DX]]
  // CHECK: memref.dealloc %[[MEANS]]
  // CHECK: affine.for %[[J:.*]] = 0 to 2 {
  // CHECK-NEXT: affine.for %[[K:.*]] = 0 to %[[N]] {
  // CHECK-NEXT: %[[SUMS:.*]]:2 = affine.for %[[I:.*]] = 0 to %{{.*}} iter_args
  // CHECK-NEXT: affine.load %[[DY]][%[[I]], %[[J]], %[[K]]]
  // CHECK: affine.store %[[SUMS]]#0, %[[DG]][%[[J]] * symbol(%[[N]]) + %[[K]]]
  // CHECK: %[[T:.*]] = arith.truncf %[[SUMS]]#1 : f32 to bf16
  // CHECK-NEXT: affine.store %[[T]], %[[DB]][%[[J]] * symbol(%[[N]]) + %[[K]]]
  // UPSTREAM-LABEL: func.func @rmsnorm_grad
  // UPSTREAM: affine.parallel
  // UPSTREAM: reduce ("addf")
  norm.rmsnorm_grad %dy, %x, %r gamma(%g) outs(%dx, %dg, %db) axis(1)
    : (memref<?x2x?xbf16>, memref<?x2x?xbf16>, memref<?xf32>, memref<?xbf16>, memref<?x2x?xbf16>, memref<?xf32>, memref<?xbf16>) -> ()
  return
}

// -----

// The mean, its correction, and the squares of the deviations from it.
// CHECK-LABEL: func.func @channel_stats
// CHECK-SAME: %[[X:[^:]*]]: memref<8x3x7xf16>, %[[M:[^:]*]]: memref<3xf32>, %[[S:[^:]*]]: memref<3xf32>
func.func @channel_stats(%x: memref<8x3x7xf16>, %m: memref<3xf32>, %s: memref<3xf32>) {
  // CHECK: affine.for %[[C:.*]] = 0 to 3 {
  // CHECK-NEXT: affine.for %[[I:.*]] = 0 to 8 iter_args
  // CHECK-NEXT: affine.for %[[J:.*]] = 0 to 7 iter_args
  // CHECK-NEXT: affine.load %[[X]][%[[I]], %[[C]], %[[J]]]
  // CHECK: affine.store %{{.*}}, %[[M]][%[[C]]]
  // CHECK: affine.for %[[C:.*]] = 0 to 3 {
  // CHECK: arith.subf
  // CHECK: affine.store %{{.*}}, %[[M]][%[[C]]]
  // CHECK: affine.for %[[C:.*]] = 0 to 3 {
  // CHECK: %[[D:.*]] = arith.subf
  // CHECK-NEXT: arith.mulf %[[D]], %[[D]]
  // CHECK: math.sqrt
  // CHECK: affine.store %{{.*}}, %[[S]][%[[C]]]
  // UPSTREAM-LABEL: func.func @channel_stats
  // UPSTREAM: affine.parallel {{.*}} to (3)
  // UPSTREAM-NOT: affine.parallel {{.*}} to (3)
  // UPSTREAM: return
  norm.channel_stats %x outs(%m, %s) epsilon(0.5) layout(NCHW)
    : (memref<8x3x7xf16>, memref<3xf32>, memref<3xf32>) -> ()
  return
}

// -----

// Both sums in one visit.
// CHECK-LABEL: func.func @channel_backprop_stats
func.func @channel_backprop_stats(%x: memref<4x5x3xf32>, %m: memref<3xf32>, %i: memref<3xf32>, %s: memref<3xf32>, %b: memref<3xf32>) {
  // CHECK: affine.for %[[C:.*]] = 0 to 3 {
  // CHECK-NEXT: affine.for %[[I:.*]] = 0 to 4 iter_args
  // CHECK-NEXT: affine.for %[[J:.*]] = 0 to 5 iter_args
  // CHECK-NEXT: affine.load %{{.*}}[%[[I]], %[[J]], %[[C]]]
  // CHECK: affine.store %{{.*}}#0, %arg3[%[[C]]]
  // CHECK-NEXT: affine.store %{{.*}}#1, %arg4[%[[C]]]
  // CHECK-NOT: affine.for
  // CHECK: return
  norm.channel_backprop_stats %x, %m, %i, %x outs(%s, %b) layout(NHWC)
    : (memref<4x5x3xf32>, memref<3xf32>, memref<3xf32>, memref<4x5x3xf32>, memref<3xf32>, memref<3xf32>) -> ()
  return
}

// -----

// CHECK-LABEL: func.func @channel_backprop
// CHECK-SAME: %[[COUNT:[^:]*]]: index
func.func @channel_backprop(%x: memref<4x3xf32>, %c: memref<3xf32>, %dy: memref<4x3xf32>, %count: index) {
  // CHECK: %[[I64:.*]] = arith.index_cast %[[COUNT]] : index to i64
  // CHECK: %[[R:.*]] = arith.sitofp %[[I64]] : i64 to f32
  // CHECK: %[[RECIPROCAL:.*]] = arith.divf %{{.*}}, %[[R]] : f32
  // CHECK: affine.for %[[I:.*]] = 0 to 4 {
  // CHECK-NEXT: affine.for %[[J:.*]] = 0 to 3 {
  // CHECK: arith.mulf %{{.*}}, %[[RECIPROCAL]] : f32
  // CHECK: affine.store %{{.*}}, %arg2[%[[I]], %[[J]]]
  norm.channel_backprop %x, %c, %c, %c, %c, %dy gamma(%c) count(%count) outs(%dy) layout(NHWC)
    : (memref<4x3xf32>, memref<3xf32>, memref<3xf32>, memref<3xf32>, memref<3xf32>, memref<4x3xf32>, memref<3xf32>, index, memref<4x3xf32>) -> ()
  return
}
