// bf16 travels as raw 2-byte elements: 0x4040 is 3, 0x4080 is 4, 0x3f59 is
// 0.84765625 (0.848528 rounded) and 0x3f91 is 1.1328125 (1.13137 rounded).
// RUN: %python %S/Inputs/make_npy.py %t-x.npy "<u2" 1x2 16448 16512
// RUN: norm-run %s --input=%t-x.npy --output=%t-y.npy --verify
// RUN: %python %S/Inputs/print_npy.py %t-y.npy | FileCheck %s

// CHECK: (1, 2) <u2 16217 16273

func.func @rmsnorm(%x: tensor<?x2xbf16>) -> tensor<?x2xbf16> {
  %y = norm.rmsnorm %x axis(-1) epsilon(0.0)
    : (tensor<?x2xbf16>) -> tensor<?x2xbf16>
  return %y : tensor<?x2xbf16>
}
