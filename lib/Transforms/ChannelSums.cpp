//===- ChannelSums.cpp - Sums over the elements of a block, and over blocks ==//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ChannelBlocks.h"
#include "RowOps.h"

#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace norm;
using utils::IteratorType;

SmallVector<Value> ChannelBlocks::sumBlock(ArrayRef<Elements> elements,
                                           ValueRange values, ValueRange outs,
                                           Summands summands) {
  auto sumMatrix = [&] {
    SmallVector<Value> matrices, inits;
    for (const Elements &each : elements)
      matrices.push_back(each.matrix);
    for (Value out : outs)
      inits.push_back(makeZeros(out));
    return addRows(matrices, values, inits, summands);
  };
  if (!group)
    return sumMatrix();
  if (isa<Attribute>(group))
    return sumGroups(elements, values, outs, summands);
  Value several = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::ugt,
                                        asIndex(group), index(1));
  auto branch = scf::IfOp::create(
      b, loc, several,
      [&](OpBuilder &, Location) {
        scf::YieldOp::create(b, loc,
                             sumGroups(elements, values, outs, summands));
      },
      [&](OpBuilder &, Location) {
        scf::YieldOp::create(b, loc, sumMatrix());
      });
  return llvm::to_vector_of<Value>(branch.getResults());
}

SmallVector<Value> ChannelBlocks::addRows(ValueRange matrices,
                                          ValueRange values, ValueRange inits,
                                          Summands summands) {
  AffineMap matrix = b.getMultiDimIdentityMap(2);
  AffineMap channels = isNCHW ? AffineMap::get(2, 0, b.getContext())
                              : AffineMap::get(2, 0, b.getAffineDimExpr(1));
  IteratorType inner =
      isNCHW ? IteratorType::reduction : IteratorType::parallel;
  SmallVector<Value> inputs(matrices);
  llvm::append_range(inputs, values);
  SmallVector<AffineMap> maps(matrices.size(), matrix);
  maps.append(values.size() + inits.size(), channels);
  auto sums = linalg::GenericOp::create(
      b, loc, inits.getTypes(), inputs, inits, maps,
      ArrayRef{IteratorType::reduction, inner},
      [&](OpBuilder &, Location, ValueRange args) {
        SmallVector<Value> added = summands(args.drop_back(inits.size()));
        for (auto [value, sum] :
             llvm::zip_equal(added, args.take_back(inits.size())))
          value = add(sum, value);
        linalg::YieldOp::create(b, loc, added);
      });
  return llvm::to_vector_of<Value>(sums.getResults());
}

SmallVector<Value> ChannelBlocks::sumGroups(ArrayRef<Elements> elements,
                                            ValueRange values, ValueRange outs,
                                            Summands summands) {
  SmallVector<Value> wide, rest, repeated, inits;
  for (const Elements &each : elements) {
    wide.push_back(each.wide);
    rest.push_back(each.rest);
  }
  for (Value value : values)
    repeated.push_back(repeatForGroup(value));
  for (size_t i = 0; i < outs.size(); ++i)
    inits.push_back(makeZeros(makeTemporary(groupWidth, acc)));
  SmallVector<Value> sums = addRows(wide, repeated, inits, summands);

  // The rows that fill no wide row.
  OpFoldResult zero = b.getIndexAttr(0), one = b.getIndexAttr(1);
  OpFoldResult size = tensor::getMixedSizes(b, loc, rest[0])[0];
  SmallVector<Value> inputs(rest), starts;
  for (Value value : repeated)
    inputs.push_back(slice(value, {zero}, {size}, {0}));
  for (Value sum : sums)
    starts.push_back(slice(sum, {zero}, {size}, {0}));
  SmallVector<AffineMap> maps(inputs.size() + starts.size(),
                              b.getMultiDimIdentityMap(1));
  auto added = linalg::GenericOp::create(
      b, loc, ValueRange(starts).getTypes(), inputs, starts, maps,
      ArrayRef{IteratorType::parallel},
      [&](OpBuilder &, Location, ValueRange args) {
        SmallVector<Value> updated = summands(args.drop_back(starts.size()));
        for (auto [value, sum] :
             llvm::zip_equal(updated, args.take_back(starts.size())))
          value = add(sum, value);
        linalg::YieldOp::create(b, loc, updated);
      });

  SmallVector<Value> results;
  for (auto [sum, start, out] :
       llvm::zip_equal(sums, added.getResults(), outs)) {
    Value whole = tensor::InsertSliceOp::create(
        b, loc, start, sum, ArrayRef(zero), ArrayRef(size), ArrayRef(one));
    auto staticSize = [](OpFoldResult value) {
      return isa<Attribute>(value) ? *getConstantIntValue(value)
                                   : ShapedType::kDynamic;
    };
    OpFoldResult shape[] = {group, sizes[1]};
    Value rows = tensor::ExpandShapeOp::create(
        b, loc,
        RankedTensorType::get({staticSize(group), staticSize(sizes[1])}, acc),
        whole, SmallVector<ReassociationIndices>{{0, 1}}, shape);
    llvm::append_range(results,
                       addRows(rows, {}, makeZeros(out), [](ValueRange args) {
                         return SmallVector<Value>{args[0]};
                       }));
  }
  return results;
}

Value ChannelBlocks::repeatForGroup(Value value) {
  Value repeated = makeTemporary(groupWidth, acc);
  OpFoldResult one = b.getIndexAttr(1);
  auto loop = scf::ForOp::create(
      b, loc, index(0), asIndex(group), index(1), repeated,
      [&](OpBuilder &, Location, Value row, ValueRange carried) {
        OpFoldResult offset = multiplyIndex(row, asIndex(sizes[1]));
        Value out = slice(carried[0], {offset}, {sizes[1]}, {0});
        AffineMap identity = b.getMultiDimIdentityMap(1);
        Value copy =
            linalg::GenericOp::create(
                b, loc, out.getType(), value, out, ArrayRef{identity, identity},
                ArrayRef{IteratorType::parallel},
                [&](OpBuilder &, Location, ValueRange args) {
                  linalg::YieldOp::create(b, loc, args[0]);
                })
                .getResult(0);
        Value inserted = tensor::InsertSliceOp::create(
            b, loc, copy, carried[0], ArrayRef(offset), ArrayRef(sizes[1]),
            ArrayRef(one));
        scf::YieldOp::create(b, loc, inserted);
      });
  return loop.getResult(0);
}

Value ChannelBlocks::firstOf(const Elements &elements, Value out,
                             llvm::function_ref<Value(Value)> body) {
  if (isNCHW) {
    SmallVector<Value> origin(2, index(0));
    return body(tensor::ExtractOp::create(b, loc, elements.matrix, origin));
  }
  return updateChannels(out, elements.firstRow,
                        [&](ValueRange args) { return body(args[0]); });
}

Value ChannelBlocks::updateChannels(
    Value value, ValueRange others,
    llvm::function_ref<Value(ValueRange)> body) {
  int64_t rank = cast<RankedTensorType>(value.getType()).getRank();
  return linalg::GenericOp::create(
             b, loc, value.getType(), others, value,
             SmallVector<AffineMap>(others.size() + 1,
                                    b.getMultiDimIdentityMap(rank)),
             SmallVector<IteratorType>(rank, IteratorType::parallel),
             [&](OpBuilder &, Location, ValueRange args) {
               linalg::YieldOp::create(b, loc, body(args));
             })
      .getResult(0);
}

Value ChannelBlocks::firstOfBlocks(const ChannelTile &tile, Value matrix,
                                   llvm::function_ref<Value(Value)> body) {
  if (!gpu) {
    Value rows = arith::MinUIOp::create(b, loc, numBlocks, index(1));
    OpFoldResult zero = b.getIndexAttr(0);
    ChannelTile first{{}, {}, tile.size, {}};
    return sumOverBlocks(first,
                         slice(matrix, {zero, zero}, {rows, tile.size}, {0, 1}),
                         /*needsCounts=*/false, {},
                         [&](ValueRange args) { return body(args[0]); });
  }
  Value zero = index(0);
  Value isSome =
      arith::CmpIOp::create(b, loc, arith::CmpIPredicate::ne, numBlocks, zero);
  return scf::IfOp::create(
             b, loc, isSome,
             [&](OpBuilder &, Location) {
               Value first = tensor::ExtractOp::create(b, loc, matrix, zero);
               scf::YieldOp::create(b, loc, body(first));
             },
             [&](OpBuilder &, Location) {
               Value none =
                   arith::ConstantOp::create(b, loc, b.getF64FloatAttr(0));
               scf::YieldOp::create(b, loc, none);
             })
      .getResult(0);
}

Value ChannelBlocks::sumOverBlocks(
    const ChannelTile &tile, ValueRange matrices, bool needsCounts,
    ValueRange ofChannels, llvm::function_ref<Value(ValueRange)> summand) {
  unsigned rank = gpu ? 1 : 2;
  AffineMap matrix = b.getMultiDimIdentityMap(rank);
  AffineMap block = AffineMap::get(rank, 0, b.getAffineDimExpr(0));
  AffineMap channel = gpu ? AffineMap::get(rank, 0, b.getContext())
                          : AffineMap::get(rank, 0, b.getAffineDimExpr(1));
  SmallVector<Value> inputs(matrices);
  if (needsCounts)
    inputs.push_back(gpu ? tile.counts : counts);
  if (needsCounts && !gpu)
    inputs.push_back(reciprocals);
  SmallVector<AffineMap> maps(matrices.size(), matrix);
  maps.append(inputs.size() - matrices.size(), block);
  llvm::append_range(inputs, ofChannels);
  maps.append(ofChannels.size() + 1, channel);
  SmallVector<IteratorType> iterators{IteratorType::reduction,
                                      IteratorType::parallel};
  Value init = makeZeros(gpu ? makeScalar(b.getF64Type())
                             : makeTemporary(tile.size, b.getF64Type()));
  return linalg::GenericOp::create(
             b, loc, init.getType(), inputs, init, maps,
             ArrayRef(iterators).take_front(rank),
             [&](OpBuilder &, Location, ValueRange args) {
               SmallVector<Value> values(args.drop_back());
               if (needsCounts && gpu) {
                 Value *count = &values[matrices.size()];
                 *count = widen(*count);
                 values.insert(count + 1, reciprocalOf(*count));
               }
               Value sum = add(args.back(), summand(values));
               linalg::YieldOp::create(b, loc, sum);
             })
      .getResult(0);
}

Value ChannelBlocks::narrowChannels(
    const ChannelTile &tile, unsigned index, ValueRange values,
    llvm::function_ref<Value(ValueRange)> body) {
  Value out = gpu ? tile.outs[index]
                  : tensor::EmptyOp::create(b, loc, ArrayRef(tile.size), acc);
  SmallVector<AffineMap> maps(values.size() + 1,
                              b.getMultiDimIdentityMap(gpu ? 0 : 1));
  SmallVector<IteratorType> iterators(gpu ? 0 : 1, IteratorType::parallel);
  return linalg::GenericOp::create(
             b, loc, out.getType(), values, out, maps, iterators,
             [&](OpBuilder &, Location, ValueRange args) {
               Value narrowed = narrow(body(args.drop_back()));
               linalg::YieldOp::create(b, loc, narrowed);
             })
      .getResult(0);
}

Value ChannelBlocks::makeScalar(Type type) {
  return tensor::EmptyOp::create(b, loc, ArrayRef<OpFoldResult>(), type);
}

Value ChannelBlocks::makeTemporary(OpFoldResult size, Type type) {
  // Of a size that is known, so that it lies on the stack of the thread and, if
  // the one that is used is not, takes one tile of columns.
  int64_t capacity = getConstantIntValue(size).value_or(
      sumLanes(type.getIntOrFloatBitWidth()));
  Value memory = bufferization::AllocTensorOp::create(
      b, loc, RankedTensorType::get({capacity}, type), ValueRange());
  return slice(memory, {b.getIndexAttr(0)}, {size}, {0});
}

Value ChannelBlocks::makeZeros(Value out) {
  Type element = getElementTypeOrSelf(out.getType());
  Value zero = arith::ConstantOp::create(b, loc, b.getFloatAttr(element, 0.0));
  return linalg::FillOp::create(b, loc, zero, out).getResult(0);
}
