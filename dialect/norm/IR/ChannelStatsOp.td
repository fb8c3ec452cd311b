//===- ChannelStatsOp.td - Mean and deviation of channels --*- tablegen -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NORM_IR_CHANNELSTATSOP_TD
#define NORM_IR_CHANNELSTATSOP_TD

include "norm/IR/ChannelOpBase.td"

def Norm_ChannelStatsOp : Norm_Op<"channel_stats", [
    DeclareOpInterfaceMethods<DifferentiableOpInterface, ["keepsResults"]>]> {
  let summary = "Mean and reciprocal standard deviation of channels";
  let description = [{
    The statistics of each channel of `x` over the batch and all spatial dims,
    as batch normalization needs them.

    The channel is dim 1 with `layout(NCHW)` and the last dim with
    `layout(NHWC)`, whatever the rank; all other dims make the `R` elements of
    each of the `C` channels. `acc` is f64 for `x` of f64 and f32 for all others.
    For each channel `c`, in `acc`:

    1. `mean[c] = sum x / R`
    2. `var = sum (x - mean[c])^2 / R`
    3. `inv_std[c] = 1 / sqrt(var + epsilon)`

    The variance is the biased one. With `epsilon` 0 the standard deviation is
    `1 / inv_std`.

    **Accuracy.** A mean that is large beside the deviation costs no accuracy of
    the variance: deviations are summed, not squares of `x`, be it in a second
    pass or by merging the statistics of blocks. The mean of equal values is that
    value, and their variance 0.

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

    **Special values.** `R = 0` gives `mean = 0` and `inv_std = NaN`. A channel of
    equal values with `epsilon` 0 has `inv_std = inf`. A channel that holds a NaN
    or infinities of both signs has `mean = NaN`, one that holds other infinities
    has that infinity as its mean; `inv_std` is NaN in both cases. A sum of squared
    deviations that `acc` cannot hold gives `inv_std = 0`; it is not specified
    whether the mean is infinite where only the sum of the values overflows.
    Other channels are not touched.

    No output may overlap an input.

    **Constraints**
    - ChannelStats-C1: `x` has rank >= 2.
    - ChannelStats-C2: `epsilon` is finite and >= 0, in f64 and rounded to `acc`.
    - ChannelStats-C3: tensors with 1 or 2 results and no `outs`, or memrefs with
      1 or 2 `outs` and no result.
    - ChannelStats-C4: `mean` has shape `[C]` and type `acc`.
    - ChannelStats-C5: `inv_std` has shape `[C]` and type `acc`.
    - ChannelStats-C6: the static sizes of `x` times the bytes of an element fit
      in a signed 64-bit integer.

    Example:
    ```mlir
    func.func @channel_stats(%x: tensor<?x16x?x?xf16>)
        -> (tensor<16xf32>, tensor<16xf32>) {
      %mean, %inv_std = norm.channel_stats %x epsilon(1.0e-5) layout(NCHW)
        : (tensor<?x16x?x?xf16>) -> (tensor<16xf32>, tensor<16xf32>)
      return %mean, %inv_std : tensor<16xf32>, tensor<16xf32>
    }
    ```
  }];

  let arguments = (ins
    Arg<Norm_Shaped, "the values, of rank >= 2: batch, channel and any spatial dims">:$x,
    Arg<Variadic<Norm_MemRef>, "memref form: where mean, and optionally inv_std, are written">:$outs,
    F64Attr:$epsilon,
    Norm_ChannelLayoutAttr:$layout,
    OptionalAttr<Norm_StrategyAttr>:$strategy);
  let results = (outs
    Res<Variadic<Norm_Tensor>, "tensor form: mean, and optionally inv_std, the reciprocal standard deviation, one value for each channel">:$outputs);

  let assemblyFormat = [{
    $x (`outs` `(` $outs^ `)`)? `epsilon` `(` $epsilon `)`
    `layout` `(` custom<ChannelLayout>($layout) `)` attr-dict `:` functional-type(operands, results)
  }];

  let builders = [
    // Tensor form, with inferred result types: mean, and inv_std if
    // `withInvStd`. `x` is a ranked tensor.
    OpBuilder<(ins "mlir::Value":$x, "double":$epsilon,
                   "::norm::ChannelLayout":$layout, CArg<"bool", "true">:$withInvStd)>,
  ];

  let extraClassDeclaration = Norm_channelAccessors # [{
    /// mean and inv_std as results (tensor form) or outs (memref form); null if
    /// absent.
    mlir::Value getMean() { return getOutput(0); }
    mlir::Value getInvStd() { return getOutput(1); }
  }];

  let hasCanonicalizer = 1;
}

#endif // NORM_IR_CHANNELSTATSOP_TD
