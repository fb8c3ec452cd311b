// RUN: norm-opt %s --norm-make-shape-functions --norm-make-entry-points --canonicalize --cse | FileCheck %s

// One kernel. The runtime copies the operands that it does not take, and is told
// which these are; a call that fails writes nothing.
// CHECK-LABEL: func.func private @f.unit_stride(
// CHECK-LABEL: func.func private @f.strided(
// CHECK-SAME: %[[X:[^:]*]]: !llvm.ptr, %{{[^:]*}}: f32, %[[S:[^:]*]]: !llvm.ptr, %[[Y:[^:]*]]: !llvm.ptr) -> i32
// CHECK-DAG: %[[INFO:.*]] = llvm.mlir.addressof @f.info
// CHECK-DAG: %[[ONE:.*]] = arith.constant 1 : i8
// CHECK: %[[OPERANDS:.*]] = llvm.alloca %c3_i32 x !llvm.ptr
// CHECK: llvm.store %[[X]], %[[OPERANDS]]
// CHECK: %[[FITS:.*]] = llvm.alloca %c3_i32 x i8
// CHECK: %{{.*}}, %{{.*}}, %{{.*}}:2, %[[STRIDES:.*]]:2 = memref.extract_strided_metadata
// CHECK: arith.cmpi eq, %[[STRIDES]]#1, %c1
// CHECK: %[[XFITS:.*]] = arith.extui %{{.*}} : i1 to i8
// CHECK: llvm.store %[[XFITS]], %[[FITS]]
// A scalar is never copied.
// CHECK: %[[PLACE:.*]] = llvm.getelementptr %[[FITS]][1]
// CHECK: llvm.store %[[ONE]], %[[PLACE]]
// CHECK: %[[PLACE:.*]] = llvm.getelementptr %[[FITS]][2]
// CHECK: llvm.store %{{.*}}, %[[PLACE]]
// CHECK: %[[USED:.*]] = llvm.alloca %c4_i32 x !llvm.ptr
// CHECK: %[[STATUS:.*]] = llvm.call @norm_begin_copies(%[[INFO]], %[[OPERANDS]], %[[FITS]], %[[USED]])
// CHECK: cf.cond_br %{{.*}}, ^{{.*}}, ^[[EXIT:[a-z0-9]*]](%[[STATUS]] : i32)
// CHECK: %[[USEDX:.*]] = llvm.load %[[USED]]
// CHECK: %[[DESCRIPTOR:.*]] = llvm.load %[[USEDX]]
// CHECK: %[[ANY:.*]] = builtin.unrealized_conversion_cast %[[DESCRIPTOR]]
// CHECK: %[[XCAST:.*]] = memref.cast %[[ANY]] : {{.*}} to memref<?x4xf32, strided<[?, 1], offset: ?>>
// CHECK: %[[CODE:.*]] = call @f.unit_stride(%[[XCAST]], %{{.*}}, %[[S]], %{{.*}})
// CHECK: %[[END:.*]] = llvm.call @norm_end_copies(%[[INFO]], %[[OPERANDS]], %[[USED]], %[[CODE]])
// CHECK: return %[[END]]
// CHECK: ^[[EXIT]](%[[CODE:[^:]*]]: i32):
// CHECK: return %[[CODE]]
// CHECK-LABEL: func.func @_mlir_ciface_f(
// CHECK-SAME: %[[X:[^:]*]]: !llvm.ptr, %[[A:[^:]*]]: f32, %[[S:[^:]*]]: !llvm.ptr, %[[Y:[^:]*]]: !llvm.ptr) -> i32
// CHECK: call @f.unit_stride(
// CHECK: call @f.strided(%[[X]], %[[A]], %[[S]], %[[Y]])
func.func @f(%x: tensor<?x4xf32>, %a: f32) -> (f32, tensor<?x4xf32>) {
  %y = norm.rmsnorm %x axis(1) epsilon(1.0e-6) : (tensor<?x4xf32>) -> tensor<?x4xf32>
  return %a, %y : f32, tensor<?x4xf32>
}
