//===- ChannelBlocks.h - The blocks of a sum over channels ------*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NORM_LIB_TRANSFORMS_CHANNELBLOCKS_H
#define NORM_LIB_TRANSFORMS_CHANNELBLOCKS_H

#include "AccArithmetic.h"

#include "norm/IR/NormOps.h"

#include "mlir/IR/PatternMatch.h"

namespace norm {

/// Cuts the elements of channels into fixed blocks and builds the loops over
/// them. In NCHW, x is `[N, C, L]` and a block is one channel of some images;
/// in NHWC, x is `[R, C]` and a block is some rows with all channels. So a
/// value of a block is a scalar (a 0-d tensor) or a vector with an element for
/// each channel, and is handled alike.
class ChannelBlocks : public AccArithmetic {
public:
  /// True if x of a channel op has one of these shapes.
  static bool isCollapsed(NormOpInterface op);

protected:
  ChannelBlocks(mlir::IRRewriter &rewriter, NormOpInterface op, mlir::Value x,
                ChannelLayout layout, mlir::FloatType acc);

  struct Block {
    /// The first image or row, and the number of them.
    mlir::OpFoldResult begin, size;
    /// In NCHW, the channel; else null.
    mlir::Value channel;
    /// The number of elements of each channel, an index.
    mlir::Value numElements;
    /// Where the values of the block go.
    llvm::SmallVector<mlir::Value> outs;
  };

  /// A parallel loop over all blocks. `fill` returns the values of one block,
  /// made in its `outs`. The result has, for each of `types`, the values of
  /// all blocks: `[blocks, C]`.
  llvm::SmallVector<mlir::Value> forEachBlock(
      llvm::ArrayRef<mlir::Type> types,
      llvm::function_ref<llvm::SmallVector<mlir::Value>(const Block &)> fill);
  /// A loop over the channels, whose values become tensors of `types`.
  llvm::SmallVector<mlir::Value> forEachChannel(
      mlir::TypeRange types,
      llvm::function_ref<llvm::SmallVector<mlir::Value>(mlir::Value)> values);
  /// The sum of `summand`, of f64, over the blocks.
  mlir::Value
  sumOverBlocks(llvm::function_ref<mlir::Value(mlir::Value)> summand);

  /// The elements of x or dy that a block has.
  mlir::Value sliceOf(mlir::Value tensor, const Block &block);
  /// The elements of a vector `[C]` for the channels of a block.
  mlir::Value channelsOf(mlir::Value vector, const Block &block);
  /// Sums over the elements of a block, from those of `slices` and values of
  /// the block. They are made in `outs`.
  llvm::SmallVector<mlir::Value>
  sumBlock(mlir::ValueRange slices, mlir::ValueRange values,
           mlir::ValueRange outs,
           llvm::function_ref<llvm::SmallVector<mlir::Value>(mlir::ValueRange)>
               summands);
  /// A value of the block, made in `out` of other ones, channel by channel.
  mlir::Value
  mapChannels(mlir::ValueRange values, mlir::Value out,
              llvm::function_ref<mlir::Value(mlir::ValueRange)> body);

  /// The number of elements that a block has of each channel, an index.
  mlir::Value elementsOf(mlir::Value block);
  /// The number of elements of each channel, an index.
  mlir::Value elementsPerChannel();
  mlir::Value extractAt(mlir::Value tensor, mlir::Value block,
                        mlir::Value channel);

  /// An index as a float.
  mlir::Value toFloat(mlir::Value index, mlir::Type type);
  mlir::Value atLeastOne(mlir::Value value);
  /// acc to f64 and back.
  mlir::Value widen(mlir::Value value);
  mlir::Value narrow(mlir::Value value);

  mlir::IRRewriter &b;

private:
  mlir::Value index(int64_t value);
  mlir::Value asIndex(mlir::OpFoldResult value);
  /// min(images or rows of a block, those from its begin on).
  mlir::Value sizeOf(mlir::Value begin);
  mlir::Value streamedBytes();

  NormOpInterface op;
  bool isNCHW;
  mlir::Value x;
  /// Of x.
  llvm::SmallVector<mlir::OpFoldResult> sizes;
  /// Images or rows of a block, and the number of blocks, indices.
  mlir::Value blockSize, numBlocks;
};

} // namespace norm

#endif // NORM_LIB_TRANSFORMS_CHANNELBLOCKS_H
