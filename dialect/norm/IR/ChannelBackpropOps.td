//===- ChannelBackpropOps.td - Gradients over channels -----*- tablegen -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NORM_IR_CHANNELBACKPROPOPS_TD
#define NORM_IR_CHANNELBACKPROPOPS_TD

include "norm/IR/ChannelOpBase.td"

def Norm_ChannelBackpropStatsOp : Norm_Op<"channel_backprop_stats"> {
  let summary = "Sums over channels that the gradient of batch norm needs";
  let description = [{
    The gradients of batch normalization with respect to its scale and bias,
    which are sums over each channel.

    The channel is dim 1 with `layout(NCHW)` and the last dim with
    `layout(NHWC)`, whatever the rank; all other dims make the elements of each
    of the `C` channels. `acc` is f64 for `x` of f64 and f32 for all others. For
    each channel `c`, in `acc`:

    1. `h = (x - mean[c]) * inv_std[c]`
    2. `scale_grad[c] = sum h * dy`
    3. `bias_grad[c] = sum dy`

    The sums are raw: nothing is divided by the number of elements.

    **Order of the sums.** Elements are added in fixed blocks, first in each block
    and then, in f64, over the blocks in chunks of 32. The order depends on sizes,
    layout and types alone, never on threads or the CPU. GPUs and affine loops have
    orders of their own.
    - In NCHW, with `L` elements of an image and channel, a block holds 32768 of
      these, the last one of an image maybe less; if `L` is less than that, it
      holds `32768 / max(L, 64)` images (32 instead of 64 for f64). Element `j` of
      an image goes to lane `j mod 64` (`mod 32` for f64), images one behind the
      other in chunks of 32, chunks one by one; then the lanes are added in halves.
    - In NHWC, rows of `C` channels, `g = max(1, 64 / C)` of them in a group (32
      instead of 64 for f64), a block holds `max(32, 32768 / (g * C))` groups. Row
      `i` is added to the sums of row `i mod g` of the group, which are added one
      by one at the end of the block, both in chunks of 32. `[N, C]` is NHWC.

    **Special values.** An empty batch or empty spatial dims give zeros. A NaN, or
    an infinity where it meets another or a zero, makes the sums of its channel
    NaN. Other channels are not touched.

    No output may overlap an input.

    **Constraints**
    - ChannelBackpropStats-C1: `x` has rank >= 2.
    - ChannelBackpropStats-C2: `mean` has shape `[C]` and type `acc`.
    - ChannelBackpropStats-C3: `inv_std` has shape `[C]` and type `acc`.
    - ChannelBackpropStats-C4: `dy` has the shape and element type of `x`.
    - ChannelBackpropStats-C5: tensors with 1 or 2 results and no `outs`, or
      memrefs with 1 or 2 `outs` and no result.
    - ChannelBackpropStats-C6: `scale_grad` has shape `[C]` and type `acc`.
    - ChannelBackpropStats-C7: `bias_grad` has shape `[C]` and type `acc`.
    - ChannelBackpropStats-C8: the static sizes of `x` times the bytes of an
      element fit in a signed 64-bit integer.

    Example:
    ```mlir
    func.func @channel_backprop_stats(%x: tensor<?x7x7x16xf32>,
        %mean: tensor<16xf32>, %inv_std: tensor<16xf32>,
        %dy: tensor<?x7x7x16xf32>) -> (tensor<16xf32>, tensor<16xf32>) {
      %scale_grad, %bias_grad =
          norm.channel_backprop_stats %x, %mean, %inv_std, %dy layout(NHWC)
        : (tensor<?x7x7x16xf32>, tensor<16xf32>, tensor<16xf32>, tensor<?x7x7x16xf32>)
          -> (tensor<16xf32>, tensor<16xf32>)
      return %scale_grad, %bias_grad : tensor<16xf32>, tensor<16xf32>
    }
    ```
  }];

  let arguments = (ins
    Arg<Norm_Shaped, "the values that were normalized, of rank >= 2">:$x,
    Arg<Norm_Shaped, "the mean of each channel, of the accumulator's type">:$mean,
    Arg<Norm_Shaped, "the reciprocal standard deviation of each channel, of the accumulator's type">:$inv_std,
    Arg<Norm_Shaped, "the gradient with respect to the output of batch norm, shaped and typed as x">:$dy,
    Arg<Variadic<Norm_MemRef>, "memref form: where scale_grad, and optionally bias_grad, are written">:$outs,
    Norm_ChannelLayoutAttr:$layout,
    OptionalAttr<Norm_StrategyAttr>:$strategy);
  let results = (outs
    Res<Variadic<Norm_Tensor>, "tensor form: scale_grad, and optionally bias_grad, one value for each channel">:$outputs);

  let assemblyFormat = [{
    $x `,` $mean `,` $inv_std `,` $dy (`outs` `(` $outs^ `)`)?
    `layout` `(` custom<ChannelLayout>($layout) `)` attr-dict `:` functional-type(operands, results)
  }];

  let builders = [
    // Tensor form, with inferred result types: scale_grad, and bias_grad if
    // `withBiasGrad`. The operands are ranked tensors.
    OpBuilder<(ins "mlir::Value":$x, "mlir::Value":$mean,
                   "mlir::Value":$invStd, "mlir::Value":$dy,
                   "::norm::ChannelLayout":$layout, CArg<"bool", "true">:$withBiasGrad)>,
  ];

  let extraClassDeclaration = Norm_channelAccessors # [{
    /// scale_grad and bias_grad as results (tensor form) or outs (memref form);
    /// null if absent.
    mlir::Value getScaleGrad() { return getOutput(0); }
    mlir::Value getBiasGrad() { return getOutput(1); }
  }];

  let hasCanonicalizer = 1;
}

def Norm_ChannelBackpropOp : Norm_Op<"channel_backprop", [
    AttrSizedOperandSegments,
    DeclareOpInterfaceMethods<TilingInterface,
      ["getLoopIteratorTypes", "getIterationDomain",
       "getTiledImplementation", "getResultTilePosition",
       "generateResultTileValue", "getIterationDomainTileFromResultTile"]>]> {
  let summary = "Gradient of batch normalization with respect to its input";
  let description = [{
    The input gradient of batch normalization in training, from the statistics of
    `norm.channel_stats` and the sums of `norm.channel_backprop_stats`.

    The channel is dim 1 with `layout(NCHW)` and the last dim with
    `layout(NHWC)`, whatever the rank. `R` is `count`, or without it the product
    of all other dims: the number of elements that the statistics and sums of a
    channel are made of, which is larger than that product where they come from
    several devices. `T` is the element type of `x`; `acc` is f64 for f64 and f32
    for all others. For each element, of channel `c`, in `acc`:

    1. `h = (x - mean[c]) * inv_std[c]`
    2. `m = (bias_grad[c] + h * scale_grad[c]) * (1 / R)`
    3. `dx = round_T((dy - m) * (gamma[c] * inv_std[c]))`

    Without `gamma` the factor in step 3 is `inv_std[c]`. `R` and `1 / R` are rounded to `acc`.

    There is no sum: each element is on its own.

    **Special values.** An empty `x` gives an empty `dx`. A `count` of 0 gives what
    a division by zero gives. A channel of equal values, whose `inv_std` is
    infinite, has a NaN `dx`, and so has one whose `inv_std` is NaN. Other
    channels are not touched.

    In memref form `dx` may be the same view as `dy`.

    **Constraints**
    - ChannelBackprop-C1: `x` has rank >= 2.
    - ChannelBackprop-C2: `mean` has shape `[C]` and type `acc`.
    - ChannelBackprop-C3: `inv_std` has shape `[C]` and type `acc`.
    - ChannelBackprop-C4: `scale_grad` has shape `[C]` and type `acc`.
    - ChannelBackprop-C5: `bias_grad` has shape `[C]` and type `acc`.
    - ChannelBackprop-C6: `dy` has the shape and element type of `x`.
    - ChannelBackprop-C7: the element type of `gamma` is `T` or `acc`.
    - ChannelBackprop-C8: `gamma` has shape `[C]`.
    - ChannelBackprop-C9: tensors with 1 result and no `outs`, or memrefs with 1
      `outs` and no result.
    - ChannelBackprop-C10: `dx` has the shape and element type of `x`.
    - ChannelBackprop-C11: the static sizes of `x` times the bytes of an element
      fit in a signed 64-bit integer.

    Example:
    ```mlir
    func.func @channel_backprop(%x: tensor<?x16x?xf32>, %mean: tensor<16xf32>,
        %inv_std: tensor<16xf32>, %scale_grad: tensor<16xf32>,
        %bias_grad: tensor<16xf32>, %dy: tensor<?x16x?xf32>,
        %gamma: tensor<16xf32>, %count: index) -> tensor<?x16x?xf32> {
      %dx = norm.channel_backprop %x, %mean, %inv_std, %scale_grad, %bias_grad, %dy
          gamma(%gamma) count(%count) layout(NCHW)
        : (tensor<?x16x?xf32>, tensor<16xf32>, tensor<16xf32>, tensor<16xf32>,
           tensor<16xf32>, tensor<?x16x?xf32>, tensor<16xf32>, index) -> tensor<?x16x?xf32>
      return %dx : tensor<?x16x?xf32>
    }
    ```
  }];

  let arguments = (ins
    Arg<Norm_Shaped, "the values that were normalized, of rank >= 2">:$x,
    Arg<Norm_Shaped, "the mean of each channel, of the accumulator's type">:$mean,
    Arg<Norm_Shaped, "the reciprocal standard deviation of each channel, of the accumulator's type">:$inv_std,
    Arg<Norm_Shaped, "the gradient with respect to the scale: the sum of h * dy over each channel, of the accumulator's type">:$scale_grad,
    Arg<Norm_Shaped, "the gradient with respect to the bias: the sum of dy over each channel, of the accumulator's type">:$bias_grad,
    Arg<Norm_Shaped, "the gradient with respect to the output of batch norm, shaped and typed as x">:$dy,
    Arg<Optional<Norm_Shaped>, "the scale of each channel, of x's or the accumulator's type">:$gamma,
    Arg<Optional<Index>, "the number of elements of a channel on all devices">:$count,
    Arg<Variadic<Norm_MemRef>, "memref form: where dx is written">:$outs,
    Norm_ChannelLayoutAttr:$layout,
    OptionalAttr<Norm_StrategyAttr>:$strategy);
  let results = (outs
    Res<Variadic<Norm_Tensor>, "tensor form: dx, shaped and typed as x">:$outputs);

  let assemblyFormat = [{
    $x `,` $mean `,` $inv_std `,` $scale_grad `,` $bias_grad `,` $dy
    (`gamma` `(` $gamma^ `)`)? (`count` `(` $count^ `)`)? (`outs` `(` $outs^ `)`)?
    `layout` `(` custom<ChannelLayout>($layout) `)` attr-dict `:` functional-type(operands, results)
  }];

  let builders = [
    // Tensor form, with the inferred result type. The operands are ranked
    // tensors; `gamma` and `count` may be null.
    OpBuilder<(ins "mlir::Value":$x, "mlir::Value":$mean,
                   "mlir::Value":$invStd, "mlir::Value":$scaleGrad,
                   "mlir::Value":$biasGrad, "mlir::Value":$dy,
                   "mlir::Value":$gamma, "mlir::Value":$count,
                   "::norm::ChannelLayout":$layout)>,
  ];

  let extraClassDeclaration = Norm_channelAccessors # [{
    /// dx as result (tensor form) or outs (memref form).
    mlir::Value getDx() { return getOutput(0); }
    /// `R`: the operand `count`, or the product of the dims, made at `builder`.
    mlir::Value getOrCreateCount(mlir::OpBuilder &builder);
    llvm::SmallVector<mlir::Value> getInPlaceOperands() { return {getDy()}; }
  }];

  let hasCanonicalizer = 1;
}

#endif // NORM_IR_CHANNELBACKPROPOPS_TD
