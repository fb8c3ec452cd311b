//===- OutlineParallel.cpp - Row loops as bodies of a parallel loop -----===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "EntryPoints.h"

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
        i32(builder.getI32Type()), i64(builder.getI64Type()),
        converter(loop.getContext()),
        allocates(
            loop.walk([](memref::AllocOp) { return WalkResult::interrupt(); })
                .wasInterrupted()) {}

  /// Replaces the loop by a call of the runtime; returns its code. Fails with a
  /// diagnostic if the module declares another `norm_parallel_for`.
  FailureOr<Value> outline(StringRef bodyName) {
    FailureOr<LLVM::LLVMFuncOp> parallelFor = LLVM::lookupOrCreateFn(
        builder, kernel->getParentOfType<ModuleOp>(), "norm_parallel_for",
        {i64, i64, pointer, pointer}, i32);
    if (failed(parallelFor))
      return failure();
    collectCaptures();
    SmallVector<Type> fields;
    for (Value capture : captures)
      fields.push_back(converter.convertType(capture.getType()));
    if (allocates)
      fields.push_back(i32);
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

    Value function = func::ConstantOp::create(
        builder, loc, body.getFunctionType(), body.getSymName());
    Value address =
        UnrealizedConversionCastOp::create(builder, loc, pointer, function)
            .getResult(0);
    Value code = LLVM::CallOp::create(
                     builder, loc, *parallelFor,
                     ValueRange{toI64(rows), toI64(grain), address, context})
                     .getResult();
    if (allocates)
      return reportStatus(context, code);
    return code;
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
    if (allocates)
      LLVM::StoreOp::create(builder, loc,
                            LLVM::ConstantOp::create(builder, loc, i32, 0),
                            status(context));
    return context;
  }

  /// `@body(context, begin, end)` runs the rows [begin, end) one by one. One
  /// that allocates is split: memory can only be missed by a function that
  /// returns a code, and the runtime's bodies return none.
  func::FuncOp makeBody(StringRef name) {
    OpBuilder::InsertionGuard guard(builder);
    if (!allocates) {
      func::FuncOp body = makeFunction(name, {});
      runRows(body);
      func::ReturnOp::create(builder, loc);
      return body;
    }
    func::FuncOp rows = makeFunction((name + ".scratch").str(), {i32});
    runRows(rows);
    Value zero =
        arith::ConstantOp::create(builder, loc, builder.getI32IntegerAttr(0));
    func::ReturnOp::create(builder, loc, zero);
    func::FuncOp body = makeFunction(name, {});
    Value code = func::CallOp::create(builder, loc, rows, body.getArguments())
                     .getResult(0);
    // Any thread may be the one that finds no memory.
    LLVM::AtomicRMWOp::create(builder, loc, LLVM::AtomicBinOp::max,
                              status(body.getArgument(0)), code,
                              LLVM::AtomicOrdering::monotonic);
    func::ReturnOp::create(builder, loc);
    return body;
  }

  /// Leaves the builder in an empty function of a context and a range of rows.
  func::FuncOp makeFunction(StringRef name, TypeRange results) {
    builder.setInsertionPoint(kernel);
    auto function = func::FuncOp::create(
        builder, loc, name,
        builder.getFunctionType({pointer, i64, i64}, results));
    function.setPrivate();
    function->setAttr(kFunctionAttr, builder.getStringAttr(functionOf(kernel)));
    builder.setInsertionPointToStart(function.addEntryBlock());
    return function;
  }

  void runRows(func::FuncOp body) {
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
  }

  /// The larger of the runtime's code and those of the bodies, whose text is
  /// lost with their threads.
  FailureOr<Value> reportStatus(Value context, Value code) {
    FailureOr<LLVM::LLVMFuncOp> report = LLVM::lookupOrCreateFn(
        builder, kernel->getParentOfType<ModuleOp>(), "norm_report_error",
        {i32, pointer, pointer, i32}, i32);
    if (failed(report))
      return failure();
    Value failure = LLVM::LoadOp::create(builder, loc, i32, status(context));
    Value zero = LLVM::ConstantOp::create(builder, loc, i32, 0);
    Value failed = LLVM::ICmpOp::create(builder, loc, LLVM::ICmpPredicate::ne,
                                        failure, zero);
    StringRef name = kernel.getSymName();
    Value text = LLVM::createGlobalString(
        loc, builder, (name + ".no_row_memory").str(),
        (functionOf(kernel) +
         ": expected memory for a row in each thread, found none")
                .str() +
            '\0',
        LLVM::Linkage::Internal);
    auto branch = scf::IfOp::create(
        builder, loc, failed,
        [&](OpBuilder &nested, Location) {
          Value none = LLVM::ZeroOp::create(nested, loc, pointer);
          scf::YieldOp::create(
              nested, loc,
              LLVM::CallOp::create(nested, loc, *report,
                                   ValueRange{failure, text, none, zero})
                  .getResult());
        },
        [&](OpBuilder &nested, Location) {
          scf::YieldOp::create(nested, loc, code);
        });
    return branch.getResult(0);
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
  /// The code of the bodies, behind the captures.
  Value status(Value context) { return field(context, captures.size()); }
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
  Type i32, i64;
  LLVMTypeConverter converter;
  /// A row has values of its own in memory.
  bool allocates;
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
  /// stay where they are.
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
      if (schedules.empty() || loop.getNumResults() != 0 ||
          !loop.isNormalized())
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
