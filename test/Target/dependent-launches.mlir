// A kernel that adds partial sums is launched before the one that writes them has
// ended, and waits before it reads.

// RUN: norm-compile %s --target=sm_90 -o - --emit=ptx | FileCheck %s --check-prefix=PTX
// PTX-LABEL: .entry grad_unit_stride_0(
// PTX: griddepcontrol.launch_dependents;
// PTX-NOT: griddepcontrol.wait
// PTX-LABEL: .entry grad_unit_stride_1(
// PTX-NOT: ld.global
// PTX-NOT: griddepcontrol.launch_dependents
// PTX: griddepcontrol.wait;
// PTX: ld.global

// RUN: norm-compile %s --target=sm_90,sm_100 --stop-after=nvvm --emit=mlir -o - | FileCheck %s
// CHECK: llvm.func {{.*}}@grad.unit_stride(
// CHECK: llvm.call @norm_cuda_launch(
// CHECK: llvm.call @norm_cuda_launch_dependent(

// sm_80 cannot, and the object is for both.
// RUN: norm-compile %s --target=sm_80,sm_90 --stop-after=nvvm --emit=mlir -o - | FileCheck %s --check-prefix=OLD --implicit-check-not=griddepcontrol --implicit-check-not=norm_cuda_launch_dependent
// OLD: llvm.call @norm_cuda_launch(
func.func @grad(%dy: tensor<?x512xf32>, %x: tensor<?x512xf32>, %r: tensor<?xf32>)
    -> (tensor<?x512xf32>, tensor<512xf32>) {
  %dx, %dg = norm.rmsnorm_grad %dy, %x, %r axis(1)
    : (tensor<?x512xf32>, tensor<?x512xf32>, tensor<?xf32>) -> (tensor<?x512xf32>, tensor<512xf32>)
  return %dx, %dg : tensor<?x512xf32>, tensor<512xf32>
}
