// RUN: norm-opt %s --norm-make-shape-functions --norm-make-entry-points --canonicalize --cse | FileCheck %s

// One kernel. For operands of other strides the rows that are copied are as many
// as an operand has, or none if the kernel takes it; a call that fails writes
// nothing.
// CHECK-LABEL: func.func private @f.unit_stride(
// CHECK-LABEL: func.func private @f.strided(
// CHECK-SAME: %[[X:[^:]*]]: memref<?x4xf32, strided<[?, ?], offset: ?>>, %[[Y:[^:]*]]: memref<?x4xf32, strided<[?, ?], offset: ?>>) -> i32
// CHECK: %{{.*}}, %{{.*}}, %[[XSIZES:.*]]:2, %[[XSTRIDES:.*]]:2 = memref.extract_strided_metadata %[[X]]
// CHECK: %[[FITS:.*]] = arith.cmpi eq, %[[XSTRIDES]]#1, %c1
// CHECK: %[[XROWS:.*]] = arith.select %[[FITS]], %c0, %
// CHECK: %[[MEMORY:.*]] = memref.alloc(%[[XROWS]]) : memref<?x4xf32>
// CHECK: %[[COPY:.*]] = memref.cast %{{.*}} : {{.*}} to memref<?x4xf32, strided<[?, 1], offset: ?>>
// CHECK: %[[ITSELF:.*]] = memref.cast %[[X]]
// CHECK: %[[USED:.*]] = arith.select %[[FITS]], %[[ITSELF]], %[[COPY]]
// CHECK: %[[YROWS:.*]] = arith.select %{{.*}}, %c0, %
// CHECK: scf.forall (%{{.*}}) in (%[[XROWS]])
// CHECK: memref.copy
// CHECK: %[[CODE:.*]] = call @f.unit_stride(%[[USED]], %{{.*}})
// CHECK: %[[FAILED:.*]] = arith.cmpi ne, %[[CODE]], %c0_i32
// CHECK: %[[WRITTEN:.*]] = arith.select %[[FAILED]], %c0, %[[YROWS]]
// CHECK: scf.forall (%{{.*}}) in (%[[WRITTEN]])
// CHECK: memref.copy
// CHECK: return %[[CODE]]
func.func @f(%x: tensor<?x4xf32>) -> tensor<?x4xf32> {
  %y = norm.rmsnorm %x axis(1) epsilon(1.0e-6) : (tensor<?x4xf32>) -> tensor<?x4xf32>
  return %y : tensor<?x4xf32>
}

// Nothing to copy.
// CHECK-LABEL: func.func private @empty.strided(
// CHECK-NOT: memref.alloc
// CHECK: call @empty.unit_stride(
func.func @empty(%x: tensor<3x0xf32>) -> tensor<3x0xf32> {
  %y = norm.reciprocal %x : (tensor<3x0xf32>) -> tensor<3x0xf32>
  return %y : tensor<3x0xf32>
}
