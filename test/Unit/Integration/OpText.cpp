//===- OpText.cpp - Functions of one op as MLIR text -----------*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "OpText.h"

#include <cstdio>

using namespace norm;
using namespace norm::test;

std::string test::printFloat(double value) {
  char text[40];
  std::snprintf(text, sizeof(text), "%.17e", value);
  return text;
}

std::string test::getTensorType(ElementType type, const Sizes &sizes) {
  std::string text = "tensor<";
  for (int64_t size : sizes)
    text += (size < 0 ? "?" : std::to_string(size)) + "x";
  return text + reference::getName(type) + ">";
}

std::string test::getStrategyClause(const std::string &parameters) {
  return parameters.empty() ? ""
                            : "{strategy = #norm.strategy<" + parameters + ">}";
}

std::string test::getChunkStrategy(int64_t splitRows) {
  return "vector_bits = 128, gpu = <row_threads = 64, block_rows = 1, "
         "thread_elements = 4, row_tile = 256, row_blocks = 264, row_chunk = "
         "512, split_rows = " +
         std::to_string(splitRows) + ">";
}

void OpText::addOperand(const std::string &name, const std::string &type,
                        bool isOptional) {
  const char *separator = hasOperand ? ", " : "";
  parameters += separator + ("%" + name + ": " + type);
  types += separator + type;
  op += isOptional ? " " + name + "(%" + name + ")"
                   : (hasOperand ? ", %" : " %") + name;
  hasOperand = true;
}

void OpText::addClause(const std::string &clause) {
  if (!clause.empty())
    op += " " + clause;
}

std::string OpText::getFunction(const std::string &name,
                                const std::vector<Array> &results) const {
  std::string resultTypes, values;
  for (size_t i = 0; i < results.size(); ++i) {
    const char *separator = i == 0 ? "" : ", ";
    resultTypes += separator + getTensorType(results[i].type, results[i].sizes);
    values += separator + ("%0#" + std::to_string(i));
  }
  return "func.func @" + name + "(" + parameters + ") -> (" + resultTypes +
         ") {\n  %0:" + std::to_string(results.size()) + " = " + op +
         "\n    : (" + types + ") -> (" + resultTypes + ")\n  return " +
         values + " : " + resultTypes + "\n}\n";
}
