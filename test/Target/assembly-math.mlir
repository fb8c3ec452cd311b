// The loop of a norm op with a math function behind it calls no function.

// DEFINE: %{loops} = %python %S/Inputs/assembly_loops.py
// RUN: norm-compile %s -o %t-v3.s --triple=x86_64-linux-gnu --cpu=x86-64-v3
// RUN: %{loops} < %t-v3.s | grep -v strided | FileCheck %s --check-prefix=V3 --implicit-check-not=calls={{[^0]}}
// RUN: norm-compile %s -o %t-v4.s --triple=x86_64-linux-gnu --cpu=x86-64-v4
// RUN: %{loops} < %t-v4.s | grep -v strided | FileCheck %s --check-prefix=V4 --implicit-check-not=calls={{[^0]}}
// RUN: norm-compile %s -o %t-arm.s --triple=aarch64-linux-gnu
// RUN: %{loops} < %t-arm.s | grep -v strided | FileCheck %s --check-prefix=ARM --implicit-check-not=calls={{[^0]}}

// The registers of 64 elements (32 with vectors of up to 256 bits), with 9 multiply-adds for
// each in exp.
// V3: silu_f32.unit_stride.rows0: ymm fma=36
// V4: silu_f32.unit_stride.rows0: zmm fma=36
// ARM: silu_f32.unit_stride.rows0: q fma=72
func.func @silu_f32(%x: tensor<?x4096xf32>) -> tensor<?x4096xf32> {
  %y = norm.rmsnorm %x axis(1) epsilon(1.0e-6) : (tensor<?x4096xf32>) -> tensor<?x4096xf32>
  %one = arith.constant 1.0 : f32
  %z = linalg.map ins(%y : tensor<?x4096xf32>) outs(%x : tensor<?x4096xf32>) (%a: f32, %o: f32) {
    %n = arith.negf %a : f32
    %e = math.exp %n : f32
    %d = arith.addf %e, %one : f32
    %r = arith.divf %a, %d : f32
    linalg.yield %r : f32
  }
  return %z : tensor<?x4096xf32>
}

// V3: tanh_bf16.unit_stride.rows0: ymm fma=72
// V4: tanh_bf16.unit_stride.rows0: zmm fma=36
// ARM: tanh_bf16.unit_stride.rows0: q fma=144
func.func @tanh_bf16(%x: tensor<?x4096xbf16>) -> tensor<?x4096xbf16> {
  %y = norm.rmsnorm %x axis(1) epsilon(1.0e-6) : (tensor<?x4096xbf16>) -> tensor<?x4096xbf16>
  %z = math.tanh %y : tensor<?x4096xbf16>
  return %z : tensor<?x4096xbf16>
}
