// The ops over channels in the unit-stride kernel: both loops run on all
// threads, what a block needs on the way is in registers or on the stack, and
// each vector of x is read twice (once by the gradient's sums).
// RUN: norm-compile %s -o %t.mlir --emit=mlir --triple=x86_64-linux-gnu --cpu=x86-64-v3 --stop-after=buffer
// RUN: FileCheck %s --input-file=%t.mlir --implicit-check-not=memref.alloc(

// CHECK-LABEL: func.func private @nchw.unit_stride.rows0(
// CHECK: scf.for
// CHECK: vector.transfer_read {{.*}} vector<64xf32>
// CHECK: scf.for
// CHECK: vector.transfer_read {{.*}} vector<64xf32>
// CHECK: vector.fma {{.*}} : vector<64xf32>
// CHECK-LABEL: func.func private @nchw.unit_stride.rows1(
// CHECK: math.sqrt {{.*}} : vector<32xf64>
// CHECK-LABEL: func.func private @nchw.unit_stride(
// CHECK: call @norm_parallel_for
// CHECK: call @norm_parallel_for
// CHECK: return
func.func @nchw(%x: tensor<32x128x14x16xf32>) -> (tensor<128xf32>, tensor<128xf32>) {
  %m, %s = norm.channel_stats %x epsilon(1.0e-5) layout(NCHW) : (tensor<32x128x14x16xf32>) -> (tensor<128xf32>, tensor<128xf32>)
  return %m, %s : tensor<128xf32>, tensor<128xf32>
}

// CHECK-LABEL: func.func private @nhwc.unit_stride.rows0(
// CHECK: scf.for
// CHECK: vector.transfer_read {{.*}} vector<64xbf16>
// CHECK: vector.transfer_read {{.*}} vector<64xbf16>
// CHECK: vector.fma {{.*}} : vector<64xf32>
// CHECK-LABEL: func.func private @nhwc.unit_stride.rows1(
// CHECK-LABEL: func.func private @nhwc.unit_stride(
// CHECK: call @norm_parallel_for
// CHECK: call @norm_parallel_for
// CHECK: return
func.func @nhwc(%x: tensor<32x14x14x128xbf16>, %m: tensor<128xf32>, %s: tensor<128xf32>, %dy: tensor<32x14x14x128xbf16>) -> (tensor<128xf32>, tensor<128xf32>) {
  %a, %b = norm.channel_backprop_stats %x, %m, %s, %dy layout(NHWC)
    : (tensor<32x14x14x128xbf16>, tensor<128xf32>, tensor<128xf32>, tensor<32x14x14x128xbf16>) -> (tensor<128xf32>, tensor<128xf32>)
  return %a, %b : tensor<128xf32>, tensor<128xf32>
}

// 63 of 64 lanes are used.
// CHECK-LABEL: func.func private @few_channels.unit_stride.rows0(
// CHECK: memref.alloca() {{.*}}: memref<63xf32>
// CHECK: vector.constant_mask [63] : vector<64xi1>
// CHECK: vector.transfer_read {{.*}} memref<?x63xf32
// CHECK-LABEL: func.func private @few_channels.unit_stride(
func.func @few_channels(%x: tensor<32x56x56x3xf32>) -> (tensor<3xf32>, tensor<3xf32>) {
  %m, %s = norm.channel_stats %x epsilon(1.0e-5) layout(NHWC) : (tensor<32x56x56x3xf32>) -> (tensor<3xf32>, tensor<3xf32>)
  return %m, %s : tensor<3xf32>, tensor<3xf32>
}

// Dynamic sizes take no memory in a row loop either.
// CHECK-LABEL: func.func private @dynamic.unit_stride.rows0(
// CHECK-LABEL: func.func private @dynamic.unit_stride.rows1(
// CHECK-LABEL: func.func private @dynamic.unit_stride(
func.func @dynamic(%x: tensor<?x?x?x?xf32>) -> (tensor<?xf32>, tensor<?xf32>) {
  %m, %s = norm.channel_stats %x epsilon(1.0e-5) layout(NHWC) : (tensor<?x?x?x?xf32>) -> (tensor<?xf32>, tensor<?xf32>)
  return %m, %s : tensor<?xf32>, tensor<?xf32>
}
