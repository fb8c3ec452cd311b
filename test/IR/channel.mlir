// RUN: norm-opt %s | FileCheck %s
// RUN: norm-opt %s --mlir-print-op-generic | norm-opt | FileCheck %s
// Both forms and every clause print as they are written.

// CHECK-LABEL: func.func @tensor_form
func.func @tensor_form(%x: tensor<?x16x7x7xf16>, %dy: tensor<?x16x7x7xf16>) -> tensor<?x16x7x7xf16> {
  // CHECK: norm.channel_stats %{{.*}} epsilon(1.000000e-03) layout(NCHW) : (tensor<?x16x7x7xf16>) -> (tensor<16xf32>, tensor<16xf32>)
  %m, %s = norm.channel_stats %x epsilon(1.0e-3) layout(NCHW)
    : (tensor<?x16x7x7xf16>) -> (tensor<16xf32>, tensor<16xf32>)
  // CHECK: norm.channel_backprop_stats %[[X:.*]], %[[M:.*]], %[[S:.*]], %[[DY:.*]] layout(NCHW) :
  %sg, %bg = norm.channel_backprop_stats %x, %m, %s, %dy layout(NCHW)
    : (tensor<?x16x7x7xf16>, tensor<16xf32>, tensor<16xf32>, tensor<?x16x7x7xf16>) -> (tensor<16xf32>, tensor<16xf32>)
  // CHECK: norm.channel_backprop %[[X]], %[[M]], %[[S]], %{{.*}}, %{{.*}}, %[[DY]] layout(NCHW) :
  %dx = norm.channel_backprop %x, %m, %s, %sg, %bg, %dy layout(NCHW)
    : (tensor<?x16x7x7xf16>, tensor<16xf32>, tensor<16xf32>, tensor<16xf32>, tensor<16xf32>, tensor<?x16x7x7xf16>)
      -> tensor<?x16x7x7xf16>
  return %dx : tensor<?x16x7x7xf16>
}

// CHECK-LABEL: func.func @every_clause
func.func @every_clause(%x: tensor<2x3x4xf64>, %v: tensor<4xf64>, %n: index) -> tensor<2x3x4xf64> {
  // CHECK: norm.channel_stats %{{.*}} epsilon(0.000000e+00) layout(NHWC) {note = "kept", strategy = #norm.strategy<vector_bits = 512>} : (tensor<2x3x4xf64>) -> tensor<4xf64>
  %m = norm.channel_stats %x epsilon(0.0) layout(NHWC)
    {note = "kept", strategy = #norm.strategy<vector_bits = 512>} : (tensor<2x3x4xf64>) -> tensor<4xf64>
  // CHECK: norm.channel_backprop_stats {{.*}} layout(NHWC) {note = "kept", strategy = #norm.strategy<vector_bits = 512>} : {{.*}} -> tensor<4xf64>
  %sg = norm.channel_backprop_stats %x, %m, %v, %x layout(NHWC)
    {note = "kept", strategy = #norm.strategy<vector_bits = 512>}
    : (tensor<2x3x4xf64>, tensor<4xf64>, tensor<4xf64>, tensor<2x3x4xf64>) -> tensor<4xf64>
  // CHECK: norm.channel_backprop {{.*}} gamma(%{{.*}}) count(%{{.*}}) layout(NHWC) {note = "kept", strategy = #norm.strategy<vector_bits = 512>}
  // CHECK-SAME: tensor<4xf64>, index) -> tensor<2x3x4xf64>
  %dx = norm.channel_backprop %x, %m, %v, %sg, %v, %x gamma(%v) count(%n) layout(NHWC)
    {note = "kept", strategy = #norm.strategy<vector_bits = 512>}
    : (tensor<2x3x4xf64>, tensor<4xf64>, tensor<4xf64>, tensor<4xf64>, tensor<4xf64>, tensor<2x3x4xf64>, tensor<4xf64>, index)
      -> tensor<2x3x4xf64>
  return %dx : tensor<2x3x4xf64>
}

// No spatial dims, five of them, and none of any elements.
// CHECK-LABEL: func.func @ranks_and_sizes
func.func @ranks_and_sizes(%a: tensor<5x3xf32>, %b: tensor<1x2x1x1x1x1x1xbf16>, %c: tensor<0x0x4xf32>) {
  // CHECK: (tensor<5x3xf32>) -> tensor<3xf32>
  %0 = norm.channel_stats %a epsilon(0.0) layout(NCHW) : (tensor<5x3xf32>) -> tensor<3xf32>
  // CHECK: (tensor<1x2x1x1x1x1x1xbf16>) -> tensor<2xf32>
  %1 = norm.channel_stats %b epsilon(0.0) layout(NCHW) : (tensor<1x2x1x1x1x1x1xbf16>) -> tensor<2xf32>
  // CHECK: (tensor<0x0x4xf32>) -> tensor<4xf32>
  %2 = norm.channel_stats %c epsilon(0.0) layout(NHWC) : (tensor<0x0x4xf32>) -> tensor<4xf32>
  // CHECK: (tensor<0x0x4xf32>) -> tensor<0xf32>
  %3 = norm.channel_stats %c epsilon(0.0) layout(NCHW) : (tensor<0x0x4xf32>) -> tensor<0xf32>
  return
}

// Any strided layout and any memory space; dx over dy.
// CHECK-LABEL: func.func @memref_form
func.func @memref_form(%x: memref<?x4x?xf32, strided<[?, 2, ?], offset: ?>>, %v: memref<4xf32, 1>,
                       %m: memref<?xf32, strided<[7]>>, %n: index) {
  // CHECK: norm.channel_stats %[[X:.*]] outs(%{{.*}}, %{{.*}}) epsilon(0.000000e+00) layout(NCHW) :
  // CHECK-SAME: -> ()
  norm.channel_stats %x outs(%m, %v) epsilon(0.0) layout(NCHW)
    : (memref<?x4x?xf32, strided<[?, 2, ?], offset: ?>>, memref<?xf32, strided<[7]>>, memref<4xf32, 1>) -> ()
  // CHECK: norm.channel_backprop_stats %[[X]], %{{.*}}, %{{.*}}, %[[X]] outs(%{{.*}}) layout(NCHW) :
  norm.channel_backprop_stats %x, %m, %v, %x outs(%v) layout(NCHW)
    : (memref<?x4x?xf32, strided<[?, 2, ?], offset: ?>>, memref<?xf32, strided<[7]>>, memref<4xf32, 1>,
       memref<?x4x?xf32, strided<[?, 2, ?], offset: ?>>, memref<4xf32, 1>) -> ()
  // CHECK: norm.channel_backprop %[[X]], {{.*}}, %[[X]] count(%{{.*}}) outs(%[[X]]) layout(NCHW) :
  norm.channel_backprop %x, %m, %v, %v, %v, %x count(%n) outs(%x) layout(NCHW)
    : (memref<?x4x?xf32, strided<[?, 2, ?], offset: ?>>, memref<?xf32, strided<[7]>>, memref<4xf32, 1>,
       memref<4xf32, 1>, memref<4xf32, 1>, memref<?x4x?xf32, strided<[?, 2, ?], offset: ?>>, index,
       memref<?x4x?xf32, strided<[?, 2, ?], offset: ?>>) -> ()
  return
}
