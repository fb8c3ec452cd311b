// RUN: norm-opt %s --norm-outline-parallel | FileCheck %s

// CHECK: llvm.func @norm_parallel_for(i64, i64, !llvm.ptr, !llvm.ptr) -> i32

// The body takes what it uses from the context; the last dim runs fastest.
// CHECK-LABEL: func.func private @kernel.rows0(
// CHECK-SAME: %[[CONTEXT:.*]]: !llvm.ptr, %[[BEGIN:.*]]: i64, %[[END:.*]]: i64)
// CHECK: %[[FIRST:.*]] = arith.index_cast %[[BEGIN]]
// CHECK: %[[LAST:.*]] = arith.index_cast %[[END]]
// CHECK: scf.for %[[ROW:.*]] = %[[FIRST]] to %[[LAST]]
// CHECK: %[[J:.*]] = arith.remui %[[ROW]], %[[N:.*]] : index
// CHECK: %[[I:.*]] = arith.divui %[[ROW]], %[[N]] : index
// CHECK: norm.loop_schedule
// CHECK: memref.store %{{.*}}, %{{.*}}[%[[I]], %[[J]]]

// The kernel returns the code of the loop.
// CHECK-LABEL: func.func private @kernel(
// CHECK: %[[ROWS:.*]] = arith.muli %{{.*}}, %{{.*}} : index
// CHECK: %[[BODY:.*]] = constant @kernel.rows0
// CHECK: %[[ADDRESS:.*]] = builtin.unrealized_conversion_cast %[[BODY]]
// CHECK: %[[CODE:.*]] = llvm.call @norm_parallel_for(%{{.*}}, %{{.*}}, %[[ADDRESS]], %{{.*}})
// CHECK: %[[RESULT:.*]] = arith.maxsi %{{.*}}, %[[CODE]]
// CHECK: return %[[RESULT]]
func.func private @kernel(%x: f32, %m: index, %n: index, %y: memref<?x?xf32>, %bytes: index) -> i32 {
  scf.forall (%i, %j) in (%m, %n) {
    norm.loop_schedule <vector_bits = 256> bytes(%bytes)
    memref.store %x, %y[%i, %j] : memref<?x?xf32>
  }
  %ok = arith.constant 0 : i32
  return %ok : i32
}

// A loop without a schedule, or inside another loop, stays.
// CHECK-LABEL: func.func private @stays(
// CHECK: scf.forall
// CHECK: scf.for
// CHECK: scf.forall
func.func private @stays(%x: f32, %n: index, %y: memref<?xf32>, %bytes: index) -> i32 {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  scf.forall (%i) in (%n) {
    memref.store %x, %y[%i] : memref<?xf32>
  }
  scf.for %k = %c0 to %n step %c1 {
    scf.forall (%i) in (%n) {
      norm.loop_schedule <vector_bits = 256> bytes(%bytes)
      memref.store %x, %y[%i] : memref<?xf32>
    }
  }
  %ok = arith.constant 0 : i32
  return %ok : i32
}

// A body that allocates is a function with a code, which the kernel finds in the
// context and reports on its own thread.
// CHECK-LABEL: func.func private @allocates.rows0.scratch({{.*}}) -> i32
// CHECK: memref.alloc()
// CHECK-LABEL: func.func private @allocates.rows0(
// CHECK: %[[CODE:.*]] = call @allocates.rows0.scratch
// CHECK: %[[STATUS:.*]] = llvm.getelementptr %{{.*}}[0, 4]
// CHECK: llvm.atomicrmw max %[[STATUS]], %[[CODE]]
// CHECK-LABEL: func.func private @allocates(
// CHECK: llvm.call @norm_parallel_for
// CHECK: scf.if
// CHECK: llvm.call @norm_report_error
func.func private @allocates(%x: f32, %m: index, %y: memref<?xf32>, %bytes: index) -> i32 {
  %c0 = arith.constant 0 : index
  scf.forall (%i) in (%m) {
    norm.loop_schedule <vector_bits = 256> bytes(%bytes)
    %row = memref.alloc() : memref<4xf32>
    memref.store %x, %row[%c0] : memref<4xf32>
    memref.store %x, %y[%i] : memref<?xf32>
  }
  %ok = arith.constant 0 : i32
  return %ok : i32
}
