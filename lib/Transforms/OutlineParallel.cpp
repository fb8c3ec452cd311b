//===- OutlineParallel.cpp - Row loops as bodies of a parallel loop -----===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "norm/IR/NormOps.h"
#include "norm/Transforms/Passes.h"

#include "mlir/Conversion/LLVMCommon/TypeConverter.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/FunctionCallUtils.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/Matchers.h"
#include "mlir/Transforms/RegionUtils.h"

namespace norm {
#define GEN_PASS_DEF_OUTLINEPARALLEL
#include "norm/Transforms/Passes.h.inc"
} // namespace norm

using namespace mlir;
using namespace norm;

namespace {

/// Outlines one scf.forall of a kernel.
class LoopOutliner {
public:
  LoopOutliner(scf::ForallOp loop, LoopScheduleOp schedule, func::FuncOp kernel)
      : loop(loop), schedule(schedule), kernel(kernel), builder(loop),
        loc(loop.getLoc()),
        pointer(LLVM::LLVMPointerType::get(loop.getContext())),
        i64(builder.getI64Type()), converter(loop.getContext()) {}

  /// Replaces the loop by a call of the runtime; returns its code. Fails with a
  /// diagnostic if the module declares another `norm_parallel_for`.
  FailureOr<Value> outline(StringRef bodyName) {
    FailureOr<LLVM::LLVMFuncOp> parallelFor = LLVM::lookupOrCreateFn(
        builder, kernel->getParentOfType<ModuleOp>(), "norm_parallel_for",
        {i64, i64, pointer, pointer}, builder.getI32Type());
    if (failed(parallelFor))
      return failure();
    collectCaptures();
    SmallVector<Type> fields;
    for (Value capture : captures)
      fields.push_back(converter.convertType(capture.getType()));
    contextType =
        LLVM::LLVMStructType::getLiteral(builder.getContext(), fields);

    SmallVector<Value> bounds;
    for (OpFoldResult bound : loop.getMixedUpperBound())
      bounds.push_back(getValueOrCreateConstantIndexOp(builder, loc, bound));
    Value rows = bounds[0];
    for (Value bound : ArrayRef(bounds).drop_front())
      rows = arith::MulIOp::create(builder, loc, rows, bound);
    Value grain = rowsOfGrain(rows);
    Value context = storeCaptures();
    func::FuncOp body = makeBody(bodyName);

    Value function = func::ConstantOp::create(builder, loc,
                                              body.getFunctionType(), bodyName);
    Value address =
        UnrealizedConversionCastOp::create(builder, loc, pointer, function)
            .getResult(0);
    return LLVM::CallOp::create(
               builder, loc, *parallelFor,
               ValueRange{toI64(rows), toI64(grain), address, context})
        .getResult();
  }

private:
  /// Values from outside that the body uses; constants are made again inside.
  void collectCaptures() {
    llvm::SetVector<Value> used;
    getUsedValuesDefinedAbove(loop.getRegion(), used);
    for (OpFoldResult bound : loop.getMixedUpperBound())
      if (auto value = dyn_cast<Value>(bound))
        used.insert(value);
    for (Value value : used) {
      Operation *definition = value.getDefiningOp();
      if (definition && matchPattern(definition, m_Constant()))
        constants.push_back(definition);
      else
        captures.push_back(value);
    }
  }

  /// The rows whose data has the bytes of a grain, at least 1.
  Value rowsOfGrain(Value rows) {
    Value one = index(1);
    Value bytes =
        arith::DivUIOp::create(builder, loc, schedule.getBytes(),
                               arith::MaxUIOp::create(builder, loc, rows, one));
    return arith::CeilDivUIOp::create(
        builder, loc, index(schedule.getStrategy().getGrainBytes()),
        arith::MaxUIOp::create(builder, loc, bytes, one));
  }

  Value storeCaptures() {
    Value one = LLVM::ConstantOp::create(builder, loc, i64, 1);
    Value context =
        LLVM::AllocaOp::create(builder, loc, pointer, contextType, one);
    for (auto [i, capture] : llvm::enumerate(captures))
      LLVM::StoreOp::create(builder, loc,
                            cast(capture, contextType.getBody()[i]),
                            field(context, i));
    return context;
  }

  /// `@body(context, begin, end)` runs the rows [begin, end) one by one.
  func::FuncOp makeBody(StringRef name) {
    OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPoint(kernel);
    auto body = func::FuncOp::create(
        builder, loc, name, builder.getFunctionType({pointer, i64, i64}, {}));
    body.setPrivate();
    builder.setInsertionPointToStart(body.addEntryBlock());
    IRMapping map;
    for (Operation *constant : constants)
      builder.clone(*constant, map);
    for (auto [i, capture] : llvm::enumerate(captures)) {
      Value loaded =
          LLVM::LoadOp::create(builder, loc, contextType.getBody()[i],
                               field(body.getArgument(0), i));
      map.map(capture, cast(loaded, capture.getType()));
    }
    Value begin = toIndex(body.getArgument(1)),
          end = toIndex(body.getArgument(2));
    scf::ForOp::create(builder, loc, begin, end, index(1), ValueRange(),
                       [&](OpBuilder &, Location, Value row, ValueRange) {
                         mapInductionVars(row, map);
                         for (Operation &op :
                              loop.getBody()->without_terminator())
                           builder.clone(op, map);
                         scf::YieldOp::create(builder, loc);
                       });
    func::ReturnOp::create(builder, loc);
    return body;
  }

  /// The coordinates of a row, the last dim fastest.
  void mapInductionVars(Value row, IRMapping &map) {
    SmallVector<OpFoldResult> bounds = loop.getMixedUpperBound();
    for (int64_t i = bounds.size() - 1; i > 0; --i) {
      Value bound =
          isa<Attribute>(bounds[i])
              ? getValueOrCreateConstantIndexOp(builder, loc, bounds[i])
              : map.lookup(llvm::cast<Value>(bounds[i]));
      map.map(loop.getInductionVar(i),
              arith::RemUIOp::create(builder, loc, row, bound).getResult());
      row = arith::DivUIOp::create(builder, loc, row, bound);
    }
    map.map(loop.getInductionVar(0), row);
  }

  Value cast(Value value, Type type) {
    if (value.getType() == type)
      return value;
    return UnrealizedConversionCastOp::create(builder, loc, type, value)
        .getResult(0);
  }
  Value field(Value context, int32_t i) {
    return LLVM::GEPOp::create(builder, loc, pointer, contextType, context,
                               ArrayRef<LLVM::GEPArg>{0, i});
  }
  Value index(int64_t value) {
    return arith::ConstantIndexOp::create(builder, loc, value);
  }
  Value toI64(Value value) {
    return arith::IndexCastOp::create(builder, loc, i64, value);
  }
  Value toIndex(Value value) {
    return arith::IndexCastOp::create(builder, loc, builder.getIndexType(),
                                      value);
  }

  scf::ForallOp loop;
  LoopScheduleOp schedule;
  func::FuncOp kernel;
  OpBuilder builder;
  Location loc;
  LLVM::LLVMPointerType pointer;
  Type i64;
  LLVMTypeConverter converter;
  SmallVector<Operation *> constants;
  SmallVector<Value> captures;
  LLVM::LLVMStructType contextType;
};

struct OutlineParallelPass
    : norm::impl::OutlineParallelBase<OutlineParallelPass> {
  void runOnOperation() override {
    SmallVector<func::FuncOp> kernels(getOperation().getOps<func::FuncOp>());
    for (func::FuncOp kernel : kernels)
      if (!kernel.isExternal() && kernel.getBody().hasOneBlock())
        if (failed(outlineLoops(kernel)))
          return signalPassFailure();
  }

  /// Outlines the row loops that the kernel runs once; those in another loop
  /// and those that allocate stay where they are.
  LogicalResult outlineLoops(func::FuncOp kernel) {
    auto terminator =
        dyn_cast<func::ReturnOp>(kernel.getBody().front().getTerminator());
    if (!terminator || terminator.getNumOperands() != 1 ||
        !terminator.getOperand(0).getType().isInteger(32))
      return success();
    SmallVector<Value> codes;
    for (auto loop : llvm::make_early_inc_range(
             kernel.getBody().front().getOps<scf::ForallOp>())) {
      auto schedules = loop.getBody()->getOps<LoopScheduleOp>();
      // A body cannot report that it got no memory.
      bool allocates =
          loop.walk([](memref::AllocOp) { return WalkResult::interrupt(); })
              .wasInterrupted();
      if (schedules.empty() || loop.getNumResults() != 0 ||
          !loop.isNormalized() || allocates)
        continue;
      std::string name =
          (kernel.getSymName() + ".rows" + Twine(codes.size())).str();
      FailureOr<Value> code =
          LoopOutliner(loop, *schedules.begin(), kernel).outline(name);
      if (failed(code))
        return failure();
      codes.push_back(*code);
      loop.erase();
    }
    // All loops run even if one fails; the call reports a code of one of them.
    OpBuilder builder(terminator);
    Value result = terminator.getOperand(0);
    for (Value code : codes)
      result =
          arith::MaxSIOp::create(builder, terminator.getLoc(), result, code);
    terminator->setOperand(0, result);
    return success();
  }
};

} // namespace
