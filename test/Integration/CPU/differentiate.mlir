// Backward functions, compiled, run and compared with the float64 evaluator.
// RUN: norm-opt %s --norm-differentiate -o %t.mlir
// RUN: norm-run %t.mlir --entry=block_vjp --random=1 --verify | FileCheck %s --check-prefixes=TWO,THREE
// RUN: norm-run %t.mlir --entry=silu_vjp --random=2 --verify | FileCheck %s --check-prefix=TWO
// RUN: norm-opt %s --norm-differentiate=residuals=return -o %t.residuals.mlir
// RUN: norm-run %t.residuals.mlir --entry=block_fwd --random=3 --verify | FileCheck %s --check-prefixes=TWO,THREE
// RUN: norm-run %t.residuals.mlir --entry=block_vjp --random=4 --verify | FileCheck %s --check-prefixes=TWO,THREE

// TWO: verify result 0: passed
// TWO: verify result 1: passed
// THREE: verify result 2: passed

func.func @block(%x: tensor<7x65xbf16>, %r: tensor<7x65xbf16>, %g: tensor<65xf32>)
    -> (tensor<7x65xbf16>, tensor<7x65xbf16>) {
  %h = arith.addf %x, %r : tensor<7x65xbf16>
  %y = norm.rmsnorm %h gamma(%g) axis(1) epsilon(1.0e-6)
    : (tensor<7x65xbf16>, tensor<65xf32>) -> tensor<7x65xbf16>
  return %y, %h : tensor<7x65xbf16>, tensor<7x65xbf16>
}
func.func @silu(%x: tensor<5x33xf32>, %b: tensor<33xf32>) -> tensor<5x33xf32> {
  %e = tensor.empty() : tensor<5x33xf32>
  %bb = linalg.broadcast ins(%b : tensor<33xf32>) outs(%e : tensor<5x33xf32>) dimensions = [0]
  %s = arith.addf %x, %bb : tensor<5x33xf32>
  %one = arith.constant dense<1.0> : tensor<5x33xf32>
  %n = arith.negf %s : tensor<5x33xf32>
  %p = math.exp %n : tensor<5x33xf32>
  %d = arith.addf %p, %one : tensor<5x33xf32>
  %i = norm.reciprocal %d : (tensor<5x33xf32>) -> tensor<5x33xf32>
  %y = arith.mulf %s, %i : tensor<5x33xf32>
  return %y : tensor<5x33xf32>
}
