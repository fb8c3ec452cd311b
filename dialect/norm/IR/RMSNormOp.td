//===- RMSNormOp.td - Root-mean-square normalization -------*- tablegen -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NORM_IR_RMSNORMOP_TD
#define NORM_IR_RMSNORMOP_TD

include "norm/IR/RowOpBase.td"

def Norm_RMSNormOp : Norm_RowOp<"rmsnorm", [
    AttrSizedOperandSegments,
    DeclareOpInterfaceMethods<DifferentiableOpInterface,
      ["addResiduals", "keepsResults"]>]> {
  let summary = "Root-mean-square normalization of rows";
  let description = [{
    Divides each row of `x` by its root mean square, then scales and shifts it.

    Let `k` be the canonical `axis`. The dims `k..rank-1` make a row of `N`
    elements, the dims before it make `M` rows. `T` is the element type of `x`;
    `acc` is f64 for f64 and f32 for all others. For each row, in `acc`:

    1. `s = sum_j x_j * x_j`
    2. `rrms = 1 / sqrt(s / N + epsilon)`
    3. `t_j = x_j * rrms * target_rms`
    4. `w_j = gamma_j + weight_offset`
    5. `y_j = round_T(t_j * w_j + beta_j)`

    With `rounding(before_gamma)` steps 3 to 5 round to `T` as they go:
    `t_j = round_T(..)`, `w_j = round_T(..)`, `y_j = round_T(t_j * w_j)` and,
    with beta, `y_j = round_T(y_j + round_T(beta_j))`.

    Without `gamma`, `w_j` is `1 + weight_offset` if the offset is not zero, and
    1 otherwise; without `beta` nothing is added.

    **Order of the sum.** Element `j` goes to lane `j mod 64` (32 for f64). Each
    lane accumulates with fused multiply-add, in blocks of 4096 elements; the
    block sums are merged pairwise, as a complete binary tree over the blocks;
    the lanes are then added in halves (lane `i` with lane `i + 32`, and so on).
    The order depends on `N` alone, never on `M`, threads or the CPU. GPUs and
    affine loops have orders of their own.

    **Special values.** A row of zeros with `epsilon` 0 gives `rrms = inf` and a
    NaN row; a row that holds an infinity, or whose squares overflow, gives
    `rrms = 0`; a NaN makes its row NaN. Other rows are not touched. `N = 0` is
    refused when static; at run time it gives `rrms = NaN`.

    In memref form `y` may be the same view as `x`.

    **Constraints**
    - RMSNorm-C1: `x` has rank >= 1.
    - RMSNorm-C2: `axis` is in `[-rank, rank)`.
    - RMSNorm-C3: the row length `N` is not statically 0.
    - RMSNorm-C4: `epsilon` is finite and >= 0, in f64 and rounded to `acc`.
    - RMSNorm-C5: `target_rms` is finite, in f64 and rounded to `acc`.
    - RMSNorm-C6: `weight_offset` is finite, in f64 and rounded to `acc`.
    - RMSNorm-C7: the element type of `gamma` is `T` or `acc`.
    - RMSNorm-C8: `gamma` has the shape of the row dims, or is 1-D with `N` elements.
    - RMSNorm-C9: the element type of `beta` is `T` or `acc`.
    - RMSNorm-C10: `beta` has the shape of the row dims, or is 1-D with `N` elements.
    - RMSNorm-C11: tensors with 1 or 2 results and no `outs`, or memrefs with 1
      or 2 `outs` and no result.
    - RMSNorm-C12: `y` has the shape and element type of `x`.
    - RMSNorm-C13: `rrms` has the shape of the dims before the row and type `acc`.
    - RMSNorm-C14: the static sizes of `x` times the bytes of an element fit in
      a signed 64-bit integer.

    Example:
    ```mlir
    func.func @rmsnorm(%x: tensor<?x4096xbf16>, %g: tensor<4096xf32>)
        -> (tensor<?x4096xbf16>, tensor<?xf32>) {
      %y, %r = norm.rmsnorm %x gamma(%g) axis(-1) epsilon(1.0e-6)
        : (tensor<?x4096xbf16>, tensor<4096xf32>) -> (tensor<?x4096xbf16>, tensor<?xf32>)
      return %y, %r : tensor<?x4096xbf16>, tensor<?xf32>
    }
    ```
  }];

  let arguments = (ins
    Arg<Norm_Shaped, "the values to normalize, of any rank >= 1">:$x,
    Arg<Optional<Norm_Shaped>, "the weight of each element of a row, of x's or the accumulator's type">:$gamma,
    Arg<Optional<Norm_Shaped>, "the value added to each element of a row, of x's or the accumulator's type">:$beta,
    Arg<Variadic<Norm_MemRef>, "memref form: where y, and optionally rrms, are written">:$outs,
    I64Attr:$axis,
    F64Attr:$epsilon,
    DefaultValuedAttr<F64Attr, "1.0">:$target_rms,
    DefaultValuedAttr<F64Attr, "0.0">:$weight_offset,
    DefaultValuedAttr<Norm_RoundingAttr, "::norm::Rounding::Once">:$rounding,
    OptionalAttr<Norm_StrategyAttr>:$strategy);
  let results = (outs
    Res<Variadic<Norm_Tensor>, "tensor form: y, shaped and typed as x, and optionally rrms, the reciprocal root mean square of each row">:$outputs);

  let assemblyFormat = [{
    $x (`gamma` `(` $gamma^ `)`)? (`beta` `(` $beta^ `)`)? (`outs` `(` $outs^ `)`)?
    `axis` `(` $axis `)` `epsilon` `(` $epsilon `)`
    (`target_rms` `(` $target_rms^ `)`)? (`weight_offset` `(` $weight_offset^ `)`)?
    (`rounding` `(` custom<Rounding>($rounding)^ `)`)? attr-dict `:` functional-type(operands, results)
  }];

  let builders = [
    // Tensor form, with inferred result types: y, and rrms if `withRrms`. `x` is
    // a ranked tensor; `gamma` and `beta` may be null.
    OpBuilder<(ins "mlir::Value":$x, "mlir::Value":$gamma, "mlir::Value":$beta,
                   "int64_t":$axis, "double":$epsilon,
                   CArg<"bool", "false">:$withRrms,
                   CArg<"double", "1.0">:$targetRms,
                   CArg<"double", "0.0">:$weightOffset,
                   CArg<"::norm::Rounding", "::norm::Rounding::Once">:$rounding)>,
  ];

  let extraClassDeclaration = Norm_rowAccessors # [{
    /// Builds the op in the form of PyTorch and TensorRT-LLM, where
    /// `normalizedShape` names the sizes of the trailing dims that make a row.
    /// `gamma` may be null. Fails, with an error at `loc`, unless `x` is a ranked
    /// tensor and these are its last sizes; a dynamic size agrees with any.
    static llvm::FailureOr<RMSNormOp> createWithNormalizedShape(
        mlir::OpBuilder &builder, mlir::Location loc, mlir::Value x,
        llvm::ArrayRef<int64_t> normalizedShape, mlir::Value gamma,
        double epsilon);

    /// y and rrms as results (tensor form) or outs (memref form); null if absent.
    mlir::Value getY() { return getOutput(0); }
    mlir::Value getRrms() { return getOutput(1); }
    llvm::SmallVector<mlir::Value> getInPlaceOperands() { return {getX()}; }
  }];

  let hasCanonicalizer = 1;
}

#endif // NORM_IR_RMSNORMOP_TD
