// Stage norm: norm ops with a strategy among linalg ops, functions inlined, and
// the sizes of each public function in a function of their own.
// RUN: norm-compile %s -o - --emit=mlir --stop-after=norm --triple=x86_64-linux-gnu --cpu=x86-64-v3 | FileCheck %s
// RUN: norm-compile %s -o - --emit=mlir --stop-after=norm --triple=x86_64-linux-gnu --cpu=x86-64-v4 | FileCheck %s --check-prefix=V4
// RUN: norm-compile %s -o - --emit=mlir --stop-after=norm --triple=aarch64-linux-gnu | FileCheck %s --check-prefix=ARM
// V4-COUNT-3: strategy = #norm.strategy<vector_bits = 512
// ARM-COUNT-3: strategy = #norm.strategy<vector_bits = 128

// CHECK-LABEL: func.func private @static_f32.shape
// CHECK: return %c8, %c4096
// CHECK-LABEL: func.func @static_f32(
// CHECK: norm.rmsnorm {{.*}} {strategy = #norm.strategy<vector_bits = 256>}
func.func @static_f32(%x: tensor<8x4096xf32>) -> tensor<8x4096xf32> {
  %y = func.call @helper(%x) : (tensor<8x4096xf32>) -> tensor<8x4096xf32>
  return %y : tensor<8x4096xf32>
}

// CHECK-NOT: @helper
func.func private @helper(%x: tensor<8x4096xf32>) -> tensor<8x4096xf32> {
  %y = norm.rmsnorm %x axis(1) epsilon(1.0e-6) : (tensor<8x4096xf32>) -> tensor<8x4096xf32>
  return %y : tensor<8x4096xf32>
}

// The length of the rows is known from gamma.
// CHECK-LABEL: func.func @dynamic_f32(
// CHECK-SAME: tensor<?x64xf32>
// CHECK: norm.rmsnorm {{.*}} {strategy = #norm.strategy<vector_bits = 256, stream_bytes = {{[1-9][0-9]*}}, prefetch_bytes = {{[1-9][0-9]*}}>}
func.func @dynamic_f32(%x: tensor<?x?xf32>, %g: tensor<64xf32>) -> tensor<?x?xf32> {
  %y = norm.rmsnorm %x gamma(%g) axis(1) epsilon(1.0e-6) : (tensor<?x?xf32>, tensor<64xf32>) -> tensor<?x?xf32>
  return %y : tensor<?x?xf32>
}

// CHECK-LABEL: func.func @residual_bf16(
// CHECK-NOT: arith.addf {{.*}}tensor
// CHECK: linalg.generic
// CHECK: norm.rmsnorm
func.func @residual_bf16(%x: tensor<?x64xbf16>, %r: tensor<?x64xbf16>) -> (tensor<?x64xbf16>, tensor<?x64xbf16>) {
  %s = arith.addf %x, %r : tensor<?x64xbf16>
  %y = norm.rmsnorm %s axis(1) epsilon(1.0e-6) : (tensor<?x64xbf16>) -> tensor<?x64xbf16>
  return %y, %s : tensor<?x64xbf16>, tensor<?x64xbf16>
}
