// Machine code takes ptxas; what else there is says the error, and an object is
// made all the same.

// UNSUPPORTED: ptxas
// RUN: not norm-compile %s --target=sm_90 -o %t.cubin 2>&1 | FileCheck %s
// CHECK: norm-compile: error: 'ptxas' was not found in PATH or /usr/local/cuda/bin;
// CHECK-SAME: --emit=ptx
// RUN: norm-compile %s --target=sm_90 -o %t.o

func.func @copy(%x: tensor<?xf32>) -> tensor<?xf32> {
  %y = norm.reciprocal %x : (tensor<?xf32>) -> tensor<?xf32>
  return %y : tensor<?xf32>
}
