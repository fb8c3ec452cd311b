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

// So do elementwise ops with a value for each channel, and those beside them.
// CHECK-LABEL: func.func @elementwise
// CHECK-SAME: (%[[X:.*]]: tensor<?x3x4x5xf32>
// CHECK: %[[C:.*]] = tensor.collapse_shape %[[X]] {{\[\[}}0], [1], [2, 3]]
// CHECK: %[[S:.*]] = linalg.generic {{.*}}iterator_types = ["parallel", "parallel", "parallel"]} ins(%[[C]], %{{.*}} : tensor<?x3x20xf32>, tensor<3xf32>)
// CHECK: %[[R:.*]] = linalg.generic {{.*}}iterator_types = ["parallel", "parallel", "parallel"]} ins(%[[S]] : tensor<?x3x20xf32>)
// CHECK: tensor.expand_shape %[[R]] {{\[\[}}0], [1], [2, 3]]
#element = affine_map<(n, c, h, w) -> (n, c, h, w)>
#channel = affine_map<(n, c, h, w) -> (c)>
func.func @elementwise(%x: tensor<?x3x4x5xf32>, %b: tensor<3xf32>) -> tensor<?x3x4x5xf32> {
  %s = linalg.generic {indexing_maps = [#element, #channel, #element], iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
      ins(%x, %b : tensor<?x3x4x5xf32>, tensor<3xf32>) outs(%x : tensor<?x3x4x5xf32>) {
  ^bb0(%v: f32, %a: f32, %old: f32):
    %0 = arith.addf %v, %a : f32
    linalg.yield %0 : f32
  } -> tensor<?x3x4x5xf32>
  %r = linalg.generic {indexing_maps = [#element, #element], iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
      ins(%s : tensor<?x3x4x5xf32>) outs(%x : tensor<?x3x4x5xf32>) {
  ^bb0(%v: f32, %old: f32):
    %0 = arith.negf %v : f32
    linalg.yield %0 : f32
  } -> tensor<?x3x4x5xf32>
  return %r : tensor<?x3x4x5xf32>
}

// Without a value for each channel there is one loop in any case.
// CHECK-LABEL: func.func @no_channels
// CHECK-NOT: tensor.collapse_shape
func.func @no_channels(%x: tensor<?x3x4x5xf32>) -> tensor<?x3x4x5xf32> {
  %r = linalg.generic {indexing_maps = [#element, #element], iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
      ins(%x : tensor<?x3x4x5xf32>) outs(%x : tensor<?x3x4x5xf32>) {
  ^bb0(%v: f32, %old: f32):
    %0 = arith.negf %v : f32
    linalg.yield %0 : f32
  } -> tensor<?x3x4x5xf32>
  return %r : tensor<?x3x4x5xf32>
}

// The rows of a norm op are its own.
// CHECK-LABEL: func.func @beside_a_norm_op
// CHECK-NOT: tensor.collapse_shape
func.func @beside_a_norm_op(%x: tensor<2x3x4x5xf32>, %b: tensor<3xf32>) -> tensor<2x3x4x5xf32> {
  %s = linalg.generic {indexing_maps = [#element, #channel, #element], iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
      ins(%x, %b : tensor<2x3x4x5xf32>, tensor<3xf32>) outs(%x : tensor<2x3x4x5xf32>) {
  ^bb0(%v: f32, %a: f32, %old: f32):
    %0 = arith.addf %v, %a : f32
    linalg.yield %0 : f32
  } -> tensor<2x3x4x5xf32>
  %y = norm.rmsnorm %s axis(3) epsilon(0.0) : (tensor<2x3x4x5xf32>) -> tensor<2x3x4x5xf32>
  return %y : tensor<2x3x4x5xf32>
}

#gpu = #norm.strategy<vector_bits = 128, gpu = <row_threads = 32, block_rows = 1, thread_elements = 4, row_tile = 128, row_blocks = 1, channel_block = 4096>>

// For a GPU neighbours are beside each other in rows: the channels of images of
// one pixel, and the elements of a single channel.
// CHECK-LABEL: func.func @one_pixel
// CHECK: %[[X:.*]] = tensor.collapse_shape %{{.*}} {{\[\[}}0], [1, 2]] : tensor<?x3x1xf32> into tensor<?x3xf32>
// CHECK: norm.channel_stats %[[X]] {{.*}}layout(NHWC)
func.func @one_pixel(%x: tensor<?x3x1xf32>) -> tensor<3xf32> {
  %m = norm.channel_stats %x epsilon(0.0) layout(NCHW) {strategy = #gpu} : (tensor<?x3x1xf32>) -> tensor<3xf32>
  return %m : tensor<3xf32>
}

// CHECK-LABEL: func.func @one_channel
// CHECK: %[[X:.*]] = tensor.expand_shape %{{.*}} {{\[\[}}0, 1, 2]] output_shape [1, 1, %{{.*}}] : tensor<?xf32> into tensor<1x1x?xf32>
// CHECK: norm.channel_stats %[[X]] {{.*}}layout(NCHW)
func.func @one_channel(%x: tensor<?x1x1xf32>) -> tensor<1xf32> {
  %m = norm.channel_stats %x epsilon(0.0) layout(NCHW) {strategy = #gpu} : (tensor<?x1x1xf32>) -> tensor<1xf32>
  return %m : tensor<1xf32>
}
