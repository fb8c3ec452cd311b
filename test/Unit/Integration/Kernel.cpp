//===- Kernel.cpp - Compiling and calling functions in tests ---*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Kernel.h"

#include "Buffer.h"
#include "DeviceMemory.h"

#include "norm/Emulator/EmulatedDriver.h"
#include "norm/ExecutionEngine/ExecutionEngine.h"
#include "norm/Reference/Evaluator.h"
#include "norm/Runner/HostTensor.h"

#include "mlir/Parser/Parser.h"
#include "llvm/IR/Module.h"
#include "llvm/Transforms/Utils/Cloning.h"
#include "gtest/gtest.h"

#include <cstring>

using namespace norm;
using namespace norm::test;

int64_t test::getBytes(ElementType type) {
  return std::max(8u, reference::getBitWidth(type)) / 8;
}

int64_t test::count(const Sizes &sizes) {
  int64_t product = 1;
  for (int64_t size : sizes)
    product *= size;
  return product;
}

bool test::identical(const Array &a, const Array &b) {
  if (a.type != b.type || a.sizes != b.sizes ||
      a.values.size() != b.values.size())
    return false;
  for (size_t i = 0; i < a.values.size(); ++i) {
    if (std::isnan(a.values[i]) && std::isnan(b.values[i]))
      continue;
    if (std::memcmp(&a.values[i], &b.values[i], sizeof(double)) != 0)
      return false;
  }
  return true;
}

std::vector<std::string> test::getTestedCPUs() {
  std::vector<std::string> cpus;
  for (const char *cpu : {"x86-64-v3", "x86-64-v4"}) {
    auto spec = TargetSpec::create("", cpu);
    if (!spec) { // no x86
      llvm::consumeError(spec.takeError());
      continue;
    }
    if (llvm::Error error = checkRunsOnHost(*spec))
      llvm::consumeError(std::move(error));
    else
      cpus.push_back(cpu);
  }
  // The host's vectors are those of x86-64-v3 where x86-64-v4 does not run.
  if (cpus != std::vector<std::string>{"x86-64-v3"})
    cpus.push_back("native");
  return cpus;
}

Argument test::toArgument(const Operand &operand) {
  if (operand.kind == Operand::Kind::Tensor)
    return Argument::tensor(runner::getDataType(operand.type), operand.data,
                            operand.sizes, operand.strides);
  if (operand.kind == Operand::Kind::ScalarResult)
    return Argument::scalarResult(runner::getDataType(operand.type),
                                  operand.data);
  switch (operand.type) {
  case ElementType::F32:
    return Argument::scalar(static_cast<float>(operand.value));
  case ElementType::F64:
    return Argument::scalar(operand.value);
  case ElementType::I32:
    return Argument::scalar(static_cast<int32_t>(operand.value));
  default:
    return Argument::scalar(static_cast<int64_t>(operand.value));
  }
}

static reference::Tensor toTensor(const Array &array) {
  if (reference::isFloat(array.type))
    return reference::Tensor::getFloat(array.type, array.sizes, array.values);
  return reference::Tensor::getInteger(
      array.type, array.sizes, {array.values.begin(), array.values.end()});
}

static Array toArray(reference::Tensor tensor) {
  Array array{
      tensor.type, {tensor.shape.begin(), tensor.shape.end()}, tensor.real};
  array.exact = std::move(tensor.exact);
  if (!reference::isFloat(tensor.type))
    array.values.assign(tensor.integer.begin(), tensor.integer.end());
  return array;
}

struct Kernel::Implementation {
  std::unique_ptr<mlir::MLIRContext> context;
  mlir::OwningOpRef<mlir::ModuleOp> module;
  std::unique_ptr<ExecutionEngine> engine;
  bool isEmulated = false;
};

Kernel::Kernel(const std::string &text, const Options &options)
    : impl(std::make_unique<Implementation>()) {
  mlir::DialectRegistry registry;
  registerCompilerDialects(registry);
  impl->context = std::make_unique<mlir::MLIRContext>(
      registry, mlir::MLIRContext::Threading::DISABLED);
  impl->module =
      mlir::parseSourceString<mlir::ModuleOp>(text, impl->context.get());
  if (!impl->module) {
    ADD_FAILURE() << "the test's source is wrong:\n" << text;
    return;
  }
  auto target = TargetSpec::create("", options.cpu);
  if (!target) {
    ADD_FAILURE() << llvm::toString(target.takeError());
    return;
  }
  CompileOptions compileOptions(std::move(*target));
  compileOptions.optLevel = options.optLevel;
  if (options.isAffine)
    compileOptions.lowering = Lowering::Affine;
  if (options.isEmulated) {
    useEmulatedDriver();
    impl->isEmulated = true;
    auto makeImage = [&](const llvm::Module &kernels) {
      std::unique_ptr<llvm::Module> copy = llvm::CloneModule(kernels);
      if (options.editKernels)
        options.editKernels(*copy);
      return emulator::makeModuleImage(*copy);
    };
    compileOptions.gpu = {llvm::cantFail(GPUTarget::create("sm_90")),
                          makeImage};
  }
  auto engine = ExecutionEngine::create(*impl->module, compileOptions);
  if (!engine)
    ADD_FAILURE() << llvm::toString(engine.takeError()) << "\nin:\n" << text;
  else
    impl->engine = std::move(*engine);
}

Kernel::~Kernel() = default;

std::string Kernel::call(const std::string &function,
                         const std::vector<Operand> &operands) const {
  if (!impl->engine)
    return "not compiled";
  if (impl->isEmulated)
    return callOnDevice(*impl->engine, function, operands);
  std::vector<Argument> arguments;
  for (const Operand &operand : operands)
    arguments.push_back(toArgument(operand));
  return llvm::toString(impl->engine->invoke(function, arguments));
}

std::vector<Sizes>
Kernel::getResultSizes(const std::string &function,
                       const std::vector<Operand> &inputs) const {
  if (!impl->engine)
    return {};
  std::vector<Argument> arguments;
  for (const Operand &operand : inputs)
    arguments.push_back(toArgument(operand));
  auto shapes = impl->engine->resultShapes(function, arguments);
  if (!shapes) {
    ADD_FAILURE() << llvm::toString(shapes.takeError());
    return {};
  }
  std::vector<Sizes> result;
  for (const auto &shape : *shapes)
    result.emplace_back(shape.begin(), shape.end());
  return result;
}

std::vector<ElementType>
Kernel::getResultTypes(const std::string &function) const {
  std::vector<ElementType> types;
  if (!impl->engine)
    return types;
  auto signature = impl->engine->lookup(function);
  if (!signature) {
    ADD_FAILURE() << llvm::toString(signature.takeError());
    return types;
  }
  for (const ValueType &result : (*signature)->results)
    types.push_back(runner::getElementType(result.type));
  return types;
}

std::vector<Array> Kernel::evaluate(const std::string &function,
                                    const std::vector<Array> &inputs) const {
  if (!impl->module)
    return {};
  auto op = impl->module->lookupSymbol<mlir::func::FuncOp>(function);
  if (!op) {
    ADD_FAILURE() << "the test's source has no function " << function;
    return {};
  }
  std::vector<reference::Tensor> tensors;
  for (auto [array, type] : llvm::zip_equal(inputs, op.getArgumentTypes())) {
    tensors.push_back(toTensor(array));
    if (type.isIndex())
      tensors.back().type = ElementType::Index;
  }
  auto results = reference::evaluate(op, tensors);
  if (!results) {
    ADD_FAILURE() << llvm::toString(results.takeError());
    return {};
  }
  std::vector<Array> arrays;
  for (reference::Tensor &result : *results) {
    arrays.push_back(toArray(std::move(result)));
    if (arrays.back().type == ElementType::Index)
      arrays.back().type = ElementType::I64;
  }
  return arrays;
}

std::vector<Array> Kernel::run(const std::string &function,
                               const std::vector<Array> &inputs) const {
  std::vector<Buffer> buffers;
  std::vector<Operand> operands;
  if (!impl->engine)
    return {};
  const Signature &signature = *llvm::cantFail(impl->engine->lookup(function));
  for (auto [input, type] : llvm::zip_equal(inputs, signature.arguments)) {
    if (!type.isTensor) {
      operands.push_back({Operand::Kind::Scalar,
                          input.type,
                          nullptr,
                          {},
                          {},
                          input.values[0]});
      continue;
    }
    buffers.emplace_back(input.type, input.sizes);
    buffers.back().write(input);
    operands.push_back(buffers.back().operand());
  }
  std::vector<Sizes> sizes = getResultSizes(function, operands);
  if (sizes.size() != signature.results.size())
    return {};
  size_t firstResult = buffers.size();
  for (auto [shape, type] : llvm::zip_equal(sizes, signature.results)) {
    buffers.emplace_back(runner::getElementType(type.type), shape);
    operands.push_back(buffers.back().operand());
    if (!type.isTensor)
      operands.back().kind = Operand::Kind::ScalarResult;
  }
  std::string error = call(function, operands);
  if (!error.empty()) {
    ADD_FAILURE() << error;
    return {};
  }
  std::vector<Array> results;
  for (size_t i = 0; i < buffers.size(); ++i) {
    EXPECT_TRUE(buffers[i].areGapsUntouched()) << "of tensor " << i;
    if (i >= firstResult)
      results.push_back(buffers[i].read());
  }
  return results;
}
