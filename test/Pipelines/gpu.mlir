// Every operator becomes NVVM kernels without a library call. Rows of static
// length are read once; the loop of a gradient carries its sums in registers.
// RUN: norm-opt %s --norm-gpu-pipeline | FileCheck %s --implicit-check-not=__nv_

// CHECK-LABEL: gpu.module @norm.kernels
// CHECK-LABEL: llvm.func @rmsnorm_unit_stride_0
// CHECK-COUNT-4: llvm.load {{.*}} -> vector<8xbf16>
// CHECK-NOT: llvm.load {{.*}} -> vector<8xbf16>
// CHECK: llvm.nvvm.sqrt.rn.f
// CHECK-NOT: llvm.load {{.*}} -> vector<8xbf16>
// CHECK-COUNT-4: llvm.store {{.*}} vector<8xbf16>
func.func @rmsnorm(%x: tensor<?x4096xbf16>, %g: tensor<4096xf32>) -> tensor<?x4096xbf16> {
  %y = norm.rmsnorm %x gamma(%g) axis(1) epsilon(1.0e-6)
    : (tensor<?x4096xbf16>, tensor<4096xf32>) -> tensor<?x4096xbf16>
  return %y : tensor<?x4096xbf16>
}

// CHECK-LABEL: llvm.func @rmsnorm_grad_unit_stride_0
// CHECK: llvm.br ^{{.*}}(%{{.*}} : {{.*}}vector<4xf32>
func.func @rmsnorm_grad(%dy: tensor<?x512xf32>, %x: tensor<?x512xf32>, %r: tensor<?xf32>)
    -> (tensor<?x512xf32>, tensor<512xf32>) {
  %dx, %dg = norm.rmsnorm_grad %dy, %x, %r axis(1)
    : (tensor<?x512xf32>, tensor<?x512xf32>, tensor<?xf32>) -> (tensor<?x512xf32>, tensor<512xf32>)
  return %dx, %dg : tensor<?x512xf32>, tensor<512xf32>
}

// CHECK-LABEL: llvm.func @reciprocal_contiguous_unit_stride_0
func.func @reciprocal(%x: tensor<?x?xf32>) -> tensor<?x?xf32> {
  %y = norm.reciprocal %x : (tensor<?x?xf32>) -> tensor<?x?xf32>
  return %y : tensor<?x?xf32>
}

// CHECK-LABEL: llvm.func @channel_stats_unit_stride_0
func.func @channel_stats(%x: tensor<?x56x56x64xf32>) -> (tensor<64xf32>, tensor<64xf32>) {
  %m, %s = norm.channel_stats %x epsilon(1.0e-5) layout(NHWC)
    : (tensor<?x56x56x64xf32>) -> (tensor<64xf32>, tensor<64xf32>)
  return %m, %s : tensor<64xf32>, tensor<64xf32>
}
