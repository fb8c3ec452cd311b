// Functions of math that fuse with a norm op need no library on a GPU; those
// that would are refused.

// RUN: norm-run %s --entry=expanded --target=cuda-emulated --random=1 --shape=x:3x65 --verify | FileCheck %s
// CHECK: verify result 0: passed
// RUN: norm-run %s --entry=rounded --target=cuda-emulated --random=1 --shape=x:3x65 --verify | FileCheck %s
// RUN: sed 's/math.exp/math.sin/' %s > %t.mlir
// RUN: not norm-compile %t.mlir --target=sm_90 -o %t.ptx 2>&1 | FileCheck %s --check-prefix=LIBRARY
// LIBRARY: error: 'llvm.func' op is left at the end of stage 'nvvm': expected arithmetic and functions that are expanded, as CUDA's libdevice is not linked

func.func @expanded(%x: tensor<?x?xf32>) -> tensor<?x?xf32> {
  %y = norm.rmsnorm %x axis(1) epsilon(1.0e-6) : (tensor<?x?xf32>) -> tensor<?x?xf32>
  %a = math.exp %y : tensor<?x?xf32>
  %b = math.tanh %a : tensor<?x?xf32>
  %c = math.erf %b : tensor<?x?xf32>
  %d = math.rsqrt %c : tensor<?x?xf32>
  return %d : tensor<?x?xf32>
}

func.func @rounded(%x: tensor<?x?xf32>) -> tensor<?x?xf32> {
  %y = norm.rmsnorm %x axis(1) epsilon(1.0e-6) : (tensor<?x?xf32>) -> tensor<?x?xf32>
  %a = math.absf %y : tensor<?x?xf32>
  %b = math.floor %a : tensor<?x?xf32>
  %c = math.ceil %b : tensor<?x?xf32>
  return %c : tensor<?x?xf32>
}
