// Functions as users write them, compiled, run and compared with the float64
// evaluator.
// RUN: norm-run %s --entry=llama --random=1 --shape=x:7x4096 --verify | FileCheck %s --check-prefix=ONE
// RUN: norm-run %s --entry=gemma --random=2 --shape=x:2x5x2304 --verify | FileCheck %s --check-prefix=ONE
// RUN: norm-run %s --entry=hugging_face --random=3 --shape=x:5x1000 --shape=w:1000 --verify | FileCheck %s --check-prefix=ONE
// RUN: norm-run %s --entry=residual --random=4 --shape=x:3x130 --shape=r:3x130 --verify | FileCheck %s --check-prefix=TWO
// RUN: norm-run %s --entry=query_key --random=5 --shape=q:6x4x64 --shape=k:6x2x64 --verify | FileCheck %s --check-prefix=THREE
// RUN: norm-run %s --entry=whole --random=6 --shape=x:3x4x5 --verify | FileCheck %s --check-prefix=TWO
// RUN: norm-run %s --entry=llama --random=7 --shape=x:0x4096 --verify | FileCheck %s --check-prefix=ONE

// ONE: verify result 0: passed
// TWO: verify result 0: passed
// TWO: verify result 1: passed
// THREE: verify result 0: passed
// THREE: verify result 1: passed
// THREE: verify result 2: passed

func.func @llama(%x: tensor<?x4096xf32>, %w: tensor<4096xf32>)
    -> tensor<?x4096xf32> {
  %y = norm.rmsnorm %x gamma(%w) axis(-1) epsilon(1.0e-6)
    : (tensor<?x4096xf32>, tensor<4096xf32>) -> tensor<?x4096xf32>
  return %y : tensor<?x4096xf32>
}

// The weight is stored as its distance from 1.
func.func @gemma(%x: tensor<?x?x2304xbf16>, %w: tensor<2304xf32>)
    -> tensor<?x?x2304xbf16> {
  %y = norm.rmsnorm %x gamma(%w) axis(-1) epsilon(1.0e-6) weight_offset(1.0)
    : (tensor<?x?x2304xbf16>, tensor<2304xf32>) -> tensor<?x?x2304xbf16>
  return %y : tensor<?x?x2304xbf16>
}

func.func @hugging_face(%x: tensor<?x?xf16>, %w: tensor<?xf16>)
    -> tensor<?x?xf16> {
  %y = norm.rmsnorm %x gamma(%w) axis(-1) epsilon(1.0e-5) rounding(before_gamma)
    : (tensor<?x?xf16>, tensor<?xf16>) -> tensor<?x?xf16>
  return %y : tensor<?x?xf16>
}

func.func @residual(%x: tensor<?x130xbf16>, %r: tensor<?x130xbf16>,
                    %w: tensor<130xbf16>)
    -> (tensor<?x130xbf16>, tensor<?x130xbf16>) {
  %s = arith.addf %x, %r : tensor<?x130xbf16>
  %y = norm.rmsnorm %s gamma(%w) axis(1) epsilon(1.0e-5)
    : (tensor<?x130xbf16>, tensor<130xbf16>) -> tensor<?x130xbf16>
  return %s, %y : tensor<?x130xbf16>, tensor<?x130xbf16>
}

func.func @query_key(%q: tensor<?x4x64xbf16>, %k: tensor<?x2x64xbf16>,
                     %w: tensor<64xbf16>)
    -> (tensor<?x4x64xbf16>, tensor<?x2x64xbf16>, tensor<?x2xf32>) {
  %y = norm.rmsnorm %q gamma(%w) axis(2) epsilon(1.0e-6)
    : (tensor<?x4x64xbf16>, tensor<64xbf16>) -> tensor<?x4x64xbf16>
  %z, %r = norm.rmsnorm %k gamma(%w) axis(2) epsilon(1.0e-6)
    : (tensor<?x2x64xbf16>, tensor<64xbf16>)
    -> (tensor<?x2x64xbf16>, tensor<?x2xf32>)
  return %y, %z, %r : tensor<?x4x64xbf16>, tensor<?x2x64xbf16>, tensor<?x2xf32>
}

func.func @whole(%x: tensor<?x?x?xf64>) -> (tensor<?x?x?xf64>, tensor<f64>) {
  %y, %r = norm.rmsnorm %x axis(0) epsilon(1.0e-12)
    : (tensor<?x?x?xf64>) -> (tensor<?x?x?xf64>, tensor<f64>)
  return %y, %r : tensor<?x?x?xf64>, tensor<f64>
}
