//===- MakeEntry.cpp - Entry functions that check their arguments ---------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "EntryPoints.h"

#include "norm/Runtime/norm_runtime.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/ControlFlow/IR/ControlFlowOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/IRMapping.h"

using namespace mlir;
using namespace norm;

namespace {

/// Builds a function `(..) -> i32` whose checks jump to one block that reports
/// the error.
class EntryBuilder {
public:
  EntryBuilder(func::FuncOp source, const Twine &name, TypeRange types)
      : source(source), builder(source), loc(source.getLoc()) {
    entry = func::FuncOp::create(
        builder, loc, name.str(),
        builder.getFunctionType(types, builder.getI32Type()));
    entry->setAttr(LLVM::LLVMDialect::getEmitCWrapperAttrName(),
                   builder.getUnitAttr());
    makeFailureBlock(entry.addEntryBlock());
    builder.setInsertionPointToStart(&entry.getBody().front());
  }

  /// Checks the sizes of a memref operand against its tensor type.
  void checkSizes(unsigned operand, StringRef kind, unsigned number,
                  RankedTensorType type) {
    for (int64_t i = 0; i < type.getRank(); ++i) {
      Value size = dim(operand, i);
      std::string text = (source.getSymName() + ": expected dim " + Twine(i) +
                          " of " + kind + " " + Twine(number))
                             .str();
      if (type.isDynamicDim(i))
        check(arith::CmpIPredicate::sge, size, index(0),
              norm_error_negative_size,
              text + " to have a size >= {1}, found {0}");
      else
        check(arith::CmpIPredicate::eq, size, index(type.getDimSize(i)),
              norm_error_size_mismatch,
              text + " to have {1} elements, found {0}");
    }
  }

  /// Computes what the shape function returns, and checks its pairs. The sizes
  /// of the results are returned.
  SmallVector<Value> inlineShape(func::FuncOp shape) {
    IRMapping map;
    Block &body = shape.getBody().front();
    for (BlockArgument argument : body.getArguments())
      map.map(argument, entry.getArgument(argument.getArgNumber()));
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
    Block *next = builder.createBlock(failure);
    builder.setInsertionPointToEnd(next->getPrevNode());
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
      Value memref = entry.getArgument(operand);
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

  /// Calls one of two kernels and returns 0.
  void dispatch(Value condition, func::FuncOp ifTrue, func::FuncOp ifFalse) {
    Block *current = builder.getInsertionBlock();
    Block *blocks[] = {builder.createBlock(failure),
                       builder.createBlock(failure)};
    builder.setInsertionPointToEnd(current);
    cf::CondBranchOp::create(builder, loc, condition, blocks[0], blocks[1]);
    func::FuncOp kernels[] = {ifTrue, ifFalse};
    for (auto [block, kernel] : llvm::zip_equal(blocks, kernels)) {
      builder.setInsertionPointToStart(block);
      SmallVector<Value> arguments;
      for (auto [value, type] :
           llvm::zip(entry.getArguments(), kernel.getArgumentTypes()))
        arguments.push_back(
            value.getType() == type || !isa<MemRefType>(type)
                ? Value(value)
                : memref::CastOp::create(builder, loc, type, value)
                      .getResult());
      func::CallOp::create(builder, loc, kernel, arguments);
      succeed();
    }
  }

  void succeed() {
    Value zero = arith::ConstantOp::create(builder, loc,
                                           builder.getI32IntegerAttr(norm_ok));
    func::ReturnOp::create(builder, loc, zero);
  }

  Value dim(unsigned operand, int64_t i) {
    return memref::DimOp::create(builder, loc, entry.getArgument(operand), i);
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
  Value equal(Value a, Value b) {
    return arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::eq, a, b);
  }

  /// ^failure(code, text, found, expected): reports and returns the code.
  void makeFailureBlock(Block *entryBlock) {
    auto pointer = LLVM::LLVMPointerType::get(builder.getContext());
    Type i32 = builder.getI32Type(), i64 = builder.getI64Type();
    failure = builder.createBlock(&entry.getBody(), entry.getBody().end(),
                                  {i32, pointer, i64, i64},
                                  SmallVector<Location>(4, loc));
    Value two = LLVM::ConstantOp::create(builder, loc, i32, 2);
    Value values = LLVM::AllocaOp::create(builder, loc, pointer, i64, two);
    LLVM::StoreOp::create(builder, loc, failure->getArgument(2), values);
    Value second = LLVM::GEPOp::create(builder, loc, pointer, i64, values,
                                       ArrayRef<LLVM::GEPArg>{1});
    LLVM::StoreOp::create(builder, loc, failure->getArgument(3), second);
    auto report =
        LLVM::CallOp::create(builder, loc, declareReportError(),
                             ValueRange{failure->getArgument(0),
                                        failure->getArgument(1), values, two});
    func::ReturnOp::create(builder, loc, report.getResult());
  }

  LLVM::LLVMFuncOp declareReportError() {
    auto module = entry->getParentOfType<ModuleOp>();
    StringRef name = "norm_report_error";
    if (auto declared = module.lookupSymbol<LLVM::LLVMFuncOp>(name))
      return declared;
    OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPointToStart(module.getBody());
    auto pointer = LLVM::LLVMPointerType::get(builder.getContext());
    Type i32 = builder.getI32Type();
    return LLVM::LLVMFuncOp::create(
        builder, loc, name,
        LLVM::LLVMFunctionType::get(i32, {i32, pointer, pointer, i32}));
  }

  Block *failure = nullptr;
  unsigned numTexts = 0;
};

/// The types of the arguments as an entry receives them.
SmallVector<Type> entryTypes(TypeRange types) {
  return llvm::map_to_vector(types, [](Type type) -> Type {
    auto tensor = dyn_cast<RankedTensorType>(type);
    return tensor ? Type(memrefTypeFor(tensor, Layout::Any)) : type;
  });
}

} // namespace

void norm::makeEntry(func::FuncOp function, func::FuncOp shape,
                     func::FuncOp unitStride, func::FuncOp strided,
                     ArrayRef<ContiguousDims> contiguous) {
  SmallVector<Type> types = entryTypes(function.getArgumentTypes());
  for (Type type : entryTypes(function.getResultTypes()))
    types.push_back(isa<MemRefType>(type)
                        ? type
                        : LLVM::LLVMPointerType::get(type.getContext()));
  // The source keeps its name until it is erased.
  std::string name = function.getSymName().str();
  EntryBuilder entry(function, name, types);

  SmallVector<unsigned> tensors;
  unsigned numArguments = function.getNumArguments();
  for (auto [i, type] : llvm::enumerate(function.getArgumentTypes()))
    if (auto tensor = dyn_cast<RankedTensorType>(type)) {
      entry.checkSizes(i, "argument", i, tensor);
      tensors.push_back(i);
    }
  for (auto [i, type] : llvm::enumerate(function.getResultTypes()))
    if (auto tensor = dyn_cast<RankedTensorType>(type)) {
      entry.checkSizes(numArguments + i, "result", i, tensor);
      tensors.push_back(numArguments + i);
    }
  SmallVector<Value> sizes = entry.inlineShape(shape);
  unsigned next = 0;
  for (auto [i, type] : llvm::enumerate(function.getResultTypes())) {
    auto tensor = dyn_cast<RankedTensorType>(type);
    for (int64_t dim = 0; tensor && dim < tensor.getRank(); ++dim) {
      Value expected = sizes[next++];
      if (tensor.isDynamicDim(dim))
        entry.check(arith::CmpIPredicate::eq, entry.dim(numArguments + i, dim),
                    expected, norm_error_size_mismatch,
                    (Twine(name) + ": expected dim " + Twine(dim) +
                     " of result " + Twine(i) +
                     " to have {1} elements, found {0}")
                        .str());
    }
  }
  entry.dispatch(entry.hasUnitStrides(tensors, contiguous), unitStride,
                 strided);
}

void norm::makeShapeEntry(func::FuncOp function, func::FuncOp shape) {
  SmallVector<Type> types = entryTypes(function.getArgumentTypes());
  auto pointer = LLVM::LLVMPointerType::get(function.getContext());
  types.push_back(pointer);
  EntryBuilder entry(function, function.getSymName() + ".sizes", types);
  for (auto [i, type] : llvm::enumerate(function.getArgumentTypes()))
    if (auto tensor = dyn_cast<RankedTensorType>(type))
      entry.checkSizes(i, "argument", i, tensor);
  Value out = entry.entry.getArguments().back();
  Type i64 = entry.builder.getI64Type();
  for (auto [i, size] : llvm::enumerate(entry.inlineShape(shape))) {
    Value address =
        LLVM::GEPOp::create(entry.builder, entry.loc, pointer, i64, out,
                            ArrayRef<LLVM::GEPArg>{static_cast<int32_t>(i)});
    LLVM::StoreOp::create(entry.builder, entry.loc, entry.toI64(size), address);
  }
  entry.succeed();
}
