//===- RMSNormGradOp.td - Gradient of rmsnorm --------------*- tablegen -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NORM_IR_RMSNORMGRADOP_TD
#define NORM_IR_RMSNORMGRADOP_TD

include "norm/IR/RowOpBase.td"

def Norm_RMSNormGradOp : Norm_RowOp<"rmsnorm_grad", [AttrSizedOperandSegments]> {
  let summary = "Gradient of root-mean-square normalization";
  let description = [{
    The derivatives of `norm.rmsnorm` applied to `dy`, with respect to `x`,
    `gamma` and `beta`. It reads the `rrms` of the forward op and so needs no
    epsilon; `axis`, `target_rms` and `weight_offset` are those of the forward
    op, whose `rounding` is ignored.

    Let `k` be the canonical `axis`. The dims `k..rank-1` make a row of `N`
    elements, the dims before it make `M` rows. `T` is the element type of `x`;
    `acc` is f64 for f64 and f32 for all others. For each row with its reciprocal
    root mean square `r`, in `acc`:

    1. `h_j = x_j * r`
    2. `g_j = dy_j * (gamma_j + weight_offset)`
    3. `m = (sum_j g_j * h_j) / N`
    4. `dx_j = round_T((g_j - h_j * m) * (r * target_rms))`

    and over all rows, in `acc`, each rounded once to the type of its result:

    5. `dgamma_j = sum_rows dy_j * (h_j * target_rms)`
    6. `dbeta_j = sum_rows dy_j`

    Without `gamma`, the weight in step 2 is `1 + weight_offset` if the offset is
    not zero, and 1 otherwise.

    **Order of the sums.** Step 3 adds in the order of `norm.rmsnorm`: by lanes,
    blocks of 4096 elements and a tree over the lanes. Steps 5 and 6 add one row
    after the other in blocks of `8 * (M / 512 + 1)` rows, so at most 64 of them,
    and then one block after the other, 32 of them at a time. The order depends on
    sizes and types alone, never on threads or the CPU. GPUs and affine loops have
    orders of their own.

    **Special values.** A row with `rrms = inf` (zeros with `epsilon` 0) has a
    NaN row in `dx`; so has a row that holds an infinity or a NaN, or whose
    `rrms` is NaN. A row whose squares overflowed (`rrms = 0`) has zeros in `dx`.
    Other rows of `dx` are not touched, but a NaN goes into its column of `dgamma`
    and `dbeta`; `rrms = NaN` into each column of `dgamma`. `M = 0` gives an empty
    `dx` and zeros in `dgamma` and `dbeta`. `N = 0` is refused when static; at run
    time all results are empty.

    No output may overlap an input.

    **Constraints**
    - RMSNormGrad-C1: `x` has rank >= 1.
    - RMSNormGrad-C2: `axis` is in `[-rank, rank)`.
    - RMSNormGrad-C3: the row length `N` is not statically 0.
    - RMSNormGrad-C4: `dy` has the shape and element type of `x`.
    - RMSNormGrad-C5: `rrms` has the shape of the dims before the row and type `acc`.
    - RMSNormGrad-C6: `target_rms` is finite, in f64 and rounded to `acc`.
    - RMSNormGrad-C7: `weight_offset` is finite, in f64 and rounded to `acc`.
    - RMSNormGrad-C8: the element type of `gamma` is `T` or `acc`.
    - RMSNormGrad-C9: `gamma` has the shape of the row dims, or is 1-D with `N`
      elements.
    - RMSNormGrad-C10: tensors with 1 to 3 results and no `outs`, or memrefs with
      1 to 3 `outs` and no result.
    - RMSNormGrad-C11: `dx` has the shape and element type of `x`.
    - RMSNormGrad-C12: the element type of `dgamma` is `T` or `acc`.
    - RMSNormGrad-C13: `dgamma` has the shape of `gamma`, or without it that of the
      row dims.
    - RMSNormGrad-C14: the element type of `dbeta` is `T` or `acc`.
    - RMSNormGrad-C15: `dbeta` has the shape of `gamma`, or without it that of the
      row dims.
    - RMSNormGrad-C16: the static sizes of `x` times the bytes of an element fit
      in a signed 64-bit integer.

    Example:
    ```mlir
    func.func @rmsnorm_grad(%dy: tensor<?x64xbf16>, %x: tensor<?x64xbf16>,
                            %r: tensor<?xf32>, %g: tensor<64xf32>)
        -> (tensor<?x64xbf16>, tensor<64xf32>) {
      %dx, %dg = norm.rmsnorm_grad %dy, %x, %r gamma(%g) axis(-1)
        : (tensor<?x64xbf16>, tensor<?x64xbf16>, tensor<?xf32>, tensor<64xf32>)
          -> (tensor<?x64xbf16>, tensor<64xf32>)
      return %dx, %dg : tensor<?x64xbf16>, tensor<64xf32>
    }
    ```
  }];

  let arguments = (ins
    Arg<Norm_Shaped, "the gradient with respect to the forward op's y, shaped and typed as x">:$dy,
    Arg<Norm_Shaped, "the forward op's x, of any rank >= 1">:$x,
    Arg<Norm_Shaped, "the forward op's rrms: the reciprocal root mean square of each row, of the accumulator's type">:$rrms,
    Arg<Optional<Norm_Shaped>, "the forward op's gamma: the weight of each element of a row, of x's or the accumulator's type">:$gamma,
    Arg<Variadic<Norm_MemRef>, "memref form: where dx, and optionally dgamma and dbeta, are written">:$outs,
    I64Attr:$axis,
    DefaultValuedAttr<F64Attr, "1.0">:$target_rms,
    DefaultValuedAttr<F64Attr, "0.0">:$weight_offset,
    OptionalAttr<Norm_StrategyAttr>:$strategy);
  let results = (outs
    Res<Variadic<Norm_Tensor>, "tensor form: dx, shaped and typed as x, and optionally dgamma and dbeta, the sums over rows, of x's or the accumulator's type">:$outputs);

  let assemblyFormat = [{
    $dy `,` $x `,` $rrms (`gamma` `(` $gamma^ `)`)? (`outs` `(` $outs^ `)`)?
    `axis` `(` $axis `)` (`target_rms` `(` $target_rms^ `)`)?
    (`weight_offset` `(` $weight_offset^ `)`)? attr-dict `:` functional-type(operands, results)
  }];

  let builders = [
    // Tensor form, with inferred result types: the first `numOutputs` of dx,
    // dgamma and dbeta, the latter two of gamma's element type, or of the
    // accumulator's without gamma. `dy`, `x` and `rrms` are ranked tensors;
    // `gamma` may be null.
    OpBuilder<(ins "mlir::Value":$dy, "mlir::Value":$x, "mlir::Value":$rrms,
                   "mlir::Value":$gamma, "int64_t":$axis,
                   CArg<"unsigned", "1">:$numOutputs,
                   CArg<"double", "1.0">:$targetRms,
                   CArg<"double", "0.0">:$weightOffset)>,
  ];

  let extraClassDeclaration = Norm_rowAccessors # [{
    /// Builds the op in the form of PyTorch and TensorRT-LLM, where
    /// `normalizedShape` names the sizes of the trailing dims that make a row.
    /// `gamma` may be null. Fails, with an error at `loc`, unless `x` is a ranked
    /// tensor and these are its last sizes; a dynamic size agrees with any.
    static llvm::FailureOr<RMSNormGradOp> createWithNormalizedShape(
        mlir::OpBuilder &builder, mlir::Location loc, mlir::Value dy,
        mlir::Value x, mlir::Value rrms, llvm::ArrayRef<int64_t> normalizedShape,
        mlir::Value gamma, unsigned numOutputs);

    /// dx, dgamma and dbeta as results (tensor form) or outs (memref form); null
    /// if absent.
    mlir::Value getDx() { return getOutput(0); }
    mlir::Value getDgamma() { return getOutput(1); }
    mlir::Value getDbeta() { return getOutput(2); }
  }];

  let hasCanonicalizer = 1;
}

#endif // NORM_IR_RMSNORMGRADOP_TD
