//===- Passes.td - Conversion passes -----------------------*- tablegen -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NORM_CONVERSION_PASSES_TD
#define NORM_CONVERSION_PASSES_TD

include "mlir/Pass/PassBase.td"

def ConvertNormToLinalg : Pass<"convert-norm-to-linalg"> {
  let summary = "Lower norm ops in tensor form to linalg";
  let description = [{
    Replaces every norm op in tensor form by `linalg.generic` ops on tensors of
    the same rank, with `arith` and `math` ops in their bodies. The output needs
    nothing of this project: any MLIR pipeline can go on with it.

    `norm.rmsnorm` becomes a sum of squares over the row dims, the reciprocal
    RMS on the dims before them, and one elementwise op:

    ```mlir
    %y = norm.rmsnorm %x gamma(%g) axis(1) epsilon(1.0e-6)
      : (tensor<?x64xf32>, tensor<64xf32>) -> tensor<?x64xf32>
    ```
    becomes
    ```mlir
    %s = linalg.generic { .. ["parallel", "reduction"] } ins(%x) outs(%zero) {
      %sq = arith.mulf %e, %e : f32
      %a = arith.addf %acc, %sq : f32
      linalg.yield %a : f32 }
    %r = linalg.generic { .. ["parallel"] } ins(%s) { .. 1 / sqrt(s / N + epsilon) }
    %y = linalg.generic { .. ["parallel", "parallel"] } ins(%x, %r, %g) { .. }
    ```
    The sum has the order that the consumer of the linalg op gives it; the
    pipelines of this project give it the order of the operator's contract.

    Ops in memref form are left alone.
  }];
  let dependentDialects = [
    "mlir::arith::ArithDialect", "mlir::linalg::LinalgDialect",
    "mlir::math::MathDialect", "mlir::tensor::TensorDialect"];
}

#endif // NORM_CONVERSION_PASSES_TD
