// PTX of kernels over channels: accesses of 16 bytes for x and dy, in both layouts,
// partial sums that another kernel merges without atomics, in f64, by a warp for each
// channel.

// RUN: norm-compile %s --target=sm_90 -o %t.ptx
// RUN: FileCheck %s --check-prefix=TEXT --input-file=%t.ptx --implicit-check-not=.local --implicit-check-not=.extern --implicit-check-not=call --implicit-check-not=.approx --implicit-check-not=div.full --implicit-check-not=atom. --implicit-check-not='{{[^a-z]}}red.'
// TEXT: .target sm_90
// RUN: %python %S/Inputs/ptx_instructions.py < %t.ptx | FileCheck %s

// The elements of a channel lie beside each other: threads share them.
// CHECK: {{^}}stats_unit_stride_0: {{.*}} fma.rn.f32={{[0-9]+}} ld.global.b32=1 ld.global.v4.b32={{[0-9]+}} {{.*}}shfl.sync.bfly.b32={{[0-9]+}}
// CHECK: {{^}}stats_unit_stride_1: add.rn.f64={{[0-9]+}} {{.*}}shfl.sync.bfly.b32={{[0-9]+}}
func.func @stats(%x: tensor<?x64x56x56xf32>) -> (tensor<64xf32>, tensor<64xf32>) {
  %mean, %inv_std = norm.channel_stats %x epsilon(1.0e-5) layout(NCHW)
    : (tensor<?x64x56x56xf32>) -> (tensor<64xf32>, tensor<64xf32>)
  return %mean, %inv_std : tensor<64xf32>, tensor<64xf32>
}

// CHECK: {{^}}backprop_stats_unit_stride_0: {{.*}} fma.rn.f32={{[0-9]+}} {{.*}}ld.global.v4.b32={{[0-9]+}} {{.*}}shfl.sync.bfly.b32={{[0-9]+}}
// CHECK: {{^}}backprop_stats_unit_stride_1: add.rn.f64={{[0-9]+}} ld.global.b32={{[0-9]+}} shfl.sync.bfly.b32={{[0-9]+}} st.global.b32={{[0-9]+}}{{$}}
func.func @backprop_stats(%x: tensor<?x64x56x56xbf16>, %mean: tensor<64xf32>, %inv_std: tensor<64xf32>, %dy: tensor<?x64x56x56xbf16>)
    -> (tensor<64xf32>, tensor<64xf32>) {
  %scale_grad, %bias_grad = norm.channel_backprop_stats %x, %mean, %inv_std, %dy layout(NCHW)
    : (tensor<?x64x56x56xbf16>, tensor<64xf32>, tensor<64xf32>, tensor<?x64x56x56xbf16>) -> (tensor<64xf32>, tensor<64xf32>)
  return %scale_grad, %bias_grad : tensor<64xf32>, tensor<64xf32>
}

// Twice as many loads as stores: x and dy, and nothing else but scalars.
// CHECK: {{^}}backprop_unit_stride_0: {{.*}} ld.global.b32={{[0-9]+}} ld.global.v4.b32=[[#LOADS:]]
// CHECK-SAME: st.global.v4.b32=[[#div(LOADS,2)]]
func.func @backprop(%x: tensor<?x64x56x56xf32>, %mean: tensor<64xf32>, %inv_std: tensor<64xf32>, %scale_grad: tensor<64xf32>, %bias_grad: tensor<64xf32>, %dy: tensor<?x64x56x56xf32>)
    -> tensor<?x64x56x56xf32> {
  %dx = norm.channel_backprop %x, %mean, %inv_std, %scale_grad, %bias_grad, %dy layout(NCHW)
    : (tensor<?x64x56x56xf32>, tensor<64xf32>, tensor<64xf32>, tensor<64xf32>, tensor<64xf32>, tensor<?x64x56x56xf32>) -> tensor<?x64x56x56xf32>
  return %dx : tensor<?x64x56x56xf32>
}

// The channels lie beside each other: each thread has its own, and shuffles nothing.
// What it stores alone is the number of elements of the block.
// CHECK: {{^}}stats_nhwc_unit_stride_0:
// CHECK-SAME: fma.rn.f32={{[0-9]+}} ld.global.v4.b32={{[0-9]+}} st.global.b32=1 st.global.v4.b32={{[0-9]+}} sub.rn.f32={{[0-9]+}}{{$}}
func.func @stats_nhwc(%x: tensor<?x7x7x2048xf32>) -> (tensor<2048xf32>, tensor<2048xf32>) {
  %mean, %inv_std = norm.channel_stats %x epsilon(1.0e-5) layout(NHWC)
    : (tensor<?x7x7x2048xf32>) -> (tensor<2048xf32>, tensor<2048xf32>)
  return %mean, %inv_std : tensor<2048xf32>, tensor<2048xf32>
}

// CHECK: {{^}}backprop_nhwc_unit_stride_0: {{.*}}ld.global.v4.b32={{[0-9]+}} {{.*}}st.global.v4.b32={{[0-9]+}}
func.func @backprop_nhwc(%x: tensor<?x7x7x2048xf32>, %mean: tensor<2048xf32>, %inv_std: tensor<2048xf32>, %scale_grad: tensor<2048xf32>, %bias_grad: tensor<2048xf32>, %dy: tensor<?x7x7x2048xf32>)
    -> tensor<?x7x7x2048xf32> {
  %dx = norm.channel_backprop %x, %mean, %inv_std, %scale_grad, %bias_grad, %dy layout(NHWC)
    : (tensor<?x7x7x2048xf32>, tensor<2048xf32>, tensor<2048xf32>, tensor<2048xf32>, tensor<2048xf32>, tensor<?x7x7x2048xf32>) -> tensor<?x7x7x2048xf32>
  return %dx : tensor<?x7x7x2048xf32>
}
