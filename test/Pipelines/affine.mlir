// The affine lowering: from stage norm to memrefs and affine loops, with the
// entries, checks and visible symbols of the vector lowering.

// RUN: norm-compile %s -o - --emit=mlir --lowering=affine --stop-after=buffer | FileCheck %s --implicit-check-not="= norm." --implicit-check-not=linalg. --implicit-check-not=": tensor<{{.*}}f(32|16)>"
// RUN: norm-compile %s -o - --emit=mlir --lowering=affine --stop-after=llvm | FileCheck %s --check-prefix=LLVM --implicit-check-not={{"affine\.|scf\.|memref\.|arith\.|func\.func|cf\."}}
// RUN: norm-opt %s --norm-affine-pipeline | FileCheck %s --check-prefix=LLVM --implicit-check-not={{"affine\.|scf\.|memref\.|arith\.|func\.func|cf\."}}

// RUN: rm -rf %t
// RUN: norm-compile %s -o %t.o --lowering=affine --dump-stages=%t
// RUN: ls %t | FileCheck %s --check-prefix=DUMPS
// DUMPS: 01-norm.mlir
// DUMPS-NEXT: 02-buffer.mlir
// DUMPS-NEXT: 03-llvm.mlir
// DUMPS-NOT: {{.}}

// RUN: not norm-compile %s -o - --emit=mlir --lowering=affine --stop-after=tiled 2>&1 | FileCheck %s --check-prefix=STAGE
// STAGE: norm-compile: error: expected one of the stages norm, buffer, llvm of the lowering 'affine', found 'tiled'

// Results are written where the caller wants them, without a buffer between.
// CHECK-LABEL: func.func private @f.contiguous(
// CHECK-SAME: %[[X:[^:]*]]: memref<?x64xbf16>, %[[G:[^:]*]]: memref<64xf32>, %[[Y:[^:]*]]: memref<?x64xbf16>, %[[R:[^:]*]]: memref<?xf32>) -> i32
// CHECK-NOT: norm_scratch_acquire
// CHECK: affine.for
// CHECK-NEXT: affine.for {{.*}} iter_args
// CHECK: affine.store %{{.*}}, %[[R]]
// CHECK: affine.for
// CHECK: affine.store %{{.*}}, %[[Y]]
// CHECK: return

// Operands with gaps are copied. A call that fails has written nothing.
// CHECK-LABEL: func.func private @f.strided(
// CHECK: llvm.call @norm_scratch_acquire
// CHECK: memref.copy %arg0, %[[X:.*]] : memref<?x64xbf16, strided<[?, ?], offset: ?>> to memref<?x64xbf16>
// CHECK: %[[CODE:.*]] = call @f.contiguous(%[[X]], %{{.*}}, %[[Y:.*]], %{{.*}})
// CHECK: %[[OK:.*]] = arith.cmpi eq, %[[CODE]], %c0
// CHECK: scf.if %[[OK]] {
// CHECK-NEXT: memref.copy %[[Y]], %arg2
// CHECK: llvm.call @norm_scratch_release
// CHECK: return %[[CODE]]

// CHECK-LABEL: func.func @_mlir_ciface_f(
// CHECK: llvm.call @norm_check_call
// CHECK: call @f.contiguous(
// CHECK: call @f.strided(

// The values between two norms, and ops around them, are affine loops as well.
// CHECK-LABEL: func.func private @residual.contiguous(
// CHECK: llvm.call @norm_scratch_acquire
// CHECK-NOT: memref.copy
// CHECK: affine.for
// CHECK: math.exp
// CHECK: return

// LLVM: llvm.func internal @f.contiguous(
// LLVM: llvm.func internal @f.strided(
// LLVM: llvm.func @_mlir_ciface_f(
// LLVM: llvm.func @norm_shape_f(

func.func @f(%x: tensor<?x64xbf16>, %g: tensor<64xf32>) -> (tensor<?x64xbf16>, tensor<?xf32>) {
  %y, %r = norm.rmsnorm %x gamma(%g) axis(1) epsilon(1.0e-6)
    : (tensor<?x64xbf16>, tensor<64xf32>) -> (tensor<?x64xbf16>, tensor<?xf32>)
  return %y, %r : tensor<?x64xbf16>, tensor<?xf32>
}

func.func @residual(%x: tensor<?x64xf32>) -> tensor<?x64xf32> {
  %y = norm.rmsnorm %x axis(1) epsilon(1.0e-6) : (tensor<?x64xf32>) -> tensor<?x64xf32>
  %e = math.exp %y : tensor<?x64xf32>
  %z = norm.rmsnorm %e axis(1) epsilon(1.0e-6) : (tensor<?x64xf32>) -> tensor<?x64xf32>
  return %z : tensor<?x64xf32>
}
