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
  /// blocks: `[blocks, C]`. `needsCounts` is said if the merge takes the
  /// numbers of elements, too.
  llvm::SmallVector<mlir::Value> forEachBlock(
      unsigned numValues, bool needsCounts,
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

  /// Some channels of which the blocks are merged; on a GPU one, of which the
  /// vectors below are scalars and the matrices vectors.
  struct ChannelTile {
    /// The values of the blocks: `[blocks, channels]`.
    llvm::SmallVector<mlir::Value> partial;
    /// On a GPU the number of elements that each block has: `[blocks]`, of acc.
    mlir::Value counts;
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
  /// What `body` makes of the values of the first block, a matrix of the tile,
  /// in f64; 0 if there is no block.
  mlir::Value firstOfBlocks(const ChannelTile &tile, mlir::Value matrix,
                            llvm::function_ref<mlir::Value(mlir::Value)> body);
  /// The sum over the blocks, in f64, of what `summand` makes of matrices
  /// `[blocks, channels]`, with `needsCounts` the number of elements of the
  /// block and its reciprocal, and vectors `[channels]`.
  mlir::Value
  sumOverBlocks(const ChannelTile &tile, mlir::ValueRange matrices,
                bool needsCounts, mlir::ValueRange ofChannels,
                llvm::function_ref<mlir::Value(mlir::ValueRange)> summand);
  /// Result `index` of a tile, computed from values in f64.
  mlir::Value
  narrowChannels(const ChannelTile &tile, unsigned index,
                 mlir::ValueRange values,
                 llvm::function_ref<mlir::Value(mlir::ValueRange)> body);

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
  /// A parallel loop over the first `count` blocks, which fills `outs`: the
  /// first `numVectors` of them for each channel, the others for a block.
  llvm::SmallVector<mlir::Value> createBlockLoop(
      mlir::Value count, mlir::ValueRange outs, size_t numVectors,
      mlir::Value bytes,
      llvm::function_ref<llvm::SmallVector<mlir::Value>(const Block &)> fill);
  /// From now on a block of images of one pixel has several channels.
  void useChannelTiles();
  mlir::Value streamedBytes();
  /// forEachChannelTile by threads of a GPU.
  llvm::SmallVector<mlir::Value> forEachChannel(
      mlir::TypeRange types, mlir::ValueRange partial,
      llvm::function_ref<llvm::SmallVector<mlir::Value>(const ChannelTile &)>
          merge);
  /// Sets the numbers of elements of all blocks, and their reciprocals.
  void countElements();
  /// 1 / max(count, 1), in f64.
  mlir::Value reciprocalOf(mlir::Value count);
  llvm::SmallVector<mlir::Value> castTo(mlir::TypeRange types,
                                        mlir::ValueRange values);
  /// A vector in memory of its own for the rows that lie beside each other.
  mlir::Value makeTemporary(mlir::OpFoldResult size, mlir::Type type);
  /// A 0-d tensor.
  mlir::Value makeScalar(mlir::Type type);
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
  /// How a GPU runs the blocks; null for a CPU.
  GPUStrategyAttr gpu;
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
  /// The number of elements that each block has of a channel: on a CPU
  /// `[blocks]` of f64, with its reciprocal, on a GPU of acc, `[blocks, 1]` if
  /// a block has all channels, else `[blocks, C]`. Null if it is not needed.
  mlir::Value counts, reciprocals;
};

} // namespace norm

#endif // NORM_LIB_TRANSFORMS_CHANNELBLOCKS_H
