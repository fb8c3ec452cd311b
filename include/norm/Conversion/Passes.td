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

    `norm.reciprocal` is a division of 1, also with `precision(approx)`. With
    `allow-reciprocal` the latter has the flag `arcp`, for
    `norm-expand-reciprocal`, and so have those of 16-bit elements, whose results
    are the same by its estimate; what else becomes of it depends on the pipeline,
    and LLVM's expansion is wrong at zeros and infinities.

    Ops in memref form are left alone.
  }];
  let options = [
    Option<"allowReciprocal", "allow-reciprocal", "bool", "false",
           "Mark the divisions that an estimate may replace with arcp">];
  let dependentDialects = [
    "mlir::arith::ArithDialect", "mlir::linalg::LinalgDialect",
    "mlir::math::MathDialect", "mlir::tensor::TensorDialect"];
}

def ConvertNormToAffine : Pass<"convert-norm-to-affine"> {
  let summary = "Lower norm ops in memref form to affine loops";
  let description = [{
    Replaces every norm op in memref form by a nest of `affine.for` with
    `affine.load`, `affine.store` and scalar `arith` and `math` ops, as one would
    write it by hand. The output needs nothing of this project: upstream's
    affine passes (`affine-loop-fusion`, `affine-super-vectorize`,
    `affine-parallelize`, ..) work on it, and it lowers to LLVM by
    `lower-affine` and upstream's conversions.

    ```mlir
    norm.rmsnorm %x gamma(%g) outs(%y, %r) axis(1) epsilon(1.0e-6)
      : (memref<?x64xf32>, memref<64xf32>, memref<?x64xf32>, memref<?xf32>) -> ()
    ```
    becomes
    ```mlir
    affine.for %i = 0 to %m {
      %sum = affine.for %j = 0 to 64 iter_args(%s = %zero) -> (f32) {
        %e = affine.load %x[%i, %j] : memref<?x64xf32>
        %sq = arith.mulf %e, %e : f32
        %a = arith.addf %s, %sq : f32
        affine.yield %a : f32
      }
      %rrms = .. 1 / sqrt(%sum / 64 + epsilon)
      affine.store %rrms, %r[%i] : memref<?xf32>
    }
    affine.for %i = 0 to %m {
      affine.for %j = 0 to 64 {
        %e = affine.load %x[%i, %j] : memref<?x64xf32>
        %rrms = affine.load %r[%i] : memref<?xf32>
        %w = affine.load %g[%j] : memref<64xf32>
        %t = arith.mulf %e, %rrms : f32
        %v = arith.mulf %t, %w : f32
        affine.store %v, %y[%i, %j] : memref<?x64xf32>
      }
    }
    ```
    A value that later loops need goes through memory, an `outs` or a
    `memref.alloc`, and no block has a second loop beside that of a sum: this is
    how `affine-loop-fusion` sees what depends on what. It joins the loops over
    the rows again.

    Sums are made in row-major order, one element after the other, in the
    accumulator's type. This is not the order of the operator's contract, which
    the vector lowering keeps: with `N` elements the error of a sum is up to
    `N - 1` roundings.

    Memrefs must have no strides and no offset (the identity layout), since
    upstream's vectorizer refuses others, and sizes that are affine symbols; an
    op with others is an error. `norm-make-contiguous` copies the former. Ops in
    tensor form are left alone: one-shot bufferization gives them memref form.
  }];
  let dependentDialects = [
    "mlir::affine::AffineDialect", "mlir::arith::ArithDialect",
    "mlir::math::MathDialect", "mlir::memref::MemRefDialect"];
}

#endif // NORM_CONVERSION_PASSES_TD
