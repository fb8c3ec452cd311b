// RUN: norm-opt %s --norm-collapse-rows | FileCheck %s

// CHECK-LABEL: func.func @nchw
// CHECK: %[[X:.*]] = tensor.collapse_shape %{{.*}} {{\[\[}}0], [1], [2, 3]]
// CHECK: norm.channel_stats %[[X]] {{.*}}layout(NCHW) : (tensor<?x3x20xf32>) -> tensor<3xf32>
func.func @nchw(%x: tensor<?x3x4x5xf32>) -> tensor<3xf32> {
  %m = norm.channel_stats %x epsilon(0.0) layout(NCHW) : (tensor<?x3x4x5xf32>) -> tensor<3xf32>
  return %m : tensor<3xf32>
}

// Without spatial dims both layouts are the same.
// CHECK-LABEL: func.func @no_spatial_dims
// CHECK: norm.channel_stats %{{.*}} layout(NHWC) : (tensor<?x3xf32>) -> tensor<3xf32>
func.func @no_spatial_dims(%x: tensor<?x3xf32>) -> tensor<3xf32> {
  %m = norm.channel_stats %x epsilon(0.0) layout(NCHW) : (tensor<?x3xf32>) -> tensor<3xf32>
  return %m : tensor<3xf32>
}

// dx gets its dims back; channel vectors have one dim anyway.
// CHECK-LABEL: func.func @nhwc
// CHECK: %[[DX:.*]] = norm.channel_backprop %{{.*}} layout(NHWC) : (tensor<24x5xf32>, tensor<5xf32>, {{.*}}) -> tensor<24x5xf32>
// CHECK: tensor.expand_shape %[[DX]] {{\[\[}}0, 1, 2], [3]] output_shape [2, 3, 4, 5]
func.func @nhwc(%x: tensor<2x3x4x5xf32>, %v: tensor<5xf32>) -> tensor<2x3x4x5xf32> {
  %dx = norm.channel_backprop %x, %v, %v, %v, %v, %x layout(NHWC)
    : (tensor<2x3x4x5xf32>, tensor<5xf32>, tensor<5xf32>, tensor<5xf32>, tensor<5xf32>, tensor<2x3x4x5xf32>)
    -> tensor<2x3x4x5xf32>
  return %dx : tensor<2x3x4x5xf32>
}
