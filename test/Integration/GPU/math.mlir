// Functions of math that fuse with a norm op need no library on a GPU; those
// that would are refused.

// RUN: norm-run %s --entry=expanded --target=cuda-emulated --random=1 --shape=x:3x65 --verify | FileCheck %s
// CHECK: verify result 0: passed
// RUN: norm-run %s --entry=rounded --target=cuda-emulated --random=1 --shape=x:3x65 --verify | FileCheck %s
// RUN: sed 's/math.exp /math.sin /' %s > %t.mlir
// RUN: not norm-compile %t.mlir --target=sm_90 -o %t.ptx 2>&1 | FileCheck %s --check-prefix=LIBRARY
// LIBRARY: math.mlir.tmp.mlir:[[@LINE+10]]:8: error: 'math.sin' op of 'f32' has no code for GPUs, as CUDA's libdevice is not linked: expected exp, {{.*}}; pass what it computes as an argument, or compile for a CPU
// RUN: sed 's/math.exp /math.atanh /' %s > %t.mlir
// RUN: not norm-compile %t.mlir --target=sm_90 -o %t.ptx 2>&1 | FileCheck %s --check-prefix=ATANH
// ATANH: math.mlir.tmp.mlir:[[@LINE+7]]:8: error: 'math.atanh' op of 'f32' has no code for GPUs
// RUN: sed 's/xf32/xf64/g' %s > %t.mlir
// RUN: not norm-compile %t.mlir --target=sm_90 -o %t.ptx 2>&1 | FileCheck %s --check-prefix=F64
// F64: math.mlir.tmp.mlir:[[@LINE+4]]:8: error: 'math.exp' op of 'f64' has no code for GPUs

func.func @expanded(%x: tensor<?x?xf32>) -> tensor<?x?xf32> {
  %y = norm.rmsnorm %x axis(1) epsilon(1.0e-6) : (tensor<?x?xf32>) -> tensor<?x?xf32>
  %a = math.exp %y : tensor<?x?xf32>
  %e = math.exp2 %a : tensor<?x?xf32>
  %b = math.tanh %e : tensor<?x?xf32>
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
