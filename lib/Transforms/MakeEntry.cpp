//===- MakeEntry.cpp - Entry functions that check their arguments ---------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "EntryPoints.h"

#include "norm/Runtime/norm_runtime.h"

#include "mlir/Conversion/LLVMCommon/MemRefBuilder.h"
#include "mlir/Conversion/LLVMCommon/TypeConverter.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/ControlFlow/IR/ControlFlowOps.h"
#include "mlir/Dialect/LLVMIR/FunctionCallUtils.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/IRMapping.h"

using namespace mlir;
using namespace norm;

namespace {

/// Builds a function `(..) -> i32` that first lets the runtime check its
/// operands, and whose own checks jump to one block that reports the error.
class EntryBuilder {
public:
  /// The function takes the arguments of `source` and `numPointers` pointers.
  EntryBuilder(func::FuncOp source, const Twine &name, unsigned numPointers,
               const RuntimeFunctions &runtime)
      : source(source), builder(source), loc(source.getLoc()),
        pointer(LLVM::LLVMPointerType::get(source.getContext())),
        typeConverter(source.getContext()) {
    SmallVector<Type> types;
    for (Type type : source.getArgumentTypes())
      types.push_back(isa<RankedTensorType>(type) ? pointer : type);
    types.append(numPointers, pointer);
    entry = func::FuncOp::create(
        builder, loc, name.str(),
        builder.getFunctionType(types, builder.getI32Type()));
    Block *first = entry.addEntryBlock();
    values.assign(first->args_begin(), first->args_end());
    makeFailureBlocks(runtime.reportError);
    builder.setInsertionPointToStart(first);
  }

  /// Calls the runtime's `checkFunction(info, operands)` on all pointers, and
  /// returns its code unless it is 0. Then reads the descriptors of the tensors
  /// of `types`, the types of the leading arguments.
  void checkOperands(LLVM::LLVMFuncOp checkFunction, LLVM::GlobalOp info,
                     TypeRange types) {
    SmallVector<Value> pointers;
    for (Value value : values)
      if (value.getType() == pointer)
        pointers.push_back(value);
    Type i32 = builder.getI32Type();
    Value size = LLVM::ConstantOp::create(
        builder, loc, i32, std::max<int64_t>(1, pointers.size()));
    Value array = LLVM::AllocaOp::create(builder, loc, pointer, pointer, size);
    for (auto [i, operand] : llvm::enumerate(pointers))
      LLVM::StoreOp::create(builder, loc, operand,
                            elementOf(array, pointer, i));
    Value table = LLVM::AddressOfOp::create(builder, loc, info);
    Value code = LLVM::CallOp::create(builder, loc, checkFunction,
                                      ValueRange{table, array})
                     .getResult();
    Value zero = arith::ConstantOp::create(builder, loc,
                                           builder.getI32IntegerAttr(norm_ok));
    Value ok = arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::eq,
                                     code, zero);
    Block *next = addBlock();
    cf::CondBranchOp::create(builder, loc, ok, next, ValueRange(), exit,
                             ValueRange{code});
    builder.setInsertionPointToStart(next);
    for (auto [i, type] : llvm::enumerate(types))
      if (auto tensor = dyn_cast<RankedTensorType>(type))
        values[i] =
            readDescriptor(values[i], memrefTypeFor(tensor, Layout::Any));
  }

  /// Computes what the shape function returns, and checks its pairs. The sizes
  /// of the results are returned.
  SmallVector<Value> inlineShape(func::FuncOp shape) {
    IRMapping map;
    Block &body = shape.getBody().front();
    for (BlockArgument argument : body.getArguments())
      map.map(argument, values[argument.getArgNumber()]);
    for (Operation &op : body.without_terminator()) {
      if (auto dimOp = dyn_cast<tensor::DimOp>(op))
        map.map(dimOp.getResult(),
                memref::DimOp::create(builder, loc,
                                      map.lookup(dimOp.getSource()),
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
      check(arith::CmpIPredicate::eq, values[numSizes + 2 * i],
            values[numSizes + 2 * i + 1], norm_error_size_mismatch,
            (source.getSymName() + ": " + cast<StringAttr>(text).getValue())
                .str());
    values.resize(numSizes);
    return values;
  }

  /// Continues if `found <predicate> expected`, else returns `code` with
  /// `text`, in which {0} is found and {1} expected.
  void check(arith::CmpIPredicate predicate, Value found, Value expected,
             norm_error code, const std::string &text) {
    Value ok = arith::CmpIOp::create(builder, loc, predicate, found, expected);
    Value codeValue = arith::ConstantOp::create(
        builder, loc, builder.getI32IntegerAttr(code));
    Value address = LLVM::createGlobalString(
        loc, builder, (entry.getSymName() + ".text" + Twine(numTexts++)).str(),
        text + '\0', LLVM::Linkage::Internal);
    SmallVector<Value> arguments{codeValue, address, toI64(found),
                                 toI64(expected)};
    Block *next = addBlock();
    cf::CondBranchOp::create(builder, loc, ok, next, ValueRange(), failure,
                             arguments);
    builder.setInsertionPointToStart(next);
  }

  /// True if the strides of all operands are those of the unit-stride kernel.
  Value hasUnitStrides(ArrayRef<unsigned> operands,
                       ArrayRef<ContiguousDims> contiguous) {
    Value all =
        arith::ConstantOp::create(builder, loc, builder.getBoolAttr(true));
    auto require = [&](Value condition) {
      all = arith::AndIOp::create(builder, loc, all, condition);
    };
    for (unsigned operand : operands) {
      Value memref = values[operand];
      int64_t rank = cast<MemRefType>(memref.getType()).getRank();
      if (rank == 0)
        continue;
      auto metadata =
          memref::ExtractStridedMetadataOp::create(builder, loc, memref);
      Value one = index(1);
      Value unit = equal(metadata.getStrides().back(), one);
      // The stride of a dim of one element is never used.
      Value single =
          arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::ule,
                                metadata.getSizes().back(), one);
      require(arith::OrIOp::create(builder, loc, unit, single));
      for (const ContiguousDims &dims : contiguous) {
        if (dims.operand != operand)
          continue;
        // A row of one element in the last dim still lies along that dim.
        if (dims.last + 1 == rank)
          require(equal(metadata.getStrides()[dims.last], one));
        for (int64_t i = dims.first; i < dims.last; ++i)
          require(equal(metadata.getStrides()[i],
                        arith::MulIOp::create(builder, loc,
                                              metadata.getStrides()[i + 1],
                                              metadata.getSizes()[i + 1])));
      }
    }
    return all;
  }

  /// True if the operands lie without gaps.
  Value isContiguous(ArrayRef<unsigned> operands) {
    Value all =
        arith::ConstantOp::create(builder, loc, builder.getBoolAttr(true));
    for (unsigned operand : operands) {
      auto metadata = memref::ExtractStridedMetadataOp::create(builder, loc,
                                                               values[operand]);
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
    return all;
  }

  /// Returns what a kernel for operands without gaps returns if `condition` is
  /// true, else goes on.
  void callContiguousIf(Value condition, func::FuncOp kernel) {
    Block *call = addBlock(), *next = addBlock();
    cf::CondBranchOp::create(builder, loc, condition, call, next);
    builder.setInsertionPointToStart(call);
    SmallVector<Value> arguments;
    for (auto [value, type] : llvm::zip(values, kernel.getArgumentTypes()))
      arguments.push_back(contiguousView(value, type));
    returnCall(kernel, arguments);
    builder.setInsertionPointToStart(next);
  }

  /// Returns what a kernel for all operands returns.
  void callStrided(func::FuncOp kernel) { returnCall(kernel, values); }

  /// Returns what one of two kernels returns.
  void dispatch(Value condition, func::FuncOp ifTrue, func::FuncOp ifFalse) {
    Block *blocks[] = {addBlock(), addBlock()};
    cf::CondBranchOp::create(builder, loc, condition, blocks[0], blocks[1]);
    func::FuncOp kernels[] = {ifTrue, ifFalse};
    for (auto [block, kernel] : llvm::zip_equal(blocks, kernels)) {
      builder.setInsertionPointToStart(block);
      returnCall(kernel, values);
    }
  }

  void succeed() {
    Value zero = arith::ConstantOp::create(builder, loc,
                                           builder.getI32IntegerAttr(norm_ok));
    func::ReturnOp::create(builder, loc, zero);
  }

  /// Writes `size` to element `i` of the array that the last argument is.
  void writeSize(int64_t i, Value size) {
    LLVM::StoreOp::create(
        builder, loc, toI64(size),
        elementOf(entry.getArguments().back(), builder.getI64Type(), i));
  }

  Value dim(unsigned operand, int64_t i) {
    return memref::DimOp::create(builder, loc, values[operand], i);
  }
  Value index(int64_t value) {
    return arith::ConstantIndexOp::create(builder, loc, value);
  }
  Value toI64(Value value) {
    return arith::IndexCastOp::create(builder, loc, builder.getI64Type(),
                                      value);
  }

  func::FuncOp source, entry;
  OpBuilder builder;
  Location loc;

private:
  /// A memref without gaps as `type`, of Layout::Contiguous or 1-d; any other
  /// value as it is.
  Value contiguousView(Value value, Type type) {
    auto memref = dyn_cast<MemRefType>(type);
    if (!memref)
      return value;
    return memref.getLayout().isIdentity() ? identityView(value, memref)
                                           : flatView(value);
  }

  /// The layout of `type` has no offset, so it goes into the pointer. The
  /// stride of a dim of one element becomes what the layout says.
  Value identityView(Value memref, MemRefType type) {
    auto cast = memref.getDefiningOp<UnrealizedConversionCastOp>();
    MemRefDescriptor descriptor(cast.getOperand(0));
    Value data = descriptor.bufferPtr(builder, loc, typeConverter,
                                      mlir::cast<MemRefType>(memref.getType()));
    descriptor.setAlignedPtr(builder, loc, data);
    descriptor.setConstantOffset(builder, loc, 0);
    Value stride =
        LLVM::ConstantOp::create(builder, loc, builder.getI64Type(), 1);
    for (int64_t dim = type.getRank() - 1; dim >= 0; --dim) {
      descriptor.setStride(builder, loc, dim, stride);
      stride = LLVM::MulOp::create(builder, loc, stride,
                                   descriptor.size(builder, loc, dim));
    }
    return UnrealizedConversionCastOp::create(builder, loc, type,
                                              Value(descriptor))
        .getResult(0);
  }

  /// All elements of a memref without gaps as one dim.
  Value flatView(Value memref) {
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

  /// Calls a kernel with memrefs cast to its types, and returns its code.
  void returnCall(func::FuncOp kernel, ValueRange arguments) {
    SmallVector<Value> operands;
    for (auto [value, type] : llvm::zip(arguments, kernel.getArgumentTypes()))
      operands.push_back(
          value.getType() == type || !isa<MemRefType>(type)
              ? Value(value)
              : memref::CastOp::create(builder, loc, type, value).getResult());
    auto call = func::CallOp::create(builder, loc, kernel, operands);
    func::ReturnOp::create(builder, loc, call.getResults());
  }

  Value equal(Value a, Value b) {
    return arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::eq, a, b);
  }

  /// A block before the failure blocks.
  Block *addBlock() {
    OpBuilder::InsertionGuard guard(builder);
    return builder.createBlock(exit);
  }

  Value elementOf(Value array, Type type, int64_t i) {
    return LLVM::GEPOp::create(builder, loc, pointer, type, array,
                               ArrayRef<LLVM::GEPArg>{static_cast<int32_t>(i)});
  }

  /// A memref descriptor is a value of the struct that the caller passes.
  Value readDescriptor(Value address, MemRefType type) {
    Value descriptor = LLVM::LoadOp::create(
        builder, loc, typeConverter.convertType(type), address);
    return UnrealizedConversionCastOp::create(builder, loc, type, descriptor)
        .getResult(0);
  }

  /// ^exit(code): returns the code. ^failure(code, text, found, expected):
  /// reports the error and returns its code.
  void makeFailureBlocks(LLVM::LLVMFuncOp reportError) {
    Type i32 = builder.getI32Type(), i64 = builder.getI64Type();
    exit = builder.createBlock(&entry.getBody(), entry.getBody().end(), {i32},
                               {loc});
    func::ReturnOp::create(builder, loc, exit->getArgument(0));
    failure = builder.createBlock(&entry.getBody(), entry.getBody().end(),
                                  {i32, pointer, i64, i64},
                                  SmallVector<Location>(4, loc));
    Value two = LLVM::ConstantOp::create(builder, loc, i32, 2);
    Value reported = LLVM::AllocaOp::create(builder, loc, pointer, i64, two);
    LLVM::StoreOp::create(builder, loc, failure->getArgument(2), reported);
    LLVM::StoreOp::create(builder, loc, failure->getArgument(3),
                          elementOf(reported, i64, 1));
    auto report = LLVM::CallOp::create(builder, loc, reportError,
                                       ValueRange{failure->getArgument(0),
                                                  failure->getArgument(1),
                                                  reported, two});
    func::ReturnOp::create(builder, loc, report.getResult());
  }

  LLVM::LLVMPointerType pointer;
  LLVMTypeConverter typeConverter;
  /// The arguments of the entry, tensors as memrefs.
  SmallVector<Value> values;
  Block *exit = nullptr;
  Block *failure = nullptr;
  unsigned numTexts = 0;
};

} // namespace

FailureOr<RuntimeFunctions> RuntimeFunctions::declare(ModuleOp module) {
  OpBuilder builder(module.getContext());
  Type i32 = builder.getI32Type();
  Type pointer = LLVM::LLVMPointerType::get(module.getContext());
  auto checkCall = LLVM::lookupOrCreateFn(builder, module, "norm_check_call",
                                          {pointer, pointer}, i32);
  auto checkArguments = LLVM::lookupOrCreateFn(
      builder, module, "norm_check_arguments", {pointer, pointer}, i32);
  auto reportError = LLVM::lookupOrCreateFn(
      builder, module, "norm_report_error", {i32, pointer, pointer, i32}, i32);
  if (failed(checkCall) || failed(checkArguments) || failed(reportError))
    return failure();
  return RuntimeFunctions{*checkCall, *checkArguments, *reportError};
}

void norm::makeEntry(func::FuncOp function, func::FuncOp shape,
                     LLVM::GlobalOp info, const Kernels &kernels,
                     const RuntimeFunctions &runtime) {
  EntryBuilder entry(function, "_mlir_ciface_" + function.getSymName(),
                     function.getNumResults(), runtime);
  SmallVector<Type> types(function.getArgumentTypes());
  llvm::append_range(types, function.getResultTypes());
  entry.checkOperands(runtime.checkCall, info, types);

  SmallVector<unsigned> tensors;
  for (auto [i, type] : llvm::enumerate(types))
    if (isa<RankedTensorType>(type))
      tensors.push_back(i);
  SmallVector<Value> sizes = entry.inlineShape(shape);
  unsigned numArguments = function.getNumArguments(), next = 0;
  for (auto [i, type] : llvm::enumerate(function.getResultTypes())) {
    auto tensor = dyn_cast<RankedTensorType>(type);
    for (int64_t dim = 0; tensor && dim < tensor.getRank(); ++dim) {
      Value expected = sizes[next++];
      if (tensor.isDynamicDim(dim))
        entry.check(arith::CmpIPredicate::eq, entry.dim(numArguments + i, dim),
                    expected, norm_error_size_mismatch,
                    (function.getSymName() + ": expected dim " + Twine(dim) +
                     " of result " + Twine(i) +
                     " to have {1} elements, found {0}")
                        .str());
    }
  }
  if (kernels.contiguous)
    entry.callContiguousIf(entry.isContiguous(tensors), kernels.contiguous);
  if (kernels.unitStride)
    entry.dispatch(entry.hasUnitStrides(tensors, kernels.contiguousDims),
                   kernels.unitStride, kernels.strided);
  else
    entry.callStrided(kernels.strided);
}

void norm::makeShapeEntry(func::FuncOp function, func::FuncOp shape,
                          LLVM::GlobalOp info,
                          const RuntimeFunctions &runtime) {
  EntryBuilder entry(function, "norm_shape_" + function.getSymName(),
                     /*numPointers=*/1, runtime);
  entry.checkOperands(runtime.checkArguments, info,
                      function.getArgumentTypes());
  for (auto [i, size] : llvm::enumerate(entry.inlineShape(shape)))
    entry.writeSize(i, size);
  entry.succeed();
}
