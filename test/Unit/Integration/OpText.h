//===- OpText.h - Functions of one op as MLIR text -------------*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NORM_TEST_INTEGRATION_OPTEXT_H
#define NORM_TEST_INTEGRATION_OPTEXT_H

#include "Kernel.h"

namespace norm::test {

/// The type in MLIR's assembly: "tensor<4x?xf32>" for sizes {4, -1}.
std::string getTensorType(ElementType type, const Sizes &sizes);

/// A float in MLIR's assembly that is read back to the same bits.
std::string printFloat(double value);

/// Writes a function whose parameters are the operands of one op in tensor form
/// and whose results are the op's.
class OpText {
public:
  /// `op` is the name, such as "norm.rmsnorm".
  explicit OpText(std::string op) : op(std::move(op)) {}

  /// A parameter and operand of `type`, in `name(..)` if it is optional.
  void addOperand(const std::string &name, const std::string &type,
                  bool isOptional = false);
  /// What comes behind the operands, such as "axis(1)"; nothing if empty.
  void addClause(const std::string &clause);

  /// The function `name` with results of these types and sizes.
  std::string getFunction(const std::string &name,
                          const std::vector<Array> &results) const;

private:
  std::string op, parameters, types;
  bool hasOperand = false;
};

/// `{strategy = #norm.strategy<..>}` with these parameters; "" without.
std::string getStrategyClause(const std::string &parameters);

/// The parameters of a strategy attribute for a GPU that cuts rows into chunks
/// of 512 elements, which several blocks share where there are fewer than
/// `splitRows` rows.
std::string getChunkStrategy(int64_t splitRows);

} // namespace norm::test

#endif // NORM_TEST_INTEGRATION_OPTEXT_H
