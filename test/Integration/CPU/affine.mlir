// Functions of several ops by the affine lowering, compared with the float64
// evaluator.
// RUN: norm-run %s --entry=residual --lowering=affine --random=1 --shape=x:3x130 --shape=r:3x130 --verify | FileCheck %s --check-prefix=TWO
// RUN: norm-run %s --entry=slice --lowering=affine --random=2 --shape=x:5x8 --verify | FileCheck %s --check-prefix=TWO
// RUN: norm-run %s --entry=groups --lowering=affine --random=3 --shape=x:5x64 --verify | FileCheck %s --check-prefix=ONE
// RUN: norm-run %s --entry=batch_norm --lowering=affine --random=4 --shape=x:4x3x7x7 --verify | FileCheck %s --check-prefix=TWO
// RUN: norm-run %s --entry=loop --lowering=affine --random=5 > %t.affine
// RUN: norm-run %s --entry=loop --lowering=vector --random=5 > %t.vector
// RUN: diff %t.affine %t.vector

// ONE: verify result 0: passed
// TWO: verify result 0: passed
// TWO: verify result 1: passed

// RUN: not norm-run %s --entry=loop --lowering=scalar --random=5 2>&1 | FileCheck %s --check-prefix=OPTION
// OPTION: norm-run: error: --lowering=scalar: expected vector or affine

func.func @residual(%x: tensor<?x?xbf16>, %r: tensor<?x?xbf16>) -> (tensor<?x?xbf16>, tensor<?x?xbf16>) {
  %h = arith.addf %x, %r : tensor<?x?xbf16>
  %y = norm.rmsnorm %h axis(-1) epsilon(1.0e-6) : (tensor<?x?xbf16>) -> tensor<?x?xbf16>
  return %h, %y : tensor<?x?xbf16>, tensor<?x?xbf16>
}

// The slice has gaps.
func.func @slice(%x: tensor<?x8xf32>) -> (tensor<?x4xf32>, tensor<?x4xf32>) {
  %c0 = arith.constant 0 : index
  %m = tensor.dim %x, %c0 : tensor<?x8xf32>
  %a = tensor.extract_slice %x[0, 2] [%m, 4] [1, 1] : tensor<?x8xf32> to tensor<?x4xf32>
  %y = norm.rmsnorm %a axis(1) epsilon(1.0e-6) : (tensor<?x4xf32>) -> tensor<?x4xf32>
  %e = math.exp %y : tensor<?x4xf32>
  return %y, %e : tensor<?x4xf32>, tensor<?x4xf32>
}

func.func @groups(%x: tensor<?x64xf16>) -> tensor<?x64xf16> {
  %c0 = arith.constant 0 : index
  %m = tensor.dim %x, %c0 : tensor<?x64xf16>
  %e = tensor.expand_shape %x [[0], [1, 2]] output_shape [%m, 4, 16] : tensor<?x64xf16> into tensor<?x4x16xf16>
  %y = norm.rmsnorm %e axis(-1) epsilon(1.0e-5) : (tensor<?x4x16xf16>) -> tensor<?x4x16xf16>
  %c = tensor.collapse_shape %y [[0], [1, 2]] : tensor<?x4x16xf16> into tensor<?x64xf16>
  return %c : tensor<?x64xf16>
}

func.func @batch_norm(%x: tensor<?x3x?x?xf32>) -> (tensor<3xf32>, tensor<?x3x?x?xf32>) {
  %mean, %inv_std = norm.channel_stats %x epsilon(1.0e-3) layout(NCHW)
    : (tensor<?x3x?x?xf32>) -> (tensor<3xf32>, tensor<3xf32>)
  %s, %b = norm.channel_backprop_stats %x, %mean, %inv_std, %x layout(NCHW)
    : (tensor<?x3x?x?xf32>, tensor<3xf32>, tensor<3xf32>, tensor<?x3x?x?xf32>) -> (tensor<3xf32>, tensor<3xf32>)
  %dx = norm.channel_backprop %x, %mean, %inv_std, %s, %mean, %x layout(NCHW)
    : (tensor<?x3x?x?xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<?x3x?x?xf32>)
      -> tensor<?x3x?x?xf32>
  return %inv_std, %dx : tensor<3xf32>, tensor<?x3x?x?xf32>
}

// The evaluator knows no loops.
func.func @loop(%x: tensor<5x8xf64>) -> tensor<5x8xf64> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c3 = arith.constant 3 : index
  %r = scf.for %i = %c0 to %c3 step %c1 iter_args(%t = %x) -> (tensor<5x8xf64>) {
    %y = norm.rmsnorm %t axis(1) epsilon(1.0e-6) : (tensor<5x8xf64>) -> tensor<5x8xf64>
    %z = arith.addf %y, %t : tensor<5x8xf64>
    scf.yield %z : tensor<5x8xf64>
  }
  return %r : tensor<5x8xf64>
}
