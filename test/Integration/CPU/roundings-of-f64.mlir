// From f64 to 16 bits there is one rounding. A little more than the middle between 1 and
// its neighbour is rounded up, as a little less is down, also where f32 has the middle
// alone; what f32 does not hold at all keeps its sign.
// RUN: %python %S/../../Tools/norm-run/Inputs/make_npy.py %t-f16.npy "<f8" 1x4 \
// RUN:   1.0004882812590949 1.0004882812409051 -1e300 nan
// RUN: %python %S/../../Tools/norm-run/Inputs/make_npy.py %t-bf16.npy "<f8" 1x4 \
// RUN:   1.0039062500090949 -1.0117187499909051 -1e300 nan
// RUN: norm-run %s --entry=to_f16 --input=%t-f16.npy | FileCheck %s --check-prefix=F16
// RUN: norm-run %s --entry=to_f16 --input=%t-f16.npy --lowering=affine | FileCheck %s --check-prefix=F16
// RUN: norm-run %s --entry=to_f16 --input=%t-f16.npy --target=cuda-emulated | FileCheck %s --check-prefix=F16
// RUN: norm-run %s --entry=to_bf16 --input=%t-bf16.npy | FileCheck %s --check-prefix=BF16
// RUN: norm-run %s --entry=to_bf16 --input=%t-bf16.npy --lowering=affine | FileCheck %s --check-prefix=BF16
// RUN: norm-run %s --entry=to_bf16 --input=%t-bf16.npy --target=cuda-emulated | FileCheck %s --check-prefix=BF16
// F16: first [1.00098, 1, -inf, nan]
// BF16: first [1.00781, -1.00781, -inf, nan]

// Whole rows, against the evaluator.
// RUN: norm-run %s --entry=to_f16 --random=1 --shape=x:5x130 --verify
// RUN: norm-run %s --entry=to_bf16 --random=1 --shape=x:5x130 --verify

// Nothing is called that is not everywhere.
// RUN: norm-compile %s -o - --emit=asm --triple=x86_64-linux-gnu --cpu=x86-64-v3 | FileCheck %s --check-prefix=CALLS
// CALLS-NOT: __trunc

func.func @to_f16(%x: tensor<?x?xf64>) -> tensor<?x?xf16> {
  %y = arith.truncf %x : tensor<?x?xf64> to tensor<?x?xf16>
  return %y : tensor<?x?xf16>
}

func.func @to_bf16(%x: tensor<?x?xf64>) -> tensor<?x?xbf16> {
  %y = arith.truncf %x : tensor<?x?xf64> to tensor<?x?xbf16>
  return %y : tensor<?x?xbf16>
}
