// What the loops of the ops over channels read and write, in vectors of 64 elements:
// 4 registers of f32, and as many loads of f16, which are widened on the way.
// A loop may have two of these vectors for each input.
// DEFINE: %{loads} = %python %S/Inputs/assembly_loops.py --memory
// RUN: norm-compile %s -o %t.s --triple=x86_64-linux-gnu --cpu=x86-64-v4
// RUN: %{loads} < %t.s | grep -v strided | FileCheck %s --implicit-check-not=rows0

// One visit for the mean, and one, with the squares, while x is cached. Each loads
// an element once.
// CHECK: stats.unit_stride.rows0: zmm {{loads=4 stores=0 fma=0 add=4|loads=8 stores=0 fma=0 add=8|loads=16 stores=0 fma=0 add=16}}
// CHECK-NEXT: stats.unit_stride.rows0: zmm {{loads=4 stores=0 fma=4 add=4|loads=8 stores=0 fma=8 add=8}}
func.func @stats(%x: tensor<32x64x56x64xf32>) -> (tensor<64xf32>, tensor<64xf32>) {
  %m, %s = norm.channel_stats %x epsilon(1.0e-5) layout(NCHW) : (tensor<32x64x56x64xf32>) -> (tensor<64xf32>, tensor<64xf32>)
  return %m, %s : tensor<64xf32>, tensor<64xf32>
}

// Neighbours of 16 bits are loaded together.
// CHECK: stats_bf16.unit_stride.rows0: zmm {{loads=2 stores=0 fma=0 add=4|loads=4 stores=0 fma=0 add=8|loads=8 stores=0 fma=0 add=16}}
// CHECK-NEXT: stats_bf16.unit_stride.rows0: zmm {{loads=2 stores=0 fma=4 add=4|loads=4 stores=0 fma=8 add=8}}
func.func @stats_bf16(%x: tensor<32x64x56x64xbf16>) -> (tensor<64xf32>, tensor<64xf32>) {
  %m, %s = norm.channel_stats %x epsilon(1.0e-5) layout(NCHW) : (tensor<32x64x56x64xbf16>) -> (tensor<64xf32>, tensor<64xf32>)
  return %m, %s : tensor<64xf32>, tensor<64xf32>
}

// Both sums in one visit of x and dy: two loads for a multiply-add and an addition.
// CHECK: sums.unit_stride.rows0: zmm {{loads=8 stores=0 fma=4 add=4|loads=16 stores=0 fma=8 add=8}}
func.func @sums(%x: tensor<32x64x56x64xf32>, %m: tensor<64xf32>, %s: tensor<64xf32>, %dy: tensor<32x64x56x64xf32>) -> (tensor<64xf32>, tensor<64xf32>) {
  %a, %b = norm.channel_backprop_stats %x, %m, %s, %dy layout(NCHW)
    : (tensor<32x64x56x64xf32>, tensor<64xf32>, tensor<64xf32>, tensor<32x64x56x64xf32>) -> (tensor<64xf32>, tensor<64xf32>)
  return %a, %b : tensor<64xf32>, tensor<64xf32>
}

// CHECK: sums_f16.unit_stride.rows0: zmm {{loads=8 stores=0 fma=4 add=4|loads=16 stores=0 fma=8 add=8}}
func.func @sums_f16(%x: tensor<32x64x56x64xf16>, %m: tensor<64xf32>, %s: tensor<64xf32>, %dy: tensor<32x64x56x64xf16>) -> (tensor<64xf32>, tensor<64xf32>) {
  %a, %b = norm.channel_backprop_stats %x, %m, %s, %dy layout(NCHW)
    : (tensor<32x64x56x64xf16>, tensor<64xf32>, tensor<64xf32>, tensor<32x64x56x64xf16>) -> (tensor<64xf32>, tensor<64xf32>)
  return %a, %b : tensor<64xf32>, tensor<64xf32>
}

// CHECK: sums_last.unit_stride.rows0: zmm {{loads=8 stores=0 fma=4 add=4|loads=16 stores=0 fma=8 add=8}}
func.func @sums_last(%x: tensor<32x56x56x64xf32>, %m: tensor<64xf32>, %s: tensor<64xf32>, %dy: tensor<32x56x56x64xf32>) -> (tensor<64xf32>, tensor<64xf32>) {
  %a, %b = norm.channel_backprop_stats %x, %m, %s, %dy layout(NHWC)
    : (tensor<32x56x56x64xf32>, tensor<64xf32>, tensor<64xf32>, tensor<32x56x56x64xf32>) -> (tensor<64xf32>, tensor<64xf32>)
  return %a, %b : tensor<64xf32>, tensor<64xf32>
}

// x and dy once; the values of the channel stay in registers.
// CHECK: dx.unit_stride.rows0: zmm loads=8 stores=4 fma=0
func.func @dx(%x: tensor<4x64x56x64xf32>, %m: tensor<64xf32>, %s: tensor<64xf32>, %a: tensor<64xf32>, %b: tensor<64xf32>, %dy: tensor<4x64x56x64xf32>) -> tensor<4x64x56x64xf32> {
  %dx = norm.channel_backprop %x, %m, %s, %a, %b, %dy layout(NCHW)
    : (tensor<4x64x56x64xf32>, tensor<64xf32>, tensor<64xf32>, tensor<64xf32>, tensor<64xf32>, tensor<4x64x56x64xf32>) -> tensor<4x64x56x64xf32>
  return %dx : tensor<4x64x56x64xf32>
}

// x and dy once, and four values of the channel from the first cache; so has the
// rest of a wide row.
// CHECK-COUNT-2: dx_last.unit_stride.rows0: zmm loads=24 stores=4 fma=0
func.func @dx_last(%x: tensor<4x56x64x3xf32>, %m: tensor<3xf32>, %s: tensor<3xf32>, %a: tensor<3xf32>, %b: tensor<3xf32>, %dy: tensor<4x56x64x3xf32>) -> tensor<4x56x64x3xf32> {
  %dx = norm.channel_backprop %x, %m, %s, %a, %b, %dy layout(NHWC)
    : (tensor<4x56x64x3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<4x56x64x3xf32>) -> tensor<4x56x64x3xf32>
  return %dx : tensor<4x56x64x3xf32>
}
