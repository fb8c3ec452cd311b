//===- Backward.cpp - From the last op to the first -----------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Backward.h"

#include "mlir/Interfaces/CallInterfaces.h"
#include "mlir/Interfaces/ControlFlowInterfaces.h"
#include "mlir/Transforms/RegionUtils.h"

using namespace mlir;
using namespace norm;

bool norm::readsAny(Operation *op, const llvm::DenseSet<Value> &values) {
  llvm::SetVector<Value> used(op->operand_begin(), op->operand_end());
  getUsedValuesDefinedAbove(op->getRegions(), used);
  return llvm::any_of(used,
                      [&](Value value) { return values.contains(value); });
}

llvm::DenseSet<Value> norm::findDependentValues(ArrayRef<Operation *> ops,
                                                ValueRange sources) {
  llvm::DenseSet<Value> dependent(sources.begin(), sources.end());
  for (Operation *op : ops) {
    if (!readsAny(op, dependent))
      continue;
    for (Value result : op->getResults())
      if (isDifferentiable(result.getType()))
        dependent.insert(result);
  }
  return dependent;
}

LogicalResult norm::reportNoRule(Operation *op) {
  InFlightDiagnostic error = op->emitOpError("cannot be differentiated: ");
  if (isa<CallOpInterface>(op))
    return error << "expected a function without calls; inline them first, by "
                    "--inline";
  if (isa<RegionBranchOpInterface>(op))
    return error << "expected straight-line code from the arguments to the "
                    "results, found control flow";
  if (!isMemoryEffectFree(op))
    return error << "expected an op that only computes its results, found one "
                    "with side effects";
  return error << "expected an op with norm::DifferentiableOpInterface between "
                  "the arguments and the results, found one without a rule";
}

LogicalResult norm::differentiateOps(ArrayRef<Operation *> ops,
                                     OpBuilder &builder,
                                     Cotangents &cotangents) {
  for (Operation *op : llvm::reverse(ops)) {
    bool hasCotangent = llvm::any_of(op->getResults(), [&](Value value) {
      return bool(cotangents.get(value));
    });
    if (!hasCotangent)
      continue;
    auto rule = dyn_cast<DifferentiableOpInterface>(op);
    if (!rule)
      return reportNoRule(op);
    if (failed(rule.differentiate(builder, cotangents)))
      return failure();
  }
  return success();
}
