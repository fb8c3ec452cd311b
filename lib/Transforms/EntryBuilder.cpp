//===- EntryBuilder.cpp - Builds functions that check a call --------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "EntryBuilder.h"

#include "mlir/Conversion/LLVMCommon/MemRefBuilder.h"
#include "mlir/Dialect/ControlFlow/IR/ControlFlowOps.h"
#include "mlir/Dialect/LLVMIR/FunctionCallUtils.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/IRMapping.h"

using namespace mlir;
using namespace norm;

EntryBuilder::EntryBuilder(func::FuncOp source, const Twine &name,
                           TypeRange others, const RuntimeFunctions &runtime)
    : source(source), builder(source), loc(source.getLoc()),
      pointer(LLVM::LLVMPointerType::get(source.getContext())),
      typeConverter(source.getContext()) {
  SmallVector<Type> types;
  for (Type type : source.getArgumentTypes())
    types.push_back(isa<RankedTensorType>(type) ? pointer : type);
  llvm::append_range(types, others);
  entry = func::FuncOp::create(
      builder, loc, name.str(),
      builder.getFunctionType(types, builder.getI32Type()));
  Block *first = entry.addEntryBlock();
  values.assign(first->args_begin(), first->args_end());
  makeFailureBlocks(runtime.reportError);
  builder.setInsertionPointToStart(first);
}

Value EntryBuilder::arrayOfPointers(size_t count) {
  Value array = LLVM::AllocaOp::create(
      builder, loc, pointer, pointer,
      constant(builder.getI32Type(), std::max<int64_t>(1, count)));
  size_t i = 0;
  for (Value value : values)
    if (value.getType() == pointer && i < count)
      LLVM::StoreOp::create(builder, loc, value,
                            elementOf(array, pointer, i++));
  return array;
}

void EntryBuilder::checkOperands(LLVM::LLVMFuncOp checkFunction,
                                 LLVM::GlobalOp info, Value operands) {
  Value table = LLVM::AddressOfOp::create(builder, loc, info);
  returnUnlessOK(LLVM::CallOp::create(builder, loc, checkFunction,
                                      ValueRange{table, operands})
                     .getResult());
}

void EntryBuilder::returnUnlessOK(Value code) {
  Value ok = equal(code, constant(builder.getI32Type(), norm_ok));
  Block *next = addBlock();
  cf::CondBranchOp::create(builder, loc, ok, next, ValueRange(), exit,
                           ValueRange{code});
  builder.setInsertionPointToStart(next);
}

void EntryBuilder::readDescriptors(TypeRange types) {
  for (auto [i, type] : llvm::enumerate(types))
    if (auto tensor = dyn_cast<RankedTensorType>(type)) {
      MemRefType memref = memrefTypeFor(tensor, Layout::Any);
      values[i] = asMemRef(
          LLVM::LoadOp::create(builder, loc, typeConverter.convertType(memref),
                               values[i]),
          memref);
    }
}

SmallVector<Value> EntryBuilder::inlineShape(func::FuncOp shape) {
  IRMapping map;
  Block &body = shape.getBody().front();
  for (BlockArgument argument : body.getArguments())
    map.map(argument, values[argument.getArgNumber()]);
  for (Operation &op : body.without_terminator()) {
    if (auto dimOp = dyn_cast<tensor::DimOp>(op))
      map.map(dimOp.getResult(),
              memref::DimOp::create(builder, loc, map.lookup(dimOp.getSource()),
                                    map.lookup(dimOp.getIndex()))
                  .getResult());
    else
      builder.clone(op, map);
  }
  SmallVector<Value> values;
  for (Value value : body.getTerminator()->getOperands())
    values.push_back(map.lookup(value));
  auto texts = shape->getAttrOfType<ArrayAttr>("norm.checks");
  size_t numSizes = values.size() - 2 * texts.size();
  for (auto [i, text] : llvm::enumerate(texts))
    check(
        arith::CmpIPredicate::eq, values[numSizes + 2 * i],
        values[numSizes + 2 * i + 1], norm_error_size_mismatch,
        (source.getSymName() + ": " + cast<StringAttr>(text).getValue()).str());
  values.resize(numSizes);
  return values;
}

void EntryBuilder::check(arith::CmpIPredicate predicate, Value found,
                         Value expected, norm_error code,
                         const std::string &text) {
  Value ok = arith::CmpIOp::create(builder, loc, predicate, found, expected);
  Value address = LLVM::createGlobalString(
      loc, builder, (entry.getSymName() + ".text" + Twine(numTexts++)).str(),
      text + '\0', LLVM::Linkage::Internal);
  SmallVector<Value> arguments{constant(builder.getI32Type(), code), address,
                               toI64(found), toI64(expected)};
  Block *next = addBlock();
  cf::CondBranchOp::create(builder, loc, ok, next, ValueRange(), failure,
                           arguments);
  builder.setInsertionPointToStart(next);
}

void EntryBuilder::checkResultSizes(unsigned first,
                                    ArrayRef<Value> expectedSizes) {
  unsigned next = 0;
  for (auto [i, type] : llvm::enumerate(source.getResultTypes())) {
    auto tensor = dyn_cast<RankedTensorType>(type);
    for (int64_t dim = 0; tensor && dim < tensor.getRank(); ++dim) {
      Value expected = expectedSizes[next++];
      if (tensor.isDynamicDim(dim))
        check(arith::CmpIPredicate::eq, this->dim(first + i, dim), expected,
              norm_error_size_mismatch,
              (source.getSymName() + ": expected dim " + Twine(dim) +
               " of result " + Twine(i) + " to have {1} elements, found {0}")
                  .str());
    }
  }
}

void EntryBuilder::succeedIfEmpty(unsigned first) {
  Value zero = index(0), all;
  for (auto [i, type] : llvm::enumerate(source.getResultTypes())) {
    auto tensor = dyn_cast<RankedTensorType>(type);
    if (tensor && llvm::is_contained(tensor.getShape(), 0))
      continue;
    if (!tensor || tensor.getNumDynamicDims() == 0)
      return;
    Value isEmpty;
    for (int64_t dim = 0; dim < tensor.getRank(); ++dim) {
      Value isZero = equal(this->dim(first + i, dim), zero);
      isEmpty = isEmpty ? arith::OrIOp::create(builder, loc, isEmpty, isZero)
                        : isZero;
    }
    all = all ? arith::AndIOp::create(builder, loc, all, isEmpty) : isEmpty;
  }
  if (!all)
    all = constant(builder.getI1Type(), 1);
  Block *empty = addBlock(), *next = addBlock();
  cf::CondBranchOp::create(builder, loc, all, empty, next);
  builder.setInsertionPointToStart(empty);
  succeed();
  builder.setInsertionPointToStart(next);
}

Value norm::hasUnitStride(OpBuilder &builder, Location loc, Value memref,
                          unsigned operand,
                          ArrayRef<ContiguousDims> contiguous) {
  Value all =
      arith::ConstantOp::create(builder, loc, builder.getBoolAttr(true));
  int64_t rank = cast<MemRefType>(memref.getType()).getRank();
  if (rank == 0)
    return all;
  auto require = [&](Value condition) {
    all = arith::AndIOp::create(builder, loc, all, condition);
  };
  auto equal = [&](Value a, Value b) {
    return arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::eq, a, b);
  };
  auto metadata =
      memref::ExtractStridedMetadataOp::create(builder, loc, memref);
  auto sizes = metadata.getSizes(), strides = metadata.getStrides();
  Value one = arith::ConstantIndexOp::create(builder, loc, 1);
  // The stride of a dim of one element is never used.
  Value single = arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::ule,
                                       sizes.back(), one);
  require(
      arith::OrIOp::create(builder, loc, equal(strides.back(), one), single));
  for (const ContiguousDims &dims : contiguous) {
    if (dims.operand != operand)
      continue;
    // A row of one element in the last dim still lies along that dim.
    if (dims.last + 1 == rank)
      require(equal(strides[dims.last], one));
    for (int64_t i = dims.first; i < dims.last; ++i)
      require(
          equal(strides[i], arith::MulIOp::create(builder, loc, strides[i + 1],
                                                  sizes[i + 1])));
  }
  return all;
}

Value EntryBuilder::hasUnitStrides(ArrayRef<unsigned> operands,
                                   ArrayRef<ContiguousDims> contiguous) {
  Value all =
      arith::ConstantOp::create(builder, loc, builder.getBoolAttr(true));
  for (unsigned operand : operands)
    all = arith::AndIOp::create(
        builder, loc, all,
        hasUnitStride(builder, loc, values[operand], operand, contiguous));
  return all;
}

Value EntryBuilder::isContiguous(ArrayRef<unsigned> operands) {
  Value all =
      arith::ConstantOp::create(builder, loc, builder.getBoolAttr(true));
  for (unsigned operand : operands) {
    auto metadata =
        memref::ExtractStridedMetadataOp::create(builder, loc, values[operand]);
    Value expected = index(1);
    for (auto [size, stride] : llvm::reverse(
             llvm::zip_equal(metadata.getSizes(), metadata.getStrides()))) {
      // The stride of a dim of one element is never used.
      Value fits = arith::OrIOp::create(
          builder, loc, equal(stride, expected),
          arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::ule, size,
                                index(1)));
      all = arith::AndIOp::create(builder, loc, all, fits);
      expected = arith::MulIOp::create(builder, loc, expected, size);
    }
  }
  if (rowAlignment > 1)
    all = arith::AndIOp::create(builder, loc, all, isAligned(operands));
  return all;
}

Value EntryBuilder::elementBytes(Value memref) {
  return index(getElementBytes(getElementTypeOrSelf(memref)));
}

Value EntryBuilder::addressBits(ArrayRef<unsigned> operands) {
  Value bits = index(0);
  for (unsigned operand : operands) {
    Value memref = values[operand];
    auto metadata =
        memref::ExtractStridedMetadataOp::create(builder, loc, memref);
    Value address = arith::AddIOp::create(
        builder, loc,
        memref::ExtractAlignedPointerAsIndexOp::create(builder, loc, memref),
        arith::MulIOp::create(builder, loc, metadata.getOffset(),
                              elementBytes(memref)));
    bits = arith::OrIOp::create(builder, loc, bits, address);
  }
  return bits;
}

Value EntryBuilder::isMultipleOfAlignment(Value bits) {
  Value rest =
      arith::AndIOp::create(builder, loc, bits, index(rowAlignment - 1));
  return equal(rest, index(0));
}

Value EntryBuilder::isAligned(ArrayRef<unsigned> operands) {
  return isMultipleOfAlignment(addressBits(operands));
}

Value EntryBuilder::hasAlignedRows(ArrayRef<unsigned> operands,
                                   ArrayRef<ContiguousDims> contiguous) {
  Value bits = addressBits(operands);
  for (unsigned operand : operands) {
    Value memref = values[operand];
    auto metadata =
        memref::ExtractStridedMetadataOp::create(builder, loc, memref);
    auto strides = metadata.getStrides();
    for (size_t i = 0; i + 1 < strides.size(); ++i) {
      // Dims without gaps are one, with the stride of the last of them.
      auto group = llvm::find_if(contiguous, [&](const ContiguousDims &dims) {
        return dims.operand == operand && dims.first <= int64_t(i) &&
               int64_t(i) <= dims.last;
      });
      bool isGrouped = group != contiguous.end();
      if (isGrouped && int64_t(i) < group->last)
        continue;
      Value single =
          isGrouped
              ? arith::ConstantOp::create(builder, loc,
                                          builder.getBoolAttr(false))
                    .getResult()
              : arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::ule,
                                      metadata.getSizes()[i], index(1))
                    .getResult();
      Value distance =
          arith::MulIOp::create(builder, loc, strides[i], elementBytes(memref));
      bits = arith::OrIOp::create(
          builder, loc, bits,
          arith::SelectOp::create(builder, loc, single, index(0), distance));
    }
  }
  return isMultipleOfAlignment(bits);
}

void EntryBuilder::callKernel(const Kernels &kernels,
                              ArrayRef<unsigned> operands) {
  if (kernels.contiguous)
    callContiguousIf(isContiguous(operands), kernels.contiguous);
  if (kernels.unaligned) {
    Value unit = hasUnitStrides(operands, kernels.contiguousDims);
    Block *rows = addBlock(), *next = addBlock();
    cf::CondBranchOp::create(builder, loc, unit, rows, next);
    builder.setInsertionPointToStart(rows);
    dispatch(hasAlignedRows(operands, kernels.contiguousDims),
             kernels.unitStride, kernels.unaligned);
    builder.setInsertionPointToStart(next);
    returnCall(kernels.strided, values);
    return;
  }
  if (kernels.unitStride)
    dispatch(hasUnitStrides(operands, kernels.contiguousDims),
             kernels.unitStride, kernels.strided);
  else
    returnCall(kernels.strided, values);
}

void EntryBuilder::callContiguousIf(Value condition, func::FuncOp kernel) {
  Block *callBlock = addBlock(), *next = addBlock();
  cf::CondBranchOp::create(builder, loc, condition, callBlock, next);
  builder.setInsertionPointToStart(callBlock);
  SmallVector<Value> arguments;
  for (auto [value, type] : llvm::zip(values, kernel.getArgumentTypes()))
    arguments.push_back(contiguousView(value, type));
  returnCall(kernel, arguments);
  builder.setInsertionPointToStart(next);
}

void EntryBuilder::dispatch(Value condition, func::FuncOp ifTrue,
                            func::FuncOp ifFalse) {
  Block *blocks[] = {addBlock(), addBlock()};
  cf::CondBranchOp::create(builder, loc, condition, blocks[0], blocks[1]);
  func::FuncOp kernels[] = {ifTrue, ifFalse};
  for (auto [block, kernel] : llvm::zip_equal(blocks, kernels)) {
    builder.setInsertionPointToStart(block);
    bool takesPointers = kernel.getFunctionType() == entry.getFunctionType();
    returnCall(kernel, takesPointers ? ValueRange(entry.getArguments())
                                     : ValueRange(values));
  }
}

Value EntryBuilder::callKernel(func::FuncOp kernel, ValueRange arguments) {
  SmallVector<Value> operands;
  for (auto [value, type] : llvm::zip(arguments, kernel.getArgumentTypes()))
    operands.push_back(
        value.getType() == type || !isa<MemRefType>(type)
            ? Value(value)
            : memref::CastOp::create(builder, loc, type, value).getResult());
  if (call) {
    operands.resize(kernel.getNumArguments() - 1);
    operands.push_back(call);
  }
  return func::CallOp::create(builder, loc, kernel, operands).getResult(0);
}

void EntryBuilder::returnCall(func::FuncOp kernel, ValueRange arguments) {
  Value code = callKernel(kernel, arguments);
  if (afterCall)
    afterCall();
  func::ReturnOp::create(builder, loc, code);
}

void EntryBuilder::succeed() {
  func::ReturnOp::create(builder, loc, constant(builder.getI32Type(), norm_ok));
}

Value EntryBuilder::contiguousView(Value value, Type type) {
  auto memref = dyn_cast<MemRefType>(type);
  if (!memref)
    return value;
  return memref.getLayout().isIdentity() ? identityView(value, memref)
                                         : flatView(value);
}

/// The layout of `type` has no offset, so it goes into the pointer. The stride
/// of a dim of one element becomes what the layout says.
Value EntryBuilder::identityView(Value memref, MemRefType type) {
  auto cast = memref.getDefiningOp<UnrealizedConversionCastOp>();
  MemRefDescriptor descriptor(cast.getOperand(0));
  Value data = descriptor.bufferPtr(builder, loc, typeConverter,
                                    mlir::cast<MemRefType>(memref.getType()));
  descriptor.setAlignedPtr(builder, loc, data);
  descriptor.setConstantOffset(builder, loc, 0);
  Value stride = constant(builder.getI64Type(), 1);
  for (int64_t dim = type.getRank() - 1; dim >= 0; --dim) {
    descriptor.setStride(builder, loc, dim, stride);
    stride = LLVM::MulOp::create(builder, loc, stride,
                                 descriptor.size(builder, loc, dim));
  }
  return asMemRef(descriptor, type);
}

/// All elements of a memref without gaps as one dim.
Value EntryBuilder::flatView(Value memref) {
  auto metadata =
      memref::ExtractStridedMetadataOp::create(builder, loc, memref);
  Value size = index(1);
  for (Value dim : metadata.getSizes())
    size = arith::MulIOp::create(builder, loc, size, dim);
  return memref::ReinterpretCastOp::create(
      builder, loc, metadata.getBaseBuffer(),
      OpFoldResult(metadata.getOffset()), ArrayRef<OpFoldResult>{size},
      ArrayRef<OpFoldResult>{builder.getIndexAttr(1)});
}

Value EntryBuilder::dim(unsigned operand, int64_t i) {
  return memref::DimOp::create(builder, loc, values[operand], i);
}

Value EntryBuilder::index(int64_t value) {
  return arith::ConstantIndexOp::create(builder, loc, value);
}

Value EntryBuilder::toI64(Value value) {
  if (value.getType().isInteger(64))
    return value;
  return arith::IndexCastOp::create(builder, loc, builder.getI64Type(), value);
}

Value EntryBuilder::constant(Type type, int64_t value) {
  return arith::ConstantOp::create(builder, loc,
                                   builder.getIntegerAttr(type, value));
}

Value EntryBuilder::elementOf(Value array, Type type, int64_t i) {
  return LLVM::GEPOp::create(builder, loc, pointer, type, array,
                             ArrayRef<LLVM::GEPArg>{static_cast<int32_t>(i)});
}

Value EntryBuilder::asMemRef(Value descriptor, MemRefType type) {
  return UnrealizedConversionCastOp::create(builder, loc, type, descriptor)
      .getResult(0);
}

Value EntryBuilder::equal(Value a, Value b) {
  return arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::eq, a, b);
}

Block *EntryBuilder::addBlock() {
  OpBuilder::InsertionGuard guard(builder);
  return builder.createBlock(exit);
}

/// ^exit(code): returns the code. ^failure(code, text, found, expected):
/// reports the error and returns its code.
void EntryBuilder::makeFailureBlocks(LLVM::LLVMFuncOp reportError) {
  Type i32 = builder.getI32Type(), i64 = builder.getI64Type();
  exit = builder.createBlock(&entry.getBody(), entry.getBody().end(), {i32},
                             {loc});
  func::ReturnOp::create(builder, loc, exit->getArgument(0));
  failure = builder.createBlock(&entry.getBody(), entry.getBody().end(),
                                {i32, pointer, i64, i64},
                                SmallVector<Location>(4, loc));
  Value two = constant(i32, 2);
  Value reported = LLVM::AllocaOp::create(builder, loc, pointer, i64, two);
  LLVM::StoreOp::create(builder, loc, failure->getArgument(2), reported);
  LLVM::StoreOp::create(builder, loc, failure->getArgument(3),
                        elementOf(reported, i64, 1));
  auto report =
      LLVM::CallOp::create(builder, loc, reportError,
                           ValueRange{failure->getArgument(0),
                                      failure->getArgument(1), reported, two});
  func::ReturnOp::create(builder, loc, report.getResult());
}
