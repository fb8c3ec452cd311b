//===- ArgumentNames.cpp - Names of arguments and results -----------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "norm/Target/ArgumentNames.h"

#include "norm/IR/AttributeNames.h"

#include "mlir/AsmParser/AsmParserState.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinOps.h"
#include "llvm/ADT/SmallPtrSet.h"
#include "llvm/ADT/StringExtras.h"

using namespace llvm;
using namespace norm;

/// The name that `definition` spells as `%name` or `%name:2`; empty if it is a
/// number.
static StringRef getName(const mlir::AsmParserState::SMDefinition &definition) {
  const char *begin = definition.loc.Start.getPointer();
  StringRef text(begin, definition.loc.End.getPointer() - begin);
  StringRef name = text.ltrim('%').split(':').first.rtrim();
  return all_of(name, isDigit) ? StringRef() : name;
}

/// The name of `value`, a result of an operation; empty if it has none.
static std::string getResultName(mlir::OpResult value,
                                 const mlir::AsmParserState &state) {
  const auto *operation = state.getOpDef(value.getOwner());
  if (!operation)
    return "";
  unsigned number = value.getResultNumber();
  for (const auto &group : reverse(operation->resultGroups)) {
    if (group.startIndex > number)
      continue;
    StringRef name = getName(group.definition);
    bool isOnly = group.startIndex + 1 == operation->op->getNumResults() ||
                  (&group != &operation->resultGroups.back() &&
                   (&group)[1].startIndex == group.startIndex + 1);
    if (name.empty() || isOnly)
      return name.str();
    // `%pair:2` names two values.
    return (name + "_" + Twine(number - group.startIndex)).str();
  }
  return "";
}

static void setNames(mlir::func::FuncOp function,
                     const mlir::AsmParserState &state) {
  mlir::Builder builder(function.getContext());
  if (const auto *block = state.getBlockDef(&function.getBody().front()))
    for (auto [index, definition] : enumerate(block->arguments)) {
      StringRef name = getName(definition);
      if (!name.empty() && !function.getArgAttr(index, kNameAttr))
        function.setArgAttr(index, kNameAttr, builder.getStringAttr(name));
    }
  auto terminator = function.getBody().hasOneBlock()
                        ? dyn_cast<mlir::func::ReturnOp>(
                              function.getBody().front().getTerminator())
                        : nullptr;
  if (!terminator)
    return;
  SmallPtrSet<mlir::Value, 4> seen;
  for (auto [index, value] : enumerate(terminator.getOperands())) {
    auto result = dyn_cast<mlir::OpResult>(value);
    if (!result || !seen.insert(value).second ||
        function.getResultAttr(index, kNameAttr))
      continue;
    std::string name = getResultName(result, state);
    if (!name.empty())
      function.setResultAttr(index, kNameAttr, builder.getStringAttr(name));
  }
}

void norm::setSourceNames(mlir::ModuleOp module,
                          const mlir::AsmParserState &state) {
  for (auto function : module.getOps<mlir::func::FuncOp>())
    if (function.isPublic() && !function.isDeclaration())
      setNames(function, state);
}

std::vector<std::string> norm::getArgumentNames(mlir::func::FuncOp function) {
  std::vector<std::string> names;
  for (unsigned i = 0; i < function.getNumArguments(); ++i) {
    auto name = function.getArgAttrOfType<mlir::StringAttr>(i, kNameAttr);
    names.push_back(name ? name.str() : "arg" + std::to_string(i));
  }
  return names;
}

std::vector<std::string> norm::getResultNames(mlir::func::FuncOp function) {
  std::vector<std::string> names;
  for (unsigned i = 0; i < function.getNumResults(); ++i) {
    auto name = function.getResultAttrOfType<mlir::StringAttr>(i, kNameAttr);
    names.push_back(name ? name.str() : "res" + std::to_string(i));
  }
  return names;
}
