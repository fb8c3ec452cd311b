// Inputs that are not given depend on the seed alone; sizes that the types
// leave open come from --shape, by number or by name.
// RUN: norm-run %s --entry=two --random=1 --shape=0:3x2 --output=%t-1.npy --verify
// RUN: norm-run %s --entry=two --random=1 --shape=data:3x2 --output=%t-2.npy
// RUN: norm-run %s --entry=two --random=2 --shape=data:3x2 --output=%t-3.npy
// RUN: cmp %t-1.npy %t-2.npy
// RUN: not cmp %t-1.npy %t-3.npy

// The last input is random, the first one is given.
// RUN: %python %S/Inputs/make_npy.py %t-x.npy "<f4" 1x2 3 4
// RUN: norm-run %s --entry=two --random=1 --input=%t-x.npy | FileCheck %s
// CHECK: result 0: 1x2 of f32

func.func @two(%rows: tensor<?x2xf32> {norm.name = "data"}, %g: tensor<2xf32>)
    -> tensor<?x2xf32> {
  %y = norm.rmsnorm %rows gamma(%g) axis(-1) epsilon(1.0e-6)
    : (tensor<?x2xf32>, tensor<2xf32>) -> tensor<?x2xf32>
  return %y : tensor<?x2xf32>
}
