// RUN: norm-opt %s --allow-unregistered-dialect --convert-norm-to-affine --canonicalize --split-input-file | FileCheck %s

// The nests as one would write them: the reciprocal RMS of each row, y.
// CHECK-LABEL: func.func @rows
// CHECK-SAME: (%[[X:.*]]: memref<?x64xf32>, %[[G:.*]]: memref<64xf32>, %[[B:.*]]: memref<64xf32>, %[[Y:.*]]: memref<?x64xf32>, %[[R:.*]]: memref<?xf32>)
func.func @rows(%x: memref<?x64xf32>, %g: memref<64xf32>, %b: memref<64xf32>, %y: memref<?x64xf32>, %r: memref<?xf32>) {
  // CHECK-DAG: %[[EPS:.*]] = arith.constant 5.0{{.*}}e-01 : f32
  // CHECK-DAG: %[[N:.*]] = arith.constant 6.4{{.*}}e+01 : f32
  // CHECK-DAG: %[[ONE:.*]] = arith.constant 1.0{{.*}} : f32
  // CHECK-DAG: %[[ZERO:.*]] = arith.constant 0.0{{.*}} : f32
  // CHECK: %[[M:.*]] = memref.dim %[[X]], %c0
  // CHECK-NEXT: affine.for %[[I:.*]] = 0 to %[[M]] {
  // CHECK-NEXT: %[[SUM:.*]] = affine.for %[[J:.*]] = 0 to 64 iter_args(%[[S:.*]] = %[[ZERO]]) -> (f32) {
  // CHECK-NEXT: %[[E:.*]] = affine.load %[[X]][%[[I]], %[[J]]]
  // CHECK-NEXT: %[[SQ:.*]] = arith.mulf %[[E]], %[[E]] : f32
  // CHECK-NEXT: %[[A:.*]] = arith.addf %[[S]], %[[SQ]] : f32
  // CHECK-NEXT: affine.yield %[[A]] : f32
  // CHECK: %[[MEAN:.*]] = arith.divf %[[SUM]], %[[N]] : f32
  // CHECK-NEXT: %[[SHIFTED:.*]] = arith.addf %[[MEAN]], %[[EPS]] : f32
  // CHECK-NEXT: %[[ROOT:.*]] = math.sqrt %[[SHIFTED]] : f32
  // CHECK-NEXT: %[[RRMS:.*]] = arith.divf %[[ONE]], %[[ROOT]] : f32
  // CHECK-NEXT: affine.store %[[RRMS]], %[[R]][%[[I]]]
  // CHECK-NEXT: }
  // CHECK-NEXT: affine.for %[[I:.*]] = 0 to %[[M]] {
  // CHECK-NEXT: affine.for %[[J:.*]] = 0 to 64 {
  // CHECK-NEXT: %[[E:.*]] = affine.load %[[X]][%[[I]], %[[J]]]
  // CHECK-NEXT: %[[RI:.*]] = affine.load %[[R]][%[[I]]]
  // CHECK-NEXT: %[[T:.*]] = arith.mulf %[[E]], %[[RI]] : f32
  // CHECK-NEXT: %[[GJ:.*]] = affine.load %[[G]][%[[J]]]
  // CHECK-NEXT: %[[P:.*]] = arith.mulf %[[T]], %[[GJ]] : f32
  // CHECK-NEXT: %[[BJ:.*]] = affine.load %[[B]][%[[J]]]
  // CHECK-NEXT: %[[Q:.*]] = arith.addf %[[P]], %[[BJ]] : f32
  // CHECK-NEXT: affine.store %[[Q]], %[[Y]][%[[I]], %[[J]]]
  // CHECK-NEXT: }
  // CHECK-NEXT: }
  // CHECK-NEXT: return
  norm.rmsnorm %x gamma(%g) beta(%b) outs(%y, %r) axis(1) epsilon(0.5)
    : (memref<?x64xf32>, memref<64xf32>, memref<64xf32>, memref<?x64xf32>, memref<?xf32>) -> ()
  return
}

// -----

// A reciprocal RMS that nobody asked for is stored for a while.
// CHECK-LABEL: func.func @without_rrms
func.func @without_rrms(%x: memref<?x4xf64>) {
  // CHECK: %[[R:.*]] = memref.alloc(%{{.*}}) : memref<?xf64>
  // CHECK: affine.store %{{.*}}, %[[R]]
  // CHECK: affine.load %[[R]]
  // CHECK: memref.dealloc %[[R]]
  norm.rmsnorm %x outs(%x) axis(1) epsilon(0.0) : (memref<?x4xf64>, memref<?x4xf64>) -> ()
  return
}

// -----

// Sums and products are made in the accumulator's type, rounded once.
// CHECK-LABEL: func.func @mixed_types
func.func @mixed_types(%x: memref<2x4xbf16>, %g: memref<4xf32>, %y: memref<2x4xbf16>) {
  // CHECK: iter_args({{.*}}) -> (f32)
  // CHECK-NEXT: %[[E:.*]] = affine.load {{.*}} : memref<2x4xbf16>
  // CHECK-NEXT: %[[W:.*]] = arith.extf %[[E]] : bf16 to f32
  // CHECK-NEXT: arith.mulf %[[W]], %[[W]] : f32
  // CHECK: affine.for
  // CHECK: arith.extf
  // CHECK-NOT: arith.truncf
  // CHECK: %[[TARGET:.*]] = arith.mulf %{{.*}}, %cst{{.*}} : f32
  // CHECK: %[[WEIGHT:.*]] = arith.addf %{{.*}}, %cst{{.*}} : f32
  // CHECK-NEXT: %[[V:.*]] = arith.mulf %[[TARGET]], %[[WEIGHT]] : f32
  // CHECK-NEXT: %[[T:.*]] = arith.truncf %[[V]] : f32 to bf16
  // CHECK-NEXT: affine.store %[[T]]
  norm.rmsnorm %x gamma(%g) outs(%y) axis(1) epsilon(0.0) target_rms(2.0) weight_offset(1.0)
    : (memref<2x4xbf16>, memref<4xf32>, memref<2x4xbf16>) -> ()
  return
}

// -----

// Every step is rounded: t, the weight, the product.
// CHECK-LABEL: func.func @before_gamma
func.func @before_gamma(%x: memref<2x4xf16>, %g: memref<4xf32>, %y: memref<2x4xf16>) {
  // CHECK-COUNT-3: arith.truncf %{{.*}} : f32 to f16
  // CHECK-NOT: arith.truncf
  // CHECK: affine.store
  norm.rmsnorm %x gamma(%g) outs(%y) axis(1) epsilon(0.0) rounding(before_gamma)
    : (memref<2x4xf16>, memref<4xf32>, memref<2x4xf16>) -> ()
  return
}

// -----

// The sum goes through all dims of a row; one-dimensional gammas are read where
// the element of the row lies, those of the row's shape by its indices.
// CHECK-LABEL: func.func @row_of_two_dims
// CHECK-SAME: (%[[X:.*]]: memref<?x3x?xf64>, %[[G:.*]]: memref<?xf64>, %[[B:.*]]: memref<3x?xf64>,
func.func @row_of_two_dims(%x: memref<?x3x?xf64>, %g: memref<?xf64>, %b: memref<3x?xf64>, %y: memref<?x3x?xf64>) {
  // CHECK: %[[N:.*]] = memref.dim %[[X]], %c2
  // CHECK: %[[LENGTH:.*]] = arith.muli %[[N]], %c3 : index
  // CHECK: %[[I64:.*]] = arith.index_cast %[[LENGTH]] : index to i64
  // CHECK: arith.sitofp %[[I64]] : i64 to f64
  // CHECK: affine.for
  // CHECK-NEXT: affine.for %{{.*}} = 0 to 3 iter_args(%[[S:.*]] = %{{.*}}) -> (f64)
  // CHECK-NEXT: %[[INNER:.*]] = affine.for %{{.*}} = 0 to %[[N]] iter_args(%{{.*}} = %[[S]]) -> (f64)
  // CHECK: affine.yield %{{.*}}
  // CHECK: affine.yield %[[INNER]]
  // CHECK: affine.for
  // CHECK-NEXT: affine.for %[[J:.*]] = 0 to 3 {
  // CHECK-NEXT: affine.for %[[K:.*]] = 0 to %[[N]] {
  // CHECK: affine.load %[[G]][%[[J]] * symbol(%[[N]]) + %[[K]]]
  // CHECK: affine.load %[[B]][%[[J]], %[[K]]]
  norm.rmsnorm %x gamma(%g) beta(%b) outs(%y) axis(-2) epsilon(0.0)
    : (memref<?x3x?xf64>, memref<?xf64>, memref<3x?xf64>, memref<?x3x?xf64>) -> ()
  return
}

// -----

// One row: its reciprocal RMS has no dims, and a loop of its own.
// CHECK-LABEL: func.func @axis_zero
// CHECK-SAME: %[[R:[^:]*]]: memref<f32>)
func.func @axis_zero(%x: memref<3x4xf32>, %g: memref<12xf32>, %r: memref<f32>) {
  // CHECK: affine.for {{.*}} = 0 to 1 {
  // CHECK-NEXT: affine.for {{.*}} = 0 to 3 iter_args
  // CHECK-NEXT: affine.for {{.*}} = 0 to 4 iter_args
  // CHECK: affine.store %{{.*}}, %[[R]][]
  // CHECK: affine.load %{{.*}}[%{{.*}} * 4 + %{{.*}}] : memref<12xf32>
  norm.rmsnorm %x gamma(%g) outs(%x, %r) axis(0) epsilon(0.0)
    : (memref<3x4xf32>, memref<12xf32>, memref<3x4xf32>, memref<f32>) -> ()
  return
}

// -----

// CHECK-LABEL: func.func @reciprocal
// CHECK-SAME: (%[[X:.*]]: memref<2x?xf16>, %[[Y:.*]]: memref<2x?xf16>)
func.func @reciprocal(%x: memref<2x?xf16>, %y: memref<2x?xf16>) {
  // CHECK: affine.for %[[I:.*]] = 0 to 2 {
  // CHECK-NEXT: affine.for %[[J:.*]] = 0 to %{{.*}} {
  // CHECK-NEXT: %[[E:.*]] = affine.load %[[X]][%[[I]], %[[J]]]
  // CHECK-NEXT: %[[W:.*]] = arith.extf %[[E]] : f16 to f32
  // CHECK-NEXT: %[[Q:.*]] = arith.divf %cst, %[[W]] : f32
  // CHECK-NEXT: %[[T:.*]] = arith.truncf %[[Q]] : f32 to f16
  // CHECK-NEXT: affine.store %[[T]], %[[Y]][%[[I]], %[[J]]]
  norm.reciprocal %x outs(%y) precision(approx) : (memref<2x?xf16>, memref<2x?xf16>) -> ()
  return
}

// -----

// CHECK-LABEL: func.func @reciprocal_grad_in_place
// CHECK-SAME: (%[[Y:.*]]: memref<f64>, %[[DY:.*]]: memref<f64>)
func.func @reciprocal_grad_in_place(%y: memref<f64>, %dy: memref<f64>) {
  // CHECK-NOT: affine.for
  // CHECK: %[[E:.*]] = affine.load %[[Y]][]
  // CHECK-NEXT: %[[D:.*]] = affine.load %[[DY]][]
  // CHECK-NEXT: %[[NEG:.*]] = arith.negf %[[D]] : f64
  // CHECK-NEXT: %[[T:.*]] = arith.mulf %[[NEG]], %[[E]] : f64
  // CHECK-NEXT: %[[DX:.*]] = arith.mulf %[[T]], %[[E]] : f64
  // CHECK-NEXT: affine.store %[[DX]], %[[DY]][]
  norm.reciprocal_grad %y, %dy outs(%dy) : (memref<f64>, memref<f64>, memref<f64>) -> ()
  return
}

// -----

// CHECK-LABEL: func.func @tensor_form_stays
func.func @tensor_form_stays(%x: tensor<2x4xf32>) -> tensor<2x4xf32> {
  // CHECK: norm.reciprocal
  %y = norm.reciprocal %x : (tensor<2x4xf32>) -> tensor<2x4xf32>
  return %y : tensor<2x4xf32>
}

// -----

// A buffer made in a loop knows its sizes.
// CHECK-LABEL: func.func @buffer_made_in_a_loop
// CHECK-SAME: %[[M:[^:]*]]: index
func.func @buffer_made_in_a_loop(%m: index, %n: index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  scf.for %i = %c0 to %n step %c1 {
    %x = memref.alloc(%m) : memref<?xf32>
    // CHECK: affine.for %{{.*}} = 0 to %[[M]]
    norm.reciprocal %x outs(%x) : (memref<?xf32>, memref<?xf32>) -> ()
    "test.use"(%x) : (memref<?xf32>) -> ()
  }
  return
}
