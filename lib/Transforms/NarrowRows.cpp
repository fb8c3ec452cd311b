//===- NarrowRows.cpp - A region of narrow rows in wide ones --------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ColumnLoop.h"
#include "GPUStrategy.h"
#include "RegionTiler.h"

#include "norm/Conversion/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace norm;
using utils::IteratorType;

/// Rows of at least this many elements, with a value of each parameter for
/// every element, run one by one.
static constexpr int64_t longRow = 256;
/// The same for rows with one value of each parameter, which need no copy of
/// it.
static constexpr int64_t longChannel = 32;
/// Elements of a wide row, about: the values of some parameters for it fit in
/// the first cache.
static constexpr int64_t wideRow = 1024;
/// At most this many, for whole cache lines.
static constexpr int64_t widestRow = 4096;

/// The dim that all parameters of a region of elementwise ops have, if it is
/// one of the last two; else none. A parameter is a vector that is broadcast.
static std::optional<int64_t> parameterDimOf(const FusionRegion &region) {
  std::optional<int64_t> dim;
  for (Operation *op : region.ops) {
    if (!isa<linalg::GenericOp, ReciprocalOp, ReciprocalGradOp,
             ChannelBackpropOp>(op))
      return std::nullopt;
    for (OpOperand &operand : op->getOpOperands()) {
      AffineMap map = getReadMap(operand);
      if (!map || map.isIdentity() || map.getNumResults() == 0)
        continue;
      int64_t own = cast<AffineDimExpr>(map.getResult(0)).getPosition();
      if (map.getNumResults() != 1 || own + 1 < region.rowRank || own == 0 ||
          (dim && *dim != own))
        return std::nullopt;
      dim = own;
    }
  }
  return dim;
}

namespace {

/// Loops over views of the tensors in which the rows are long.
///
/// Where a row has all values of the parameters, `[.., C]`, the view is flat: a
/// wide row is some whole rows, or what is left of the last ones, and each
/// parameter is repeated for them. Where a row has one of the values,
/// `[.., C, L]`, a wide row is `[C * L]`, and each value of a parameter is
/// repeated L times; if only the call knows L, one of two loops runs.
class NarrowRowsTiler : RegionTiler {
public:
  NarrowRowsTiler(IRRewriter &rewriter, const FusionRegion &region,
                  int64_t parameterDim)
      : RegionTiler(rewriter, region), b(rewriter),
        isFlat(parameterDim == region.rowRank) {}

  LogicalResult tile() {
    b.setInsertionPoint(region.root);
    if (failed(computeShapes()))
      return failure();
    SmallVector<Value> outs;
    if (isEmpty()) {
      for (OpResult result : results)
        outs.push_back(
            tensor::EmptyOp::create(b, loc, shapes[result], elementOf(result)));
      replace(outs);
      return success();
    }
    bytes = streamedBytes();
    for (Operation *op : region.ops)
      if (auto backprop = dyn_cast<ChannelBackpropOp>(op))
        lowered[op] = createLinalgOp(b, backprop);
    collectInputs();
    computeView();
    for (OpResult result : results)
      outs.push_back(
          tensor::EmptyOp::create(b, loc, viewSizes, elementOf(result)));
    outs = isFlat ? tileFlat(outs) : tileChannels(outs);
    for (auto [result, out] : llvm::zip_equal(results, outs))
      out = tensor::ExpandShapeOp::create(b, loc, result.getType(), out, groups,
                                          shapes[result]);
    // They use values of the region.
    for (auto &[op, generic] : lowered)
      b.eraseOp(generic);
    replace(outs);
    return success();
  }

private:
  static Type elementOf(Value value) {
    return getElementTypeOrSelf(value.getType());
  }
  /// The op that is cloned for a tile.
  Operation *templateOf(Operation *op) {
    auto generic = lowered.find(op);
    return generic == lowered.end() ? op : generic->second.getOperation();
  }

  /// Finds what the region reads: tensors of all elements, and parameters.
  void collectInputs() {
    for (Operation *op : region.ops)
      for (OpOperand &operand : templateOf(op)->getOpOperands()) {
        AffineMap map = getReadMap(operand);
        if (!map || map.getNumResults() == 0 ||
            members.contains(operand.get().getDefiningOp()))
          continue;
        (map.isIdentity() ? tensors : parameters).insert(operand.get());
      }
  }

  void computeView() {
    int64_t rank = region.rowRank + 1;
    int64_t kept = isFlat ? 0 : rank - 2;
    for (int64_t dim = 0; dim < kept; ++dim)
      groups.push_back({dim});
    groups.push_back(llvm::to_vector<2>(llvm::seq(kept, rank)));
    viewSizes.assign(domain().begin(), domain().begin() + kept);
    Value width = index(1);
    for (OpFoldResult size : domain().drop_front(kept))
      width = multiply(width, asValue(size));
    viewSizes.push_back(asSize(width));
    for (Value tensor : tensors)
      views[tensor] = tensor::CollapseShapeOp::create(b, loc, tensor, groups);
  }

  /// `[.., C]`: one loop over the wide rows of the flat view.
  SmallVector<Value> tileFlat(ValueRange outs) {
    Value columns = asValue(domain().back()), width = asValue(viewSizes[0]);
    Value times = repetitions(columns);
    Value chunk = multiply(times, columns);
    SmallVector<Value> repeated = repeatParameters(
        times, columns, [](Value parameter, Value) { return parameter; });
    Value chunks = b.createOrFold<arith::CeilDivUIOp>(loc, width,
                                                      atLeast(chunk, index(1)));
    return createLoop({asSize(chunks)}, outs, [&](ValueRange ivs) {
      Value offset = multiply(ivs[0], chunk);
      Value rest = b.createOrFold<arith::SubIOp>(loc, width, offset);
      OpFoldResult size =
          asSize(b.createOrFold<arith::MinUIOp>(loc, chunk, rest));
      SmallVector<Value> values;
      for (Value value : repeated)
        values.push_back(
            slice(value, b.getIndexAttr(0), size, /*dropDim=*/false));
      return Tile{{offset}, {size}, values};
    });
  }

  /// `[.., C, L]`: a loop over rows `[C * L]` if L is small, and one over rows
  /// `[L]` if it is not, of which one has no iteration.
  SmallVector<Value> tileChannels(SmallVector<Value> outs) {
    SmallVector<OpFoldResult> rows(domain().drop_back(2));
    OpFoldResult channels = domain()[rows.size()], length = domain().back();
    Value wideChannels = asValue(channels);
    SmallVector<OpFoldResult> wideRows(rows);
    bool isKnown = isa<Attribute>(length);
    if (!isKnown) {
      Value isLong = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::uge,
                                           asValue(length), index(longChannel));
      auto zeroIf = [&](bool condition, OpFoldResult size) -> Value {
        Value whenTrue = condition ? index(0) : asValue(size);
        Value whenFalse = condition ? asValue(size) : index(0);
        return arith::SelectOp::create(b, loc, isLong, whenTrue, whenFalse);
      };
      wideChannels = zeroIf(true, channels);
      wideRows[0] = zeroIf(true, rows[0]);
      rows[0] = zeroIf(false, rows[0]);
    }
    SmallVector<Value> repeated = repeatParameters(
        wideChannels, asValue(length), [&](Value parameter, Value channel) {
          return slice(parameter, channel, b.getIndexAttr(1),
                       /*dropDim=*/true);
        });
    outs = createLoop(wideRows, outs, [&](ValueRange ivs) {
      SmallVector<OpFoldResult> offsets(ivs.begin(), ivs.end());
      offsets.push_back(b.getIndexAttr(0));
      return Tile{offsets, {viewSizes.back()}, repeated};
    });
    if (isKnown)
      return outs;
    rows.push_back(channels);
    return createLoop(rows, outs, [&](ValueRange ivs) {
      SmallVector<OpFoldResult> offsets(ivs.begin(), ivs.end());
      offsets.back() = multiply(ivs.back(), asValue(length));
      SmallVector<Value> values;
      for (Value parameter : parameters)
        values.push_back(slice(parameter, ivs.back(), b.getIndexAttr(1),
                               /*dropDim=*/true));
      return Tile{offsets, {length}, values};
    });
  }

  /// Rows of `columns` elements in a wide row: whole cache lines, if that is
  /// not too wide, and not more than pays off for the number of rows.
  Value repetitions(Value columns) {
    int64_t bits = 64;
    for (OpResult result : results)
      bits = std::min<int64_t>(bits, elementOf(result).getIntOrFloatBitWidth());
    columns = atLeast(columns, index(1));
    Value negative = b.createOrFold<arith::SubIOp>(loc, index(0), columns);
    Value powerOfTwo = b.createOrFold<arith::AndIOp>(loc, columns, negative);
    Value whole =
        atLeast(divide(index(lineBytes * 8 / bits), powerOfTwo), index(1));
    Value aligned = multiply(whole, columns);
    Value many =
        multiply(whole, atLeast(divide(index(wideRow), aligned), index(1)));
    Value fits = b.createOrFold<arith::CmpIOp>(loc, arith::CmpIPredicate::ule,
                                               aligned, index(widestRow));
    many = b.createOrFold<arith::SelectOp>(loc, fits, many, index(1));
    constexpr int64_t minUses = 8;
    Value rows =
        divide(asValue(viewSizes[0]), multiply(columns, index(minUses)));
    return atLeast(b.createOrFold<arith::MinUIOp>(loc, many, rows), index(1));
  }

  /// A vector of `times` parts of `size` elements for each parameter. What
  /// `sourceOf` gives for a part is copied, or broadcast if it has no dim.
  SmallVector<Value>
  repeatParameters(Value times, Value size,
                   llvm::function_ref<Value(Value, Value)> sourceOf) {
    SmallVector<OpFoldResult> whole{asSize(multiply(times, size))};
    SmallVector<Value> inits;
    for (Value parameter : parameters)
      inits.push_back(
          tensor::EmptyOp::create(b, loc, whole, elementOf(parameter)));
    auto loop = scf::ForOp::create(b, loc, index(0), times, index(1), inits);
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(loop.getBody());
    Value part = loop.getInductionVar();
    OpFoldResult offset = asSize(multiply(part, size)), length = asSize(size);
    SmallVector<Value> sources, outs, inserted;
    SmallVector<AffineMap> maps;
    AffineMap identity = b.getMultiDimIdentityMap(1);
    for (Value parameter : parameters) {
      sources.push_back(sourceOf(parameter, part));
      bool isScalar =
          cast<RankedTensorType>(sources.back().getType()).getRank() == 0;
      maps.push_back(isScalar ? AffineMap::get(1, 0, b.getContext())
                              : identity);
    }
    for (Value out : loop.getRegionIterArgs())
      outs.push_back(slice(out, offset, length, /*dropDim=*/false));
    maps.append(outs.size(), identity);
    auto copies = linalg::GenericOp::create(
        b, loc, ValueRange(outs).getTypes(), sources, outs, maps,
        ArrayRef{IteratorType::parallel},
        [&](OpBuilder &builder, Location, ValueRange args) {
          linalg::YieldOp::create(builder, loc,
                                  args.take_front(sources.size()));
        });
    OpFoldResult one = b.getIndexAttr(1);
    for (auto [copy, out] :
         llvm::zip_equal(copies.getResults(), loop.getRegionIterArgs()))
      inserted.push_back(
          tensor::InsertSliceOp::create(b, loc, copy, out, ArrayRef(offset),
                                        ArrayRef(length), ArrayRef(one)));
    scf::YieldOp::create(b, loc, inserted);
    return llvm::to_vector_of<Value>(loop.getResults());
  }

  /// A part of a row of the view.
  struct Tile {
    SmallVector<OpFoldResult> offsets;
    /// Of the last dim; of the others it has one index.
    SmallVector<OpFoldResult> sizes;
    /// The parameters: vectors of that size, or scalars.
    SmallVector<Value> parameters;
  };

  /// A parallel loop that makes one tile of every result in each iteration.
  SmallVector<Value> createLoop(ArrayRef<OpFoldResult> bounds, ValueRange outs,
                                llvm::function_ref<Tile(ValueRange)> tileAt) {
    scf::ForallOp loop = createRowLoop(b, loc, bounds, outs, strategy);
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(loop.getBody());
    createSchedule(bytes);
    Tile tile = tileAt(loop.getInductionVars());
    SmallVector<OpFoldResult> strides(viewSizes.size(), b.getIndexAttr(1));
    SmallVector<OpFoldResult> sizes(strides);
    sizes.back() = tile.sizes.back();
    IRMapping map;
    for (Value tensor : tensors)
      map.map(tensor, tensor::ExtractSliceOp::create(
                          b, loc, views[tensor], tile.offsets, sizes, strides)
                          .getResult());
    for (auto [parameter, value] : llvm::zip_equal(parameters, tile.parameters))
      map.map(parameter, value);
    for (Operation *op : region.ops)
      cloneForTile(op, sizes, map);
    b.setInsertionPointToStart(loop.getTerminator().getBody());
    for (auto [result, dest] :
         llvm::zip_equal(results, loop.getRegionIterArgs()))
      tensor::ParallelInsertSliceOp::create(b, loc, map.lookup(result), dest,
                                            tile.offsets, sizes, strides);
    return llvm::to_vector_of<Value>(loop.getResults());
  }

  /// Makes an op on the tiles that `map` has for its operands.
  void cloneForTile(Operation *op, ArrayRef<OpFoldResult> sizes,
                    IRMapping &map) {
    Operation *source = templateOf(op);
    auto generic = dyn_cast<linalg::GenericOp>(source);
    SmallVector<Value> operands;
    SmallVector<Type> types;
    SmallVector<AffineMap> maps;
    AffineMap identity = b.getMultiDimIdentityMap(sizes.size());
    for (OpOperand &operand : source->getOpOperands()) {
      if (generic && generic.isDpsInit(&operand)) {
        operands.push_back(
            tensor::EmptyOp::create(b, loc, sizes, elementOf(operand.get())));
        types.push_back(operands.back().getType());
      } else {
        operands.push_back(map.lookupOrDefault(operand.get()));
      }
      auto type = dyn_cast<RankedTensorType>(operands.back().getType());
      bool isScalar = !type || type.getRank() == 0;
      maps.push_back(isScalar ? AffineMap::get(sizes.size(), 0, b.getContext())
                              : identity.getMinorSubMap(type.getRank()));
    }
    if (!generic)
      types.push_back(operands[0].getType());
    Operation *clone = mlir::clone(b, source, types, operands);
    if (auto normOp = dyn_cast<NormOpInterface>(clone))
      normOp.setStrategyAttr({});
    if (auto tiled = dyn_cast<linalg::GenericOp>(clone)) {
      tiled.setIndexingMapsAttr(b.getAffineMapArrayAttr(maps));
      tiled.setIteratorTypesAttr(b.getArrayAttr(SmallVector<Attribute>(
          sizes.size(), linalg::IteratorTypeAttr::get(
                            b.getContext(), IteratorType::parallel))));
    }
    map.map(op->getResults(), clone->getResults());
  }

  /// Part of a vector; its element, if it has one and the dim is dropped.
  Value slice(Value vector, OpFoldResult offset, OpFoldResult size,
              bool dropDim) {
    SmallVector<int64_t> shape;
    if (!dropDim)
      shape.push_back(getConstantIntValue(size).value_or(ShapedType::kDynamic));
    OpFoldResult one = b.getIndexAttr(1);
    return tensor::ExtractSliceOp::create(
        b, loc, RankedTensorType::get(shape, elementOf(vector)), vector,
        ArrayRef(offset), ArrayRef(size), ArrayRef(one));
  }

  Value index(int64_t value) {
    return arith::ConstantIndexOp::create(b, loc, value);
  }
  Value asValue(OpFoldResult size) {
    return getValueOrCreateConstantIndexOp(b, loc, size);
  }
  static OpFoldResult asSize(Value value) { return getAsOpFoldResult(value); }
  Value multiply(Value lhs, Value rhs) {
    return b.createOrFold<arith::MulIOp>(loc, lhs, rhs);
  }
  Value divide(Value lhs, Value rhs) {
    return b.createOrFold<arith::DivUIOp>(loc, lhs, rhs);
  }
  Value atLeast(Value value, Value least) {
    return b.createOrFold<arith::MaxUIOp>(loc, value, least);
  }

  IRRewriter &b;
  /// Whether a row has all values of the parameters.
  bool isFlat;
  Value bytes;
  /// The linalg forms of members.
  llvm::MapVector<Operation *, linalg::GenericOp> lowered;
  llvm::SmallSetVector<Value, 4> tensors, parameters;
  /// The dims that become one, the sizes of the view, and the views.
  SmallVector<ReassociationIndices> groups;
  SmallVector<OpFoldResult> viewSizes;
  DenseMap<Value, Value> views;
};

} // namespace

bool norm::hasNarrowRows(const FusionRegion &region) {
  std::optional<int64_t> dim = parameterDimOf(region);
  StrategyAttr strategy = getStrategyOf(region.root);
  if (!dim || (strategy && strategy.getGpu()))
    return false;
  auto type = cast<RankedTensorType>(region.root->getResult(0).getType());
  int64_t length = type.getShape().back();
  return ShapedType::isDynamic(length) ||
         length < (*dim == region.rowRank ? longRow : longChannel);
}

LogicalResult norm::tileNarrowRows(IRRewriter &rewriter,
                                   const FusionRegion &region) {
  return NarrowRowsTiler(rewriter, region, *parameterDimOf(region)).tile();
}
