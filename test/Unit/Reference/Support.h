//===- Support.h - Evaluating MLIR text in tests ----------------*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NORM_TEST_UNIT_REFERENCE_SUPPORT_H
#define NORM_TEST_UNIT_REFERENCE_SUPPORT_H

#include "norm/Reference/Evaluator.h"

#include "llvm/ADT/StringRef.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace norm::reference::test {

/// What evaluating the function `f` of `module` gave, or the text of the error.
struct Outcome {
  std::vector<Tensor> results;
  std::string error;
};

/// Parses `module` under the file name `test.mlir` and evaluates `f` in it. A
/// module that does not parse or has no `f` is an error that starts with
/// "test:".
Outcome evaluateText(llvm::StringRef module,
                     llvm::ArrayRef<Tensor> arguments = {});

/// The results of `evaluateText`, which must succeed.
std::vector<Tensor> evaluateValid(llvm::StringRef module,
                                  llvm::ArrayRef<Tensor> arguments = {});

/// f16 tensor.
inline Tensor f16(llvm::ArrayRef<int64_t> shape, std::vector<double> values) {
  return Tensor::getFloat(ElementType::F16, shape, std::move(values));
}
/// f32 tensor.
inline Tensor f32(llvm::ArrayRef<int64_t> shape, std::vector<double> values) {
  return Tensor::getFloat(ElementType::F32, shape, std::move(values));
}
/// f64 tensor.
inline Tensor f64(llvm::ArrayRef<int64_t> shape, std::vector<double> values) {
  return Tensor::getFloat(ElementType::F64, shape, std::move(values));
}

} // namespace norm::reference::test

#endif // NORM_TEST_UNIT_REFERENCE_SUPPORT_H
