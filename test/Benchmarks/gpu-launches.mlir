// The model of GPU kernels reads the variant of a function that its entry calls.

// RUN: norm-compile %s --target=sm_90 --stop-after=gpu --emit=mlir -o - | \
// RUN:   %python %S/Inputs/launches.py %benchmarks aligned unaligned one images elements | FileCheck %s

// CHECK: aligned: aligned_unit_stride_0, 3 x
func.func @aligned(%x: tensor<3x4096xbf16>) -> tensor<3x4096xbf16> {
  %y = norm.rmsnorm %x axis(1) epsilon(1.0e-6) : (tensor<3x4096xbf16>) -> tensor<3x4096xbf16>
  return %y : tensor<3x4096xbf16>
}

// CHECK: unaligned: unaligned_unaligned_0, 3 x
func.func @unaligned(%x: tensor<3x4097xbf16>) -> tensor<3x4097xbf16> {
  %y = norm.rmsnorm %x axis(1) epsilon(1.0e-6) : (tensor<3x4097xbf16>) -> tensor<3x4097xbf16>
  return %y : tensor<3x4097xbf16>
}

// A single row starts where the tensor does.
// CHECK: one: one_unit_stride_0, 1 x
func.func @one(%x: tensor<1x4097xbf16>) -> tensor<1x4097xbf16> {
  %y = norm.rmsnorm %x axis(1) epsilon(1.0e-6) : (tensor<1x4097xbf16>) -> tensor<1x4097xbf16>
  return %y : tensor<1x4097xbf16>
}

// CHECK: images: images_unaligned_0,
func.func @images(%x: tensor<8x32x7x7xf32>) -> (tensor<32xf32>, tensor<32xf32>) {
  %mean, %inv_std = norm.channel_stats %x epsilon(1.0e-5) layout(NCHW)
    : (tensor<8x32x7x7xf32>) -> (tensor<32xf32>, tensor<32xf32>)
  return %mean, %inv_std : tensor<32xf32>, tensor<32xf32>
}

// CHECK: elements: elements_contiguous_unit_stride_0,
func.func @elements(%x: tensor<3x7xf32>) -> tensor<3x7xf32> {
  %y = norm.reciprocal %x : (tensor<3x7xf32>) -> tensor<3x7xf32>
  return %y : tensor<3x7xf32>
}
