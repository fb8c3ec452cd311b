//===- Gradient.cpp - Differentiating MLIR text in tests ------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Gradient.h"

#include "norm/Differentiation/Passes.h"
#include "norm/IR/NormOps.h"
#include "norm/Reference/Evaluator.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Pass/PassRegistry.h"

#include <cstring>
#include <numeric>
#include <random>
#include <sstream>

using namespace mlir;
using namespace norm;
using norm::test::Array;
using norm::test::Evaluation;

static reference::Tensor toTensor(const Array &array) {
  return reference::Tensor::getFloat(reference::ElementType::F64, array.shape,
                                     array.values);
}

namespace {

/// A module after norm-differentiate.
class Differentiated {
public:
  Differentiated(const std::string &text, const std::string &options) {
    [[maybe_unused]] static bool registered =
        (registerNormDifferentiationPasses(), true);
    context.loadDialect<NormDialect, arith::ArithDialect, func::FuncDialect,
                        linalg::LinalgDialect, math::MathDialect,
                        scf::SCFDialect, tensor::TensorDialect>();
    ScopedDiagnosticHandler handler(&context, [&](Diagnostic &diagnostic) {
      if (diagnostic.getSeverity() == DiagnosticSeverity::Error)
        error += diagnostic.str() + "\n";
      return success();
    });
    module = parseSourceString<ModuleOp>(text, &context, "test.mlir");
    if (!module)
      return;
    auto manager = PassManager::on<ModuleOp>(&context);
    std::string pipeline = "norm-differentiate{" + options + "}";
    if (failed(parsePassPipeline(pipeline, manager)) ||
        failed(manager.run(*module)))
      error += "norm-differentiate failed";
  }

  Evaluation evaluate(StringRef name, ArrayRef<Array> arguments) {
    if (!error.empty())
      return {{}, error};
    auto function = module->lookupSymbol<func::FuncOp>(name);
    if (!function)
      return {{}, ("there is no function " + name).str()};
    std::vector<reference::Tensor> tensors;
    for (const Array &argument : arguments)
      tensors.push_back(toTensor(argument));
    auto results = reference::evaluate(function, tensors);
    if (!results)
      return {{}, llvm::toString(results.takeError())};
    Evaluation evaluation;
    for (const reference::Tensor &result : *results)
      evaluation.results.push_back(
          {{result.shape.begin(), result.shape.end()}, result.real});
    return evaluation;
  }

  /// The numbers of the results of `f_fwd` that are residuals.
  ArrayRef<int64_t> getResiduals() {
    return module->lookupSymbol<func::FuncOp>("f_fwd")
        ->getAttrOfType<DenseI64ArrayAttr>("norm.residuals")
        .asArrayRef();
  }

  std::string error;

private:
  MLIRContext context;
  OwningOpRef<ModuleOp> module;
};

} // namespace

Evaluation norm::test::evaluateDifferentiated(
    const std::string &text, const std::string &options,
    const std::string &name, const std::vector<Array> &arguments) {
  return Differentiated(text, options).evaluate(name, arguments);
}

/// The sum of all elements of `a` times those of `b`, and of their magnitudes.
static std::pair<double, double> multiply(ArrayRef<Array> a,
                                          ArrayRef<Array> b) {
  double sum = 0, magnitude = 0;
  for (auto [x, y] : llvm::zip(a, b))
    for (auto [u, v] : llvm::zip(x.values, y.values)) {
      sum += u * v;
      magnitude += std::abs(u * v);
    }
  return {sum, magnitude};
}

/// Compares `f_vjp` on the residuals of `f_fwd` with `expected`.
static std::string checkResiduals(const std::string &text,
                                  ArrayRef<Array> arguments,
                                  std::vector<Array> inputs,
                                  ArrayRef<Array> expected) {
  Differentiated module(text, "residuals=return");
  Evaluation forward = module.evaluate("f_fwd", arguments);
  if (!forward.error.empty())
    return forward.error;
  for (int64_t number : module.getResiduals())
    inputs.push_back(forward.results[number]);
  Evaluation backward = module.evaluate("f_vjp", inputs);
  if (!backward.error.empty())
    return backward.error;
  for (auto [i, found] : llvm::enumerate(backward.results))
    if (found.shape != expected[i].shape ||
        std::memcmp(found.values.data(), expected[i].values.data(),
                    found.values.size() * sizeof(double)) != 0)
      return "the residuals change result " + std::to_string(i);
  return "";
}

std::string
norm::test::compareWithDifferences(const std::string &text,
                                   const std::vector<Array> &arguments,
                                   const std::vector<Array> &cotangents) {
  Differentiated module(text, "");
  std::vector<Array> inputs = arguments;
  inputs.insert(inputs.end(), cotangents.begin(), cotangents.end());
  Evaluation backward = module.evaluate("f_vjp", inputs);
  if (!backward.error.empty())
    return backward.error;
  if (backward.results.size() != arguments.size())
    return "expected a cotangent per argument";

  std::string error;
  for (size_t number = 0; number < arguments.size(); ++number) {
    const Array &argument = arguments[number];
    if (backward.results[number].shape != argument.shape)
      return "expected the shape of argument " + std::to_string(number);
    for (size_t i = 0; i < argument.values.size() && error.empty(); ++i) {
      double magnitude = 0;
      auto evaluateAt = [&](double offset) {
        std::vector<Array> moved = arguments;
        moved[number].values[i] += offset;
        Evaluation forward = module.evaluate("f", moved);
        error += forward.error;
        auto [sum, size] = multiply(forward.results, cotangents);
        magnitude = std::max(magnitude, size);
        return sum;
      };
      auto difference = [&](double step) {
        return (evaluateAt(step) - evaluateAt(-step)) / (2 * step);
      };
      const double step = 1e-4;
      double coarse = difference(step), fine = difference(step / 2);
      double found = backward.results[number].values[i];
      // Halving the step leaves a quarter of the error. The other term is for
      // values with a relative error of some hundred roundings, as a function
      // of ten ops with moderate condition has.
      double rounding = 500 * std::numeric_limits<double>::epsilon();
      double tolerance = std::abs(coarse - fine) +
                         rounding * (1 + magnitude) / step +
                         rounding * std::abs(found);
      if (!(std::abs(found - fine) <= tolerance)) {
        std::ostringstream message;
        message.precision(17);
        message << "argument " << number << ", element " << i << ": expected "
                << fine << " +- " << tolerance << ", found " << found;
        return message.str();
      }
    }
  }
  if (!error.empty())
    return error;
  return checkResiduals(text, arguments, inputs, backward.results);
}

Array norm::test::makeArray(std::vector<int64_t> shape, uint64_t seed,
                            double low, double high) {
  int64_t count = std::accumulate(shape.begin(), shape.end(), int64_t(1),
                                  std::multiplies<>());
  std::mt19937_64 generator(seed);
  Array array{std::move(shape), std::vector<double>(count)};
  for (double &value : array.values)
    value = low + (high - low) * double(generator() >> 11) * 0x1p-53;
  return array;
}
