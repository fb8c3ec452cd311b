// Sizes that only the call can compare: an error with both of them, before
// anything is computed or written.
// RUN: not norm-run %s --random=1 --shape=x:4x8 --shape=g:7 --output=%t.npy 2>&1 | FileCheck %s
// RUN: not ls %t.npy
// CHECK: norm-run: error: {{.*}}invalid-sizes.mlir: function 'rmsnorm': norm.rmsnorm: {{.*}}{{7.*8|8.*7}}

func.func @rmsnorm(%x: tensor<?x?xf32>, %g: tensor<?xf32>) -> tensor<?x?xf32> {
  %y = norm.rmsnorm %x gamma(%g) axis(-1) epsilon(1.0e-6)
    : (tensor<?x?xf32>, tensor<?xf32>) -> tensor<?x?xf32>
  return %y : tensor<?x?xf32>
}
