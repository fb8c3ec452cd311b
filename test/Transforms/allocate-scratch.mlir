// RUN: norm-opt %s --norm-allocate-scratch --canonicalize --split-input-file --verify-diagnostics | FileCheck %s

// One block holds both buffers, each at a multiple of 64 bytes: 25 floats take
// 128.
// CHECK-LABEL: func.func private @f.unit_stride(
// CHECK-SAME: %[[N:.*]]: index
// CHECK-DAG: %[[ALIGN:.*]] = arith.constant 64 : i64
// CHECK-DAG: %[[OFFSET:.*]] = arith.constant 128 : index
// CHECK: %[[SCRATCH:.*]] = llvm.call @norm_scratch_acquire(%{{.*}}, %[[ALIGN]])
// CHECK: %[[NULL:.*]] = llvm.icmp "eq" %[[SCRATCH]], %{{.*}}
// CHECK: cf.cond_br %[[NULL]], ^[[FAILED:.*]], ^[[NEXT:[a-z0-9]*]]
// CHECK: ^[[FAILED]]:
// CHECK: %[[CODE:.*]] = llvm.call @norm_report_error(
// CHECK: return %[[CODE]]
// CHECK: ^[[NEXT]]:
// CHECK-DAG: memref.view %{{.*}}[%{{.*}}][] : memref<?xi8> to memref<25xf32>
// CHECK-DAG: memref.view %{{.*}}[%[[OFFSET]]][%[[N]]] : memref<?xi8> to memref<?xf64>
// CHECK: scf.for
// CHECK-NOT: memref.alloc
// CHECK: llvm.call @norm_scratch_release(%[[SCRATCH]])
// CHECK-NEXT: return
func.func private @f.unit_stride(%n: index, %x: f32, %y: f64) -> i32 {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %a = memref.alloc() : memref<25xf32>
  memref.store %x, %a[%c0] : memref<25xf32>
  scf.for %i = %c0 to %n step %c1 {
    %size = arith.maxsi %n, %n : index
    %b = memref.alloc(%size) : memref<?xf64>
    memref.store %y, %b[%c0] : memref<?xf64>
  }
  %ok = arith.constant 0 : i32
  return %ok : i32
}

// -----

// A chunk has a size of its own in each iteration: as much as the largest.
// CHECK-LABEL: func.func @chunks
// CHECK: %[[BYTES:.*]] = arith.constant 16384 : i64
// CHECK: llvm.call @norm_scratch_acquire(%[[BYTES]]
// CHECK: scf.for
// CHECK: %[[SIZE:.*]] = affine.min
// CHECK: memref.view %{{.*}}[%{{.*}}][%[[SIZE]]] : memref<?xi8> to memref<?xf32>
func.func @chunks(%n: index, %v: f32) -> i32 {
  %c0 = arith.constant 0 : index
  %c4096 = arith.constant 4096 : index
  %ok = arith.constant 0 : i32
  scf.for %i = %c0 to %n step %c4096 {
    %size = affine.min affine_map<(i)[n] -> (n - i, 4096)>(%i)[%n]
    %chunk = memref.alloc(%size) : memref<?xf32>
    memref.store %v, %chunk[%c0] : memref<?xf32>
  }
  return %ok : i32
}

// -----

// CHECK-LABEL: func.func private @without
// CHECK-NOT: norm_scratch
func.func private @without() -> i32 {
  %ok = arith.constant 0 : i32
  return %ok : i32
}

// -----

func.func private @size_of_an_iteration(%n: index, %y: f64) -> i32 {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  scf.for %i = %c0 to %n step %c1 {
    // expected-error@below {{cannot be compiled: expected a tensor whose sizes are known before the loop around it}}
    %b = memref.alloc(%i) : memref<?xf64>
    memref.store %y, %b[%c0] : memref<?xf64>
  }
  %ok = arith.constant 0 : i32
  return %ok : i32
}

// -----

// expected-error@below {{cannot be given scratch memory: expected one block that returns an error code}}
func.func private @no_code(%y: f64) {
  %c0 = arith.constant 0 : index
  %b = memref.alloc() : memref<4xf64>
  memref.store %y, %b[%c0] : memref<4xf64>
  return
}
