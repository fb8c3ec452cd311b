// The maximum of two zeros is +0, the minimum -0, whichever comes first.

// RUN: norm-run %s --input=0.0 --input=-0.0 | FileCheck %s
// RUN: norm-run %s --input=-0.0 --input=0.0 | FileCheck %s
// RUN: norm-run %s --input=0.0 --input=-0.0 --target=cuda-emulated | FileCheck %s
// RUN: norm-run %s --input=-0.0 --input=0.0 --target=cuda-emulated | FileCheck %s
// CHECK: result 0: 9 of f32, {{.*}}, first [0, 0,
// CHECK: result 1: 9 of f32, {{.*}}, first [-0, -0,

func.func @zeros(%a: f32, %b: f32) -> (tensor<9xf32>, tensor<9xf32>) {
  %x = tensor.splat %a : tensor<9xf32>
  %y = tensor.splat %b : tensor<9xf32>
  %0 = arith.maximumf %x, %y : tensor<9xf32>
  %1 = arith.minimumf %x, %y : tensor<9xf32>
  return %0, %1 : tensor<9xf32>, tensor<9xf32>
}
