// The memory that a row of each fused block touches: its inputs and outputs
// once, and nothing between them. A row has 4096 elements; a vector such as
// gamma counts with each row.
// RUN: norm-compile %s -o - --emit=mlir --stop-after=buffer --triple=x86_64-linux-gnu --cpu=x86-64-v3 | %python %S/Inputs/row_traffic.py | FileCheck %s

!row = tensor<4096xf32>
!f32 = tensor<4x4096xf32>
!bf16 = tensor<4x4096xbf16>
!f16 = tensor<4x4096xf16>

// CHECK: residual: loops=2 read=24576 written=16384 buffers=0 copies=0
func.func @residual(%x: !bf16, %r: !bf16, %g: tensor<4096xbf16>) -> (!bf16, !bf16) {
  %s = arith.addf %x, %r : !bf16
  %y = norm.rmsnorm %s gamma(%g) axis(1) epsilon(1.0e-6) : (!bf16, tensor<4096xbf16>) -> !bf16
  return %y, %s : !bf16, !bf16
}

// The sum and y of different types.
// CHECK: residual_f32: loops=2 read=40960 written=24576 buffers=0 copies=0
func.func @residual_f32(%x: !bf16, %r: !f32, %g: !row) -> (!bf16, !f32) {
  %w = arith.extf %x : !bf16 to !f32
  %s = arith.addf %w, %r : !f32
  %y = norm.rmsnorm %s gamma(%g) axis(1) epsilon(1.0e-6) : (!f32, !row) -> !f32
  %n = arith.truncf %y : !f32 to !bf16
  return %n, %s : !bf16, !f32
}

// A sum that is no result is added again for y.
// CHECK: inner_sum: loops=2 read=16384 written=16384 buffers=0 copies=0
func.func @inner_sum(%x: !bf16, %r: !bf16) -> !f32 {
  %s = arith.addf %x, %r : !bf16
  %y = norm.rmsnorm %s axis(1) epsilon(1.0e-6) : (!bf16) -> !bf16
  %w = arith.extf %y : !bf16 to !f32
  return %w : !f32
}

// CHECK: bf16_in_f32: loops=2 read=24576 written=8192 buffers=0 copies=0
func.func @bf16_in_f32(%x: !bf16, %g: !row) -> !bf16 {
  %w = arith.extf %x : !bf16 to !f32
  %y = norm.rmsnorm %w gamma(%g) axis(1) epsilon(1.0e-6) : (!f32, !row) -> !f32
  %n = arith.truncf %y : !f32 to !bf16
  return %n : !bf16
}

// CHECK: f32_to_f16: loops=2 read=16384 written=8192 buffers=0 copies=0
func.func @f32_to_f16(%x: !f32) -> !f16 {
  %y = norm.rmsnorm %x axis(1) epsilon(1.0e-6) : (!f32) -> !f32
  %n = arith.truncf %y : !f32 to !f16
  return %n : !f16
}

// The scalars are made into tensors behind the norm op.
// CHECK: scale_and_clamp: loops=2 read=16384 written=16384 buffers=0 copies=0
func.func @scale_and_clamp(%x: !f32, %scale: f32) -> !f32 {
  %y = norm.rmsnorm %x axis(1) epsilon(1.0e-6) : (!f32) -> !f32
  %s = tensor.splat %scale : !f32
  %low = arith.constant dense<-1.0> : !f32
  %one = arith.constant 1.0 : f32
  %high = tensor.splat %one : !f32
  %0 = arith.mulf %y, %s : !f32
  %1 = arith.maximumf %0, %low : !f32
  %2 = arith.minimumf %1, %high : !f32
  return %2 : !f32
}

// CHECK: silu: loops=2 read=32768 written=16384 buffers=0 copies=0
func.func @silu(%x: !f32, %g: !row) -> !f32 {
  %y = norm.rmsnorm %x gamma(%g) axis(1) epsilon(1.0e-6) : (!f32, !row) -> !f32
  %one = arith.constant dense<1.0> : !f32
  %n = arith.negf %y : !f32
  %e = math.exp %n : !f32
  %d = arith.addf %e, %one : !f32
  %s = arith.divf %one, %d : !f32
  %z = arith.mulf %y, %s : !f32
  return %z : !f32
}

// y is no result either: the second norm op computes it again.
// CHECK: two_norms: loops=3 read=49152 written=16384 buffers=0 copies=0
func.func @two_norms(%x: !f32, %g: !row, %h: !row) -> !f32 {
  %y = norm.rmsnorm %x gamma(%g) axis(1) epsilon(1.0e-6) : (!f32, !row) -> !f32
  %z = norm.rmsnorm %y gamma(%h) axis(1) epsilon(1.0e-6) : (!f32, !row) -> !f32
  return %z : !f32
}

// Each of the 4 groups of a row is a row of the loop: a quarter of the bytes.
// CHECK: groups: loops=2 read=8192 written=4096 buffers=0 copies=0
func.func @groups(%x: !f32, %g: !row) -> !f32 {
  %e = tensor.expand_shape %x [[0], [1, 2]] output_shape [4, 4, 1024] : !f32 into tensor<4x4x1024xf32>
  %y = norm.rmsnorm %e axis(2) epsilon(1.0e-6) : (tensor<4x4x1024xf32>) -> tensor<4x4x1024xf32>
  %c = tensor.collapse_shape %y [[0], [1, 2]] : tensor<4x4x1024xf32> into !f32
  %d = tensor.empty() : !f32
  %b = linalg.broadcast ins(%g : !row) outs(%d : !f32) dimensions = [0]
  %z = arith.mulf %c, %b : !f32
  return %z : !f32
}
