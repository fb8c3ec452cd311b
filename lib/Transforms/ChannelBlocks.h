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
/// them. In NCHW, x is `[N, C, L]` and a block is one channel of some images,
/// or a piece of one image; in NHWC, x is `[R, C]` and a block is some rows
/// with all channels. So a value of a block is a scalar (a 0-d tensor) or a
/// vector with an element for each channel, and is handled alike.
///
/// Rows of few channels are summed several at a time: with `g` rows beside each
/// other as one wide row, row `i` of a block goes to group `i mod g`, and the
/// sums of the groups are added at the end of the block.
class ChannelBlocks : public AccArithmetic {
public:
  /// True if x of a channel op has one of these shapes.
  static bool isCollapsed(NormOpInterface op);

protected:
  /// What an element adds to each sum, of the values for it.
  using Summands =
      llvm::function_ref<llvm::SmallVector<mlir::Value>(mlir::ValueRange)>;

  ChannelBlocks(mlir::IRRewriter &rewriter, NormOpInterface op, mlir::Value x,
                ChannelLayout layout, mlir::FloatType acc);

  struct Block {
    /// The first image or row, and the number of them.
    mlir::Value begin, size;
    /// The first channel, and the number of them.
    mlir::OpFoldResult channel, numChannels;
    /// In NCHW, the first element of an image and the number of them.
    mlir::OpFoldResult piece, pieceSize;
    /// The number of elements of each channel, an index.
    mlir::Value numElements;
    /// Where the values of the block go.
    llvm::SmallVector<mlir::Value> outs;
  };

  /// A parallel loop over all blocks. `fill` returns the values of one block,
  /// of acc, made in its `numValues` outs. The results have the values of all
  /// blocks: `[blocks, C]`.
  llvm::SmallVector<mlir::Value> forEachBlock(
      unsigned numValues,
      llvm::function_ref<llvm::SmallVector<mlir::Value>(const Block &)> fill);

  /// x or dy in the shapes that blocks are taken from; made before the loop.
  struct View {
    /// As it is; null if rows always lie beside each other.
    mlir::Value matrix;
    /// `[N, C * L]`, whose rows have one pixel if L is 1; null if it never is.
    mlir::Value pixels;
    /// All elements as a vector; null if rows never lie beside each other.
    mlir::Value flat;
  };
  View viewOf(mlir::Value tensor);
  /// The elements of a view that a block has.
  struct Elements {
    /// As the matrix of the view.
    mlir::Value matrix;
    /// Of the vector of the view: wide rows, and the rows that fill none.
    mlir::Value wide, rest;
    /// The first row, in NHWC.
    mlir::Value firstRow;
  };
  Elements elementsOf(const View &view, const Block &block);
  /// What `body` makes of the first element of each channel, of acc: a scalar
  /// in NCHW, else made in `out`.
  mlir::Value firstOf(const Elements &elements, mlir::Value out,
                      llvm::function_ref<mlir::Value(mlir::Value)> body);
  /// The elements of a vector `[C]` for the channels of a block.
  mlir::Value channelsOf(mlir::Value vector, const Block &block);
  /// Sums over the elements of a block, from its elements and values. They are
  /// made in `outs`.
  llvm::SmallVector<mlir::Value> sumBlock(llvm::ArrayRef<Elements> elements,
                                          mlir::ValueRange values,
                                          mlir::ValueRange outs,
                                          Summands summands);
  /// A value of a block or a tile, computed in place from other values and, as
  /// the last argument, itself.
  mlir::Value
  updateChannels(mlir::Value value, mlir::ValueRange others,
                 llvm::function_ref<mlir::Value(mlir::ValueRange)> body);

  /// Some channels of which the blocks are merged.
  struct ChannelTile {
    /// The values of the blocks: `[blocks, channels]`.
    llvm::SmallVector<mlir::Value> partial;
    /// Of the channels.
    mlir::OpFoldResult size;
    /// The places of the results in acc.
    llvm::SmallVector<mlir::Value> outs;
  };
  /// A parallel loop over tiles of the channels, whose values, vectors of acc,
  /// become tensors of `types`. `partial` are results of forEachBlock.
  llvm::SmallVector<mlir::Value> forEachChannelTile(
      mlir::TypeRange types, mlir::ValueRange partial,
      llvm::function_ref<llvm::SmallVector<mlir::Value>(const ChannelTile &)>
          merge);
  /// The rows of a matrix `[blocks, channels]` that the first block has: one,
  /// or none if there is no block.
  mlir::Value firstBlockOf(const ChannelTile &tile, mlir::Value matrix);
  /// The sum over the blocks, in f64, of what `summand` makes of matrices
  /// `[blocks, channels]`, vectors `[blocks]` and vectors `[channels]`. On
  /// a GPU `out` is its place; null for a temporary.
  mlir::Value
  sumOverBlocks(const ChannelTile &tile, mlir::ValueRange matrices,
                mlir::ValueRange ofBlocks, mlir::ValueRange ofChannels,
                llvm::function_ref<mlir::Value(mlir::ValueRange)> summand,
                mlir::Value out = {});
  /// Values of a tile, computed from those in f64, in acc.
  mlir::Value
  narrowChannels(const ChannelTile &tile, mlir::ValueRange values,
                 llvm::function_ref<mlir::Value(mlir::ValueRange)> body);

  /// The number of elements that each block has of a channel, and its
  /// reciprocal: vectors `[blocks]` of f64.
  std::pair<mlir::Value, mlir::Value> countsOfBlocks();
  /// The number of elements of each channel, an index.
  mlir::Value elementsPerChannel();

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
  mlir::Value multiplyIndex(mlir::Value a, mlir::Value b);
  mlir::Value divideIndex(mlir::Value a, mlir::Value b);
  /// min(limit, size - begin).
  mlir::Value sizeFrom(mlir::Value begin, mlir::Value limit,
                       mlir::OpFoldResult size);
  /// Fills in the elements of block `number`.
  Block blockAt(mlir::Value number);
  /// A parallel loop over the first `count` blocks, which fills `outs`.
  llvm::SmallVector<mlir::Value> createBlockLoop(
      mlir::Value count, mlir::ValueRange outs, mlir::Value bytes,
      llvm::function_ref<llvm::SmallVector<mlir::Value>(const Block &)> fill);
  /// From now on a block of images of one pixel has several channels.
  void useChannelTiles();
  mlir::Value streamedBytes();
  /// Channels that are merged at a time, if they are many: the lanes of a sum
  /// in f64, or what a block of a GPU has.
  int64_t mergedAtOnce();
  /// countsOfBlocks by a thread for each block; `countsOf` are those of one.
  std::pair<mlir::Value, mlir::Value> countsByThreads(
      mlir::Value empty,
      llvm::function_ref<llvm::SmallVector<mlir::Value>(mlir::Value)> countsOf);
  /// A vector in memory of its own for the rows that lie beside each other.
  mlir::Value makeTemporary(mlir::OpFoldResult size, mlir::Type type);
  mlir::Value makeZeros(mlir::Value out);
  /// A value of the block for each of the rows that lie beside each other.
  mlir::Value repeatForGroup(mlir::Value value);
  /// Adds the rows of matrices, or all of their elements in NCHW, to `inits`.
  llvm::SmallVector<mlir::Value> addRows(mlir::ValueRange matrices,
                                         mlir::ValueRange values,
                                         mlir::ValueRange inits,
                                         Summands summands);
  llvm::SmallVector<mlir::Value> sumGroups(llvm::ArrayRef<Elements> elements,
                                           mlir::ValueRange values,
                                           mlir::ValueRange outs,
                                           Summands summands);
  mlir::Value slice(mlir::Value tensor,
                    llvm::ArrayRef<mlir::OpFoldResult> offsets,
                    llvm::ArrayRef<mlir::OpFoldResult> sizes,
                    llvm::ArrayRef<unsigned> dims);

  NormOpInterface op;
  /// Whether a block has a single channel.
  bool isNCHW;
  /// Whether a GPU runs the blocks.
  bool isGPU = false;
  /// Elements of x that a block has, about.
  int64_t blockElements;
  /// `[N, C, L]` or `[R, C]`.
  llvm::SmallVector<mlir::OpFoldResult> sizes;
  /// Rows beside each other, or null for one, and the width of all of them.
  mlir::OpFoldResult group, groupWidth;
  /// Channels of a block in a loop over tiles of them; 0 for all of them.
  int64_t channelTile = 0;
  /// Whether images have one pixel, if only the call knows; else null.
  mlir::Value isPixel;
  /// Images or rows of a block; blocks of an image; the number of blocks, none
  /// of them empty.
  mlir::Value blockSize, numPieces, numBlocks;
};

} // namespace norm

#endif // NORM_LIB_TRANSFORMS_CHANNELBLOCKS_H
