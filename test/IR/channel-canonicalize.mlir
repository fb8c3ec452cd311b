// RUN: norm-opt %s --canonicalize --split-input-file | FileCheck %s

// CHECK-LABEL: func.func @unused_results
func.func @unused_results(%x: tensor<2x3xf32>, %v: tensor<3xf32>) -> (tensor<3xf32>, tensor<3xf32>) {
  // CHECK: norm.channel_stats {{.*}} epsilon(5.000000e-01) layout(NCHW) {note} : (tensor<2x3xf32>) -> tensor<3xf32>
  %m, %s = norm.channel_stats %x epsilon(0.5) layout(NCHW) {note}
    : (tensor<2x3xf32>) -> (tensor<3xf32>, tensor<3xf32>)
  // CHECK: norm.channel_backprop_stats {{.*}} layout(NCHW) {note} : {{.*}} -> tensor<3xf32>
  %sg, %bg = norm.channel_backprop_stats %x, %m, %v, %x layout(NCHW) {note}
    : (tensor<2x3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<2x3xf32>) -> (tensor<3xf32>, tensor<3xf32>)
  return %m, %sg : tensor<3xf32>, tensor<3xf32>
}

// CHECK-LABEL: func.func @unused_mean
func.func @unused_mean(%x: tensor<2x3xf32>) -> tensor<3xf32> {
  // CHECK: %[[S:.*]]:2 = norm.channel_stats
  // CHECK: return %[[S]]#1
  %m, %s = norm.channel_stats %x epsilon(0.5) layout(NCHW) : (tensor<2x3xf32>) -> (tensor<3xf32>, tensor<3xf32>)
  return %s : tensor<3xf32>
}

// -----

// CHECK-LABEL: func.func @no_elements
// CHECK-SAME: (%[[X:.*]]: tensor<0x?x?xf16>
func.func @no_elements(%x: tensor<0x?x?xf16>, %v: tensor<?xf32>)
    -> (tensor<?xf32>, tensor<?xf32>, tensor<?xf32>, tensor<?xf32>, tensor<0x?x?xf16>) {
  // CHECK-DAG: %[[ZERO:.*]] = arith.constant 0.000000e+00 : f32
  // CHECK-DAG: %[[NAN:.*]] = arith.constant 0x7FC00000 : f32
  // CHECK: %[[C:.*]] = tensor.dim %[[X]], %c1
  // CHECK: %[[MEAN:.*]] = tensor.splat %[[ZERO]][%[[C]]] : tensor<?xf32>
  // CHECK: %[[INV:.*]] = tensor.splat %[[NAN]][%[[C]]] : tensor<?xf32>
  // CHECK-COUNT-2: tensor.splat %[[ZERO]][%{{.*}}] : tensor<?xf32>
  // CHECK: %[[DX:.*]] = tensor.splat %{{.*}} : tensor<0x?x?xf16>
  %m, %s = norm.channel_stats %x epsilon(0.5) layout(NCHW) : (tensor<0x?x?xf16>) -> (tensor<?xf32>, tensor<?xf32>)
  %sg, %bg = norm.channel_backprop_stats %x, %v, %v, %x layout(NCHW)
    : (tensor<0x?x?xf16>, tensor<?xf32>, tensor<?xf32>, tensor<0x?x?xf16>) -> (tensor<?xf32>, tensor<?xf32>)
  %dx = norm.channel_backprop %x, %v, %v, %v, %v, %x layout(NCHW)
    : (tensor<0x?x?xf16>, tensor<?xf32>, tensor<?xf32>, tensor<?xf32>, tensor<?xf32>, tensor<0x?x?xf16>)
      -> tensor<0x?x?xf16>
  // CHECK: return %[[MEAN]], %[[INV]], {{.*}}, %[[DX]]
  return %m, %s, %sg, %bg, %dx : tensor<?xf32>, tensor<?xf32>, tensor<?xf32>, tensor<?xf32>, tensor<0x?x?xf16>
}

// No batch, channel or pixel.
// CHECK-LABEL: func.func @static_without_elements
// CHECK-NOT: norm.
// CHECK: return
func.func @static_without_elements(%x: tensor<3x7x0xf32>, %v: tensor<0xf32>) -> (tensor<7xf32>, tensor<0xf32>) {
  %m = norm.channel_stats %x epsilon(0.5) layout(NCHW) : (tensor<3x7x0xf32>) -> tensor<7xf32>
  %sg = norm.channel_backprop_stats %x, %v, %v, %x layout(NHWC)
    : (tensor<3x7x0xf32>, tensor<0xf32>, tensor<0xf32>, tensor<3x7x0xf32>) -> tensor<0xf32>
  return %m, %sg : tensor<7xf32>, tensor<0xf32>
}

// -----

// CHECK-LABEL: func.func @gamma_of_ones
// CHECK-SAME: (%[[X:.*]]: tensor<2x3xf16>, %[[V:.*]]: tensor<3xf32>, %[[N:.*]]: index)
func.func @gamma_of_ones(%x: tensor<2x3xf16>, %v: tensor<3xf32>, %n: index) -> tensor<2x3xf16> {
  // CHECK-NEXT: norm.channel_backprop %[[X]], %[[V]], %[[V]], %[[V]], %[[V]], %[[X]] count(%[[N]]) layout(NCHW)
  %g = arith.constant dense<1.0> : tensor<3xf16>
  %dx = norm.channel_backprop %x, %v, %v, %v, %v, %x gamma(%g) count(%n) layout(NCHW)
    : (tensor<2x3xf16>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<2x3xf16>, tensor<3xf16>, index)
      -> tensor<2x3xf16>
  return %dx : tensor<2x3xf16>
}

// -----

// A count that the sizes give is dropped, another one is not.
// CHECK-LABEL: func.func @counts
func.func @counts(%x: tensor<2x3x5xf32>, %v: tensor<3xf32>) -> (tensor<2x3x5xf32>, tensor<2x3x5xf32>) {
  // CHECK: %[[N:.*]] = arith.constant 40 : index
  // CHECK: norm.channel_backprop %{{[^(]*}} layout(NCHW)
  // CHECK: norm.channel_backprop %{{[^(]*}} count(%[[N]]) layout(NCHW)
  %c10 = arith.constant 10 : index
  %a = norm.channel_backprop %x, %v, %v, %v, %v, %x count(%c10) layout(NCHW)
    : (tensor<2x3x5xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<2x3x5xf32>, index)
      -> tensor<2x3x5xf32>
  %c40 = arith.constant 40 : index
  %b = norm.channel_backprop %x, %v, %v, %v, %v, %x count(%c40) layout(NCHW)
    : (tensor<2x3x5xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<2x3x5xf32>, index)
      -> tensor<2x3x5xf32>
  return %a, %b : tensor<2x3x5xf32>, tensor<2x3x5xf32>
}

// CHECK-LABEL: func.func @count_of_unknown_sizes
func.func @count_of_unknown_sizes(%x: tensor<?x3x5xf32>, %v: tensor<3xf32>) -> tensor<?x3x5xf32> {
  // CHECK: norm.channel_backprop {{.*}} count(
  %c10 = arith.constant 10 : index
  %a = norm.channel_backprop %x, %v, %v, %v, %v, %x count(%c10) layout(NCHW)
    : (tensor<?x3x5xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<?x3x5xf32>, index)
      -> tensor<?x3x5xf32>
  return %a : tensor<?x3x5xf32>
}

// -----

// CHECK-LABEL: func.func @casts
// CHECK-SAME: (%[[X:.*]]: tensor<2x?x4xf16>, %[[V:.*]]: tensor<4xf32>)
func.func @casts(%x: tensor<2x?x4xf16>, %v: tensor<4xf32>) -> (tensor<?x?x?xf16>, tensor<?xf32>) {
  // CHECK: norm.channel_stats %[[X]] {{.*}} -> tensor<4xf32>
  // CHECK: norm.channel_backprop %[[X]], %[[V]], {{.*}} -> tensor<2x?x4xf16>
  %0 = tensor.cast %x : tensor<2x?x4xf16> to tensor<?x?x?xf16>
  %1 = tensor.cast %v : tensor<4xf32> to tensor<?xf32>
  %m = norm.channel_stats %0 epsilon(0.0) layout(NHWC) : (tensor<?x?x?xf16>) -> tensor<?xf32>
  %dx = norm.channel_backprop %0, %1, %1, %1, %1, %0 layout(NHWC)
    : (tensor<?x?x?xf16>, tensor<?xf32>, tensor<?xf32>, tensor<?xf32>, tensor<?xf32>, tensor<?x?x?xf16>)
      -> tensor<?x?x?xf16>
  return %dx, %m : tensor<?x?x?xf16>, tensor<?xf32>
}
