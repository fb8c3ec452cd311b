// Softmax in a function is compiled, with loops of its own: of 0 and ln(2) its
// terms are 1 and 2.

// RUN: norm-run %s | FileCheck %s
// RUN: norm-run %s --target=cuda-emulated | FileCheck %s
// CHECK: result 0: 2x3 of f32, min 0.25, max 0.5, first [0.25, 0.5, 0.25, 0.333333, ..]

func.func @softmax() -> tensor<2x3xf32> {
  %x = arith.constant dense<[[0.0, 0.69314718, 0.0], [5.0, 5.0, 5.0]]> : tensor<2x3xf32>
  %e = tensor.empty() : tensor<2x3xf32>
  %y = linalg.softmax dimension(1) ins(%x : tensor<2x3xf32>) outs(%e : tensor<2x3xf32>) -> tensor<2x3xf32>
  return %y : tensor<2x3xf32>
}
