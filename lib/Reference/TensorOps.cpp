//===- TensorOps.cpp - Ops of the tensor dialect --------------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Evaluation.h"
#include "IndexSpace.h"
#include "ScalarProgram.h"

#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace norm::reference;

/// A tensor of unspecified elements: NaN or -1, so that reading one shows.
static llvm::Expected<Tensor> allocate(ElementType type,
                                       llvm::ArrayRef<int64_t> shape) {
  auto count = getNumElements(shape);
  if (!count)
    return count.takeError();
  if (isFloat(type))
    return Tensor::getFloat(
        type, shape,
        std::vector<double>(*count, std::numeric_limits<double>::quiet_NaN()));
  return Tensor::getInteger(type, shape, std::vector<int64_t>(*count, -1));
}

static void copyElement(Tensor &to, int64_t i, const Tensor &from, int64_t j) {
  if (isFloat(to.type))
    to.real[i] = from.real[j];
  else
    to.integer[i] = from.integer[j];
}

/// The same elements under other sizes.
static llvm::Expected<Tensor> reshape(const Tensor &source,
                                      llvm::ArrayRef<int64_t> shape) {
  auto count = getNumElements(shape);
  if (!count)
    return count.takeError();
  if (*count != source.getNumElements())
    return makeError("expected sizes of " +
                     llvm::Twine(source.getNumElements()) +
                     " elements, found " + describe(source.type, shape));
  Tensor result;
  result.type = source.type;
  result.shape = llvm::SmallVector<int64_t>(shape);
  result.real = source.real;
  result.integer = source.integer;
  return result;
}

/// The position in `shape` of `index`, which must be inside.
static llvm::Expected<int64_t> getPosition(llvm::ArrayRef<int64_t> shape,
                                           llvm::ArrayRef<int64_t> index) {
  for (auto [dim, size, i] : llvm::enumerate(shape, index))
    if (i < 0 || i >= size)
      return makeError("expected index " + llvm::Twine(dim) + " in [0, " +
                       llvm::Twine(size) + "), found " + llvm::Twine(i));
  return linearize(shape, index);
}

namespace {
/// The elements `offsets + index * strides` of a tensor.
struct Slice {
  llvm::SmallVector<int64_t> offsets, sizes, strides;

  template <typename OpTy>
  static Slice get(OpTy op, const Environment &environment) {
    return {environment.get(op.getMixedOffsets()),
            environment.get(op.getMixedSizes()),
            environment.get(op.getMixedStrides())};
  }

  /// Checks that the slice lies in a tensor of sizes `shape`. Each bound is
  /// checked without a sum or product that could overflow.
  llvm::Error check(llvm::ArrayRef<int64_t> shape) const {
    for (auto [dim, whole] : llvm::enumerate(shape)) {
      int64_t offset = offsets[dim], size = sizes[dim], stride = strides[dim];
      bool inside = size >= 0 && stride >= 1 && offset >= 0 && offset <= whole;
      if (inside && size > 0)
        inside = offset < whole && size - 1 <= (whole - 1 - offset) / stride;
      if (!inside)
        return makeError("expected a slice inside of dim " + llvm::Twine(dim) +
                         " of size " + llvm::Twine(whole) + ", found offset " +
                         llvm::Twine(offset) + ", size " + llvm::Twine(size) +
                         ", stride " + llvm::Twine(stride));
    }
    return llvm::Error::success();
  }

  int64_t getPosition(llvm::ArrayRef<int64_t> shape,
                      llvm::ArrayRef<int64_t> index) const {
    int64_t position = 0;
    for (auto [dim, size] : llvm::enumerate(shape))
      position = position * size + offsets[dim] + index[dim] * strides[dim];
    return position;
  }

  llvm::SmallVector<int64_t>
  getShapeWithout(const llvm::SmallBitVector &droppedDims) const {
    llvm::SmallVector<int64_t> shape;
    for (auto [dim, size] : llvm::enumerate(sizes))
      if (!droppedDims.test(dim))
        shape.push_back(size);
    return shape;
  }
};
} // namespace

static llvm::Expected<Tensor> evaluateExtractSlice(tensor::ExtractSliceOp op,
                                                   const Environment &env) {
  const Tensor &source = env.get(op.getSource());
  Slice slice = Slice::get(op, env);
  if (llvm::Error error = slice.check(source.shape))
    return std::move(error);
  auto result =
      allocate(source.type, slice.getShapeWithout(op.getDroppedDims()));
  if (!result)
    return result.takeError();
  int64_t i = 0;
  visitEachIndex(slice.sizes, [&](llvm::ArrayRef<int64_t> index) {
    copyElement(*result, i++, source, slice.getPosition(source.shape, index));
  });
  return result;
}

static llvm::Expected<Tensor> evaluateInsertSlice(tensor::InsertSliceOp op,
                                                  const Environment &env) {
  const Tensor &source = env.get(op.getSource());
  const Tensor &dest = env.get(op.getDest());
  Tensor result;
  result.type = dest.type;
  result.shape = dest.shape;
  result.real = dest.real;
  result.integer = dest.integer;
  Slice slice = Slice::get(op, env);
  if (llvm::Error error = slice.check(result.shape))
    return std::move(error);
  llvm::SmallVector<int64_t> shape = slice.getShapeWithout(op.getDroppedDims());
  if (source.shape != shape)
    return makeError("expected a source of " + describe(source.type, shape) +
                     ", found " + describe(source.type, source.shape));
  int64_t i = 0;
  visitEachIndex(slice.sizes, [&](llvm::ArrayRef<int64_t> index) {
    copyElement(result, slice.getPosition(result.shape, index), source, i++);
  });
  return result;
}

/// The sizes of the groups of dims that become one.
static llvm::Expected<Tensor> evaluateCollapse(tensor::CollapseShapeOp op,
                                               const Environment &env) {
  const Tensor &source = env.get(op.getSrc());
  llvm::SmallVector<int64_t> shape;
  for (const ReassociationIndices &group : op.getReassociationIndices()) {
    llvm::SmallVector<int64_t> sizes;
    for (int64_t dim : group)
      sizes.push_back(source.shape[dim]);
    auto size = getNumElements(sizes);
    if (!size)
      return size.takeError();
    shape.push_back(*size);
  }
  return reshape(source, shape);
}

static llvm::Expected<Tensor> evaluateExpand(tensor::ExpandShapeOp op,
                                             const Environment &env) {
  const Tensor &source = env.get(op.getSrc());
  llvm::SmallVector<int64_t> shape = env.get(op.getMixedOutputShape());
  for (auto [dim, group] : llvm::enumerate(op.getReassociationIndices())) {
    auto product = getNumElements(
        llvm::ArrayRef(shape).slice(group.front(), group.size()));
    if (!product)
      return product.takeError();
    if (*product != source.shape[dim])
      return makeError("expected sizes with product " +
                       llvm::Twine(source.shape[dim]) + " for dim " +
                       llvm::Twine(dim) + ", found product " +
                       llvm::Twine(*product));
  }
  return reshape(source, shape);
}

static llvm::Expected<Tensor> evaluateConcat(tensor::ConcatOp op,
                                             const Environment &env) {
  const Tensor &first = env.get(op.getInputs().front());
  int64_t dim = op.getDim(), total = 0;
  for (Value input : op.getInputs()) {
    llvm::SmallVector<int64_t> shape = env.get(input).shape;
    total += shape[dim];
    shape[dim] = first.shape[dim];
    if (shape != first.shape)
      return makeError("expected inputs of the same sizes but in dim " +
                       llvm::Twine(dim) + ", found " +
                       describe(first.type, first.shape) + " and " +
                       describe(first.type, env.get(input).shape));
  }
  llvm::SmallVector<int64_t> shape = first.shape;
  shape[dim] = total;
  auto result = allocate(first.type, shape);
  if (!result)
    return result.takeError();
  int64_t offset = 0;
  for (Value input : op.getInputs()) {
    const Tensor &source = env.get(input);
    int64_t i = 0;
    visitEachIndex(source.shape, [&](llvm::ArrayRef<int64_t> index) {
      llvm::SmallVector<int64_t> to(index);
      to[dim] += offset;
      copyElement(*result, linearize(shape, to), source, i++);
    });
    offset += source.shape[dim];
  }
  return result;
}

static llvm::Expected<Tensor> evaluatePad(tensor::PadOp op,
                                          const Environment &env) {
  const Tensor &source = env.get(op.getSource());
  llvm::SmallVector<int64_t> low = env.get(op.getMixedLowPad());
  llvm::SmallVector<int64_t> high = env.get(op.getMixedHighPad());
  llvm::SmallVector<int64_t> shape;
  for (auto [dim, size] : llvm::enumerate(source.shape)) {
    if (low[dim] < 0 || high[dim] < 0 || low[dim] > maxElements ||
        high[dim] > maxElements)
      return makeError("expected padding in [0, " + llvm::Twine(maxElements) +
                       "], found " + llvm::Twine(low[dim]) + " and " +
                       llvm::Twine(high[dim]));
    shape.push_back(low[dim] + size + high[dim]);
  }
  auto result = allocate(source.type, shape);
  if (!result)
    return result.takeError();
  auto program = ScalarProgram::create(op.getRegion().front(), env);
  if (!program)
    return program.takeError();

  int64_t i = 0;
  llvm::Error error =
      forEachIndex(shape, [&](llvm::ArrayRef<int64_t> index) -> llvm::Error {
        llvm::SmallVector<int64_t> from;
        bool inside = true;
        for (auto [dim, at] : llvm::enumerate(index)) {
          from.push_back(at - low[dim]);
          inside &= from.back() >= 0 && from.back() < source.shape[dim];
          program->setArgument(dim, Scalar::getInteger(at));
        }
        if (inside) {
          copyElement(*result, i++, source, linearize(source.shape, from));
          return llvm::Error::success();
        }
        if (llvm::Error error = program->run(index))
          return error;
        Scalar value = convertTo(source.type, program->getYield(0));
        if (isFloat(source.type))
          result->real[i++] = value.real;
        else
          result->integer[i++] = value.integer;
        return llvm::Error::success();
      });
  if (error)
    return std::move(error);
  return result;
}

bool norm::reference::isTensorOp(Operation *op) {
  return isa<tensor::CastOp, tensor::CollapseShapeOp, tensor::ConcatOp,
             tensor::DimOp, tensor::EmptyOp, tensor::ExpandShapeOp,
             tensor::ExtractOp, tensor::ExtractSliceOp, tensor::FromElementsOp,
             tensor::InsertSliceOp, tensor::PadOp, tensor::ReshapeOp,
             tensor::SplatOp>(op);
}

Results norm::reference::evaluateTensorOp(Operation *op,
                                          const Environment &env) {
  using Result = llvm::Expected<Tensor>;
  auto resultType = dyn_cast<RankedTensorType>(op->getResult(0).getType());
  auto type = getElementType(op->getResult(0).getType());
  if (!type)
    return type.takeError();
  Result result =
      llvm::TypeSwitch<Operation *, Result>(op)
          .Case([&](tensor::CastOp cast) -> Result {
            return reshape(env.get(cast.getSource()),
                           env.get(cast.getSource()).shape);
          })
          .Case([&](tensor::CollapseShapeOp collapse) {
            return evaluateCollapse(collapse, env);
          })
          .Case([&](tensor::ConcatOp concat) {
            return evaluateConcat(concat, env);
          })
          .Case([&](tensor::DimOp dim) -> Result {
            const Tensor &source = env.get(dim.getSource());
            int64_t number = env.get(dim.getIndex()).integer[0];
            auto checked = getPosition({source.getRank()}, {number});
            if (!checked)
              return checked.takeError();
            return Tensor::getInteger(*type, source.shape[number]);
          })
          .Case([&](tensor::EmptyOp empty) -> Result {
            return allocate(*type, env.get(empty.getMixedSizes()));
          })
          .Case([&](tensor::ExpandShapeOp expand) {
            return evaluateExpand(expand, env);
          })
          .Case([&](tensor::ExtractOp extract) -> Result {
            const Tensor &source = env.get(extract.getTensor());
            llvm::SmallVector<int64_t> index;
            for (Value value : extract.getIndices())
              index.push_back(env.get(value).integer[0]);
            auto position = getPosition(source.shape, index);
            if (!position)
              return position.takeError();
            auto element = allocate(*type, {});
            if (element)
              copyElement(*element, 0, source, *position);
            return element;
          })
          .Case([&](tensor::ExtractSliceOp extract) {
            return evaluateExtractSlice(extract, env);
          })
          .Case([&](tensor::FromElementsOp fromElements) -> Result {
            auto tensor = allocate(*type, resultType.getShape());
            if (!tensor)
              return tensor.takeError();
            for (auto [i, element] :
                 llvm::enumerate(fromElements.getElements()))
              copyElement(*tensor, i, env.get(element), 0);
            return tensor;
          })
          .Case([&](tensor::InsertSliceOp insert) {
            return evaluateInsertSlice(insert, env);
          })
          .Case([&](tensor::PadOp pad) { return evaluatePad(pad, env); })
          .Case([&](tensor::ReshapeOp op) -> Result {
            return reshape(env.get(op.getSource()),
                           env.get(op.getShape()).integer);
          })
          .Case([&](tensor::SplatOp splat) -> Result {
            auto sizes = llvm::to_vector(resultType.getShape());
            auto dynamic = splat.getDynamicSizes().begin();
            for (int64_t &size : sizes)
              if (ShapedType::isDynamic(size))
                size = env.get(*dynamic++).integer[0];
            auto tensor = allocate(*type, sizes);
            if (!tensor)
              return tensor.takeError();
            for (int64_t i = 0, n = tensor->getNumElements(); i < n; ++i)
              copyElement(*tensor, i, env.get(splat.getInput()), 0);
            return tensor;
          });
  return oneResult(std::move(result));
}
