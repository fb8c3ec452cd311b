//===- SizeFlattening.cpp - Sizes in loops and branches -------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "SizeFlattening.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Interfaces/LoopLikeInterface.h"

using namespace mlir;
using namespace norm;

/// True if the op or one in its regions has to do with tensors.
static bool usesTensors(Operation *op) {
  auto isTensor = llvm::IsaPred<TensorType>;
  return op
      ->walk([&](Operation *inner) {
        return llvm::any_of(inner->getOperandTypes(), isTensor) ||
                       llvm::any_of(inner->getResultTypes(), isTensor)
                   ? WalkResult::interrupt()
                   : WalkResult::advance();
      })
      .wasInterrupted();
}

void SizeFlattening::run() {
  for (Operation &op : llvm::make_early_inc_range(body.without_terminator()))
    visit(&op);
}

void SizeFlattening::visit(Operation *op) {
  checks.add(op);
  if (llvm::none_of(op->getRegions(), [](Region &region) {
        return llvm::any_of(region.getOps(), [](Operation &inner) {
          return usesTensors(&inner);
        });
      }))
    // A loop over numbers may compute a size.
    if (llvm::none_of(op->getResultTypes(), llvm::IsaPred<TensorType>) ||
        !isa<scf::IfOp, scf::WhileOp, LoopLikeOpInterface>(op))
      return;
  if (auto ifOp = dyn_cast<scf::IfOp>(op))
    return visitIf(ifOp);
  if (auto whileOp = dyn_cast<scf::WhileOp>(op))
    return visitWhile(whileOp);
  if (auto loop = dyn_cast<LoopLikeOpInterface>(op))
    return visitLoop(loop);
  for (Region &region : op->getRegions())
    moveOut(region, op, [&](BlockArgument argument) {
      return unknown(argument.getType(), op);
    });
}

void SizeFlattening::visitIf(scf::IfOp op) {
  Location loc = op.getLoc();
  OpBuilder builder(op);
  Value condition = op.getCondition();
  Value yes =
      arith::ConstantOp::create(builder, loc, builder.getBoolAttr(true));
  checks.conditions.push_back(condition);
  ValueRange ofThen = moveOut(op.getThenRegion(), op, nullptr), ofElse;
  checks.conditions.back() =
      arith::XOrIOp::create(builder, loc, condition, yes);
  if (!op.getElseRegion().empty())
    ofElse = moveOut(op.getElseRegion(), op, nullptr);
  checks.conditions.pop_back();
  builder.setInsertionPoint(op);
  for (auto [result, a, b] : llvm::zip(op.getResults(), ofThen, ofElse)) {
    Value selected;
    if (auto type = dyn_cast<RankedTensorType>(result.getType())) {
      SmallVector<Value> sizes;
      for (int64_t i = 0; i < type.getRank(); ++i)
        if (type.isDynamicDim(i))
          sizes.push_back(arith::SelectOp::create(
              builder, loc, condition,
              tensor::DimOp::create(builder, loc, a, i),
              tensor::DimOp::create(builder, loc, b, i)));
      selected = tensor::EmptyOp::create(builder, loc, type, sizes);
    } else if (isa<TensorType>(result.getType())) {
      selected = unknown(result.getType(), op);
    } else {
      selected = arith::SelectOp::create(builder, loc, condition, a, b);
    }
    result.replaceAllUsesWith(selected);
  }
  op.erase();
}

void SizeFlattening::visitLoop(LoopLikeOpInterface op) {
  if (auto loop = dyn_cast<scf::ForOp>(*op)) {
    OpBuilder builder(op);
    checks.conditions.push_back(
        arith::CmpIOp::create(builder, op.getLoc(),
                              loop.getUnsignedCmp() ? arith::CmpIPredicate::ult
                                                    : arith::CmpIPredicate::slt,
                              loop.getLowerBound(), loop.getUpperBound()));
  }
  auto tied = [&](auto value) {
    OpOperand *init = op.getTiedLoopInit(value);
    return sizeOf(init ? init->get() : Value(), value.getType(), op);
  };
  for (Region *region : op.getLoopRegions())
    moveOut(*region, op,
            [&](BlockArgument argument) { return tied(argument); });
  addCarried(op, op.getInits(), op.getYieldedValues());
  if (isa<scf::ForOp>(*op))
    checks.conditions.pop_back();
  for (OpResult result : op->getResults())
    result.replaceAllUsesWith(tied(result));
  op.erase();
}

void SizeFlattening::visitWhile(scf::WhileOp op) {
  OperandRange inits = op.getInits();
  moveOut(op.getBefore(), op, [&](BlockArgument argument) {
    return sizeOf(inits[argument.getArgNumber()], argument.getType(), op);
  });
  OperandRange passed = op.getConditionOp().getArgs();
  checks.conditions.push_back(op.getConditionOp().getCondition());
  ValueRange yielded =
      moveOut(op.getAfter(), op, [&](BlockArgument argument) -> Value {
        return passed[argument.getArgNumber()];
      });
  addCarried(op, inits, yielded);
  checks.conditions.pop_back();
  op->replaceAllUsesWith(ValueRange(passed));
  op.erase();
}

ValueRange
SizeFlattening::moveOut(Region &region, Operation *op,
                        llvm::function_ref<Value(BlockArgument)> replacement) {
  ValueRange yielded;
  for (Block &block : region) {
    for (BlockArgument argument : block.getArguments())
      argument.replaceAllUsesWith(replacement(argument));
    Operation *last = block.mightHaveTerminator() ? &block.back() : nullptr;
    for (Operation &inner : llvm::make_early_inc_range(block))
      if (&inner != last) {
        inner.moveBefore(op);
        visit(&inner);
      }
    if (auto parallel = dyn_cast_or_null<scf::InParallelOp>(last))
      for (Operation &inner : parallel.getRegion().getOps())
        checks.add(&inner);
    if (last)
      yielded = last->getOperands();
  }
  return yielded;
}

void SizeFlattening::addCarried(Operation *op, ValueRange inits,
                                ValueRange yielded) {
  for (auto [number, init, next] : llvm::enumerate(inits, yielded))
    if (auto type = dyn_cast<RankedTensorType>(init.getType()))
      for (int64_t i = 0; i < type.getRank(); ++i)
        checks.addDim(op, "yielded value " + Twine(number), i,
                      checks.dim(op, next, i), checks.dim(op, init, i));
}

Value SizeFlattening::sizeOf(Value value, Type type, Operation *op) {
  return value && value.getType() == type && isa<RankedTensorType>(type)
             ? value
             : unknown(type, op);
}

Value SizeFlattening::unknown(Type type, Operation *op) {
  unknownOps.push_back(op->getName());
  return body.addArgument(type, op->getLoc());
}

std::optional<OperationName> SizeFlattening::findObstacle(Value value) const {
  SmallVector<Value> worklist{value};
  llvm::SmallDenseSet<Value> seen;
  while (!worklist.empty()) {
    Value next = worklist.pop_back_val();
    if (!seen.insert(next).second)
      continue;
    if (auto argument = dyn_cast<BlockArgument>(next)) {
      if (argument.getOwner() == &body &&
          argument.getArgNumber() >= firstUnknown)
        return unknownOps[argument.getArgNumber() - firstUnknown];
      continue;
    }
    Operation *op = next.getDefiningOp();
    bool isDim =
        isa<tensor::DimOp>(op) && isa<BlockArgument>(op->getOperand(0));
    if (!isDim && usesTensors(op))
      return op->getName();
    op->walk([&](Operation *inner) {
      llvm::append_range(worklist, inner->getOperands());
    });
  }
  return std::nullopt;
}

void SizeFlattening::eraseUnknown() {
  body.eraseArguments(firstUnknown, body.getNumArguments() - firstUnknown);
}
