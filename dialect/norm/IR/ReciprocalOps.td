//===- ReciprocalOps.td - Reciprocal and its gradient ------*- tablegen -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NORM_IR_RECIPROCALOPS_TD
#define NORM_IR_RECIPROCALOPS_TD

include "norm/IR/NormOpBase.td"

def Norm_ReciprocalOp : Norm_ElementwiseOp<"reciprocal", [
    DeclareOpInterfaceMethods<DifferentiableOpInterface, ["keepsResults"]>]> {
  let summary = "Elementwise reciprocal";
  let description = [{
    For each element, of type `T`:

    1. `y = round_T(1 / x)`

    With `precision(exact)`, the default, this is the division of IEEE 754,
    correctly rounded. `precision(approx)` allows an error of 2 ULP, so that a
    target may use its estimate of the reciprocal and refine it; where that does
    not pay off the result is the exact one. An approximate result depends on
    the CPU that runs it and on the one it is compiled for, and on nothing else:
    an element has the same bits in every shape, with any strides and threads.

    **Where approx pays off.** With AVX-512, for all types but f64, in a core's
    caches, where the division is the bottleneck: an estimate and a Newton step
    give 16 elements of f32 in a nanosecond from the first-level cache and 12 from
    the second, the division 6 (one core of a Sapphire Rapids,
    `docs/Performance.md`). From memory it is slower than the division, by a tenth
    in f32 and a quarter in f16. All other CPUs divide, as does the affine
    lowering: the estimate of AVX2 gains a fifth in the caches and loses a third
    from memory.

    There is no accumulator and no sum: each element is on its own.

    **Special values**, in both precisions: `1 / +-0 = +-inf`,
    `1 / +-inf = +-0`, a NaN stays a NaN, subnormal operands and results are not
    flushed, and a result too large for `T` is an infinity. An empty `x` gives
    an empty `y`.

    The reciprocal of a reciprocal is not folded: rounding does not give `x`
    back.

    In memref form `y` may be the same view as `x`.

    **Constraints**
    - Reciprocal-C1: tensors with 1 result and no `outs`, or memrefs with 1
      `outs` and no result.
    - Reciprocal-C2: `y` has the shape and element type of `x`.
    - Reciprocal-C3: the static sizes of `x` times the bytes of an element fit
      in a signed 64-bit integer.

    Example:
    ```mlir
    func.func @reciprocal(%x: tensor<?x16xf32>) -> tensor<?x16xf32> {
      %y = norm.reciprocal %x precision(approx)
        : (tensor<?x16xf32>) -> tensor<?x16xf32>
      return %y : tensor<?x16xf32>
    }
    ```
  }];

  let arguments = (ins
    Arg<Norm_Shaped, "the values to invert, of any rank, 0 included">:$x,
    Arg<Variadic<Norm_MemRef>, "memref form: where y is written">:$outs,
    DefaultValuedAttr<Norm_PrecisionAttr, "::norm::Precision::Exact">:$precision,
    OptionalAttr<Norm_StrategyAttr>:$strategy);
  let results = (outs
    Res<Variadic<Norm_Tensor>, "tensor form: y, shaped and typed as x">:$outputs);

  let assemblyFormat = [{
    $x (`outs` `(` $outs^ `)`)? (`precision` `(` custom<Precision>($precision)^ `)`)?
    attr-dict `:` functional-type(operands, results)
  }];

  let builders = [
    // Tensor form, with the inferred result type. `x` is a ranked tensor.
    OpBuilder<(ins "mlir::Value":$x,
                   CArg<"::norm::Precision", "::norm::Precision::Exact">:$precision)>,
  ];

  let extraClassDeclaration = [{
    /// y as result (tensor form) or outs (memref form).
    mlir::Value getY() { return getOutput(0); }
    llvm::SmallVector<mlir::Value> getInPlaceOperands() { return {getX()}; }
  }];

  let hasCanonicalizer = 1;
}

def Norm_ReciprocalGradOp : Norm_ElementwiseOp<"reciprocal_grad", [
    DeclareOpInterfaceMethods<DifferentiableOpInterface>]> {
  let summary = "Gradient of the elementwise reciprocal";
  let description = [{
    The derivative of `norm.reciprocal` applied to `dy`. It reads `y`, the
    *result* of the forward op, which makes the forward op in place legal. For
    each element, of type `T`, in `acc`, which is f64 for f64 and f32 for all
    other types:

    1. `t = -dy * y`
    2. `dx = round_T(t * y)`

    There is no sum: each element is on its own. In this order no intermediate
    value overflows or underflows unless the result does.

    **Special values.** `x = +-0` has `y = +-inf`, which gives `-inf * dy`, and
    NaN where `dy` is 0. `x = +-inf` has `y = +-0`, which gives a zero, and NaN
    where `dy` is infinite. A NaN in `y` or `dy` makes that element NaN.

    In memref form `dx` may be the same view as `y` or `dy`.

    **Constraints**
    - ReciprocalGrad-C1: `dy` has the shape and element type of `y`.
    - ReciprocalGrad-C2: tensors with 1 result and no `outs`, or memrefs with 1
      `outs` and no result.
    - ReciprocalGrad-C3: `dx` has the shape and element type of `y`.
    - ReciprocalGrad-C4: the static sizes of `y` times the bytes of an element
      fit in a signed 64-bit integer.

    Example:
    ```mlir
    func.func @reciprocal_grad(%y: tensor<?x16xbf16>, %dy: tensor<?x16xbf16>)
        -> tensor<?x16xbf16> {
      %dx = norm.reciprocal_grad %y, %dy
        : (tensor<?x16xbf16>, tensor<?x16xbf16>) -> tensor<?x16xbf16>
      return %dx : tensor<?x16xbf16>
    }
    ```
  }];

  let arguments = (ins
    Arg<Norm_Shaped, "the result of the forward op, of any rank">:$y,
    Arg<Norm_Shaped, "the gradient with respect to y, shaped and typed as y">:$dy,
    Arg<Variadic<Norm_MemRef>, "memref form: where dx is written">:$outs,
    OptionalAttr<Norm_StrategyAttr>:$strategy);
  let results = (outs
    Res<Variadic<Norm_Tensor>, "tensor form: dx, the gradient with respect to x, shaped and typed as y">:$outputs);

  let assemblyFormat = [{
    $y `,` $dy (`outs` `(` $outs^ `)`)? attr-dict `:` functional-type(operands, results)
  }];

  let builders = [
    // Tensor form, with the inferred result type. `y` and `dy` are ranked tensors.
    OpBuilder<(ins "mlir::Value":$y, "mlir::Value":$dy)>,
  ];

  let extraClassDeclaration = [{
    /// dx as result (tensor form) or outs (memref form).
    mlir::Value getDx() { return getOutput(0); }
    llvm::SmallVector<mlir::Value> getInPlaceOperands() { return {getDy(), getY()}; }
  }];
}

#endif // NORM_IR_RECIPROCALOPS_TD
