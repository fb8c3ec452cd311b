//===- Run.cpp - Compiles and runs one function of a file -----------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "norm/Runner/Run.h"

#include "Inputs.h"
#include "Report.h"
#include "norm/Emulator/EmulatedDriver.h"
#include "norm/ExecutionEngine/ExecutionEngine.h"
#include "norm/Reference/Evaluator.h"
#include "norm/Runner/Compare.h"
#include "norm/Runner/DeviceBench.h"
#include "norm/Runner/Npy.h"
#include "norm/Runtime/norm_runtime.h"
#include "norm/Target/Compile.h"

#include "mlir/Pass/PassManager.h"
#include "mlir/Transforms/Passes.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/Path.h"

#include <cmath>

using namespace norm;
using namespace norm::runner;
using llvm::createStringError;
using llvm::Error;
using llvm::Expected;
using llvm::Twine;

/// Checks the options that a GPU does not have.
static Error checkGPUOptions(const RunOptions &options) {
  if (options.lowering != "vector")
    return createStringError(
        "--lowering=" + options.lowering +
        ": expected vector with --target=" + options.target);
  if (options.threads != 1)
    return createStringError("--threads=" + Twine(options.threads) +
                             ": expected none with --target=" + options.target);
  if (options.bench && options.target == "cuda-emulated")
    return createStringError("--bench: expected --target=cuda or cpu, found "
                             "cuda-emulated: the emulator measures nothing");
  return Error::success();
}

/// Checks what can be checked before the source is read.
static Error checkOptions(const RunOptions &options) {
  if (options.target != "cpu" && options.target != "cuda" &&
      options.target != "cuda-emulated")
    return createStringError("--target=" + options.target +
                             ": expected cpu, cuda or cuda-emulated");
  if (!parseLowering(options.lowering))
    return createStringError("--lowering=" + options.lowering +
                             ": expected vector or affine");
  if (options.target != "cpu")
    if (Error error = checkGPUOptions(options))
      return error;
  if (options.threads < 1 || options.threads > 4096)
    return createStringError("--threads=" + Twine(options.threads) +
                             ": expected 1 to 4096 threads");
  if (!(options.budget.seconds >= 0) || std::isinf(options.budget.seconds))
    return createStringError(
        "--bench-seconds=" + llvm::formatv("{0}", options.budget.seconds) +
        ": expected a number of seconds >= 0");
  llvm::StringSet<> seen;
  for (const std::string &path : options.outputs) {
    // One file has several names, of which "./a" and "a" are found here.
    llvm::SmallString<128> absolute(path);
    if (path != "-" && !llvm::sys::fs::make_absolute(absolute))
      llvm::sys::path::remove_dots(absolute, /*remove_dot_dot=*/true);
    if (!seen.insert(absolute).second)
      return createStringError("--output=" + path +
                               ": the same file is given for two results");
    if (path != "-" && llvm::sys::fs::equivalent(path, options.path))
      return createStringError("--output=" + path +
                               ": expected another file than the source");
    llvm::StringRef folder = llvm::sys::path::parent_path(path);
    if (!folder.empty() && !llvm::sys::fs::is_directory(folder))
      return createStringError(path + ": cannot write: there is no folder " +
                               folder);
  }
  return Error::success();
}

namespace {
/// One run, from the parsed module to the written outputs; the functions are
/// called in their order.
class Runner {
public:
  Runner(const RunOptions &options, llvm::raw_ostream &os)
      : options(options), os(os) {}

  Error openDevice();
  Error load(mlir::MLIRContext *context);
  Error compile();
  Error call();
  Error verify();
  Error measure();
  Error writeOutputs();

private:
  /// Puts the file's name before the text of an error of a call.
  Error inFile(Error error) const {
    return createStringError(options.path + ": " +
                             llvm::toString(std::move(error)));
  }

  Error callOnDevice();
  Expected<BenchResult> measureOnCPU();
  Expected<BenchResult> measureOnDevice();

  const RunOptions &options;
  llvm::raw_ostream &os;
  /// Null for the CPU.
  std::unique_ptr<Device> device;
  mlir::OwningOpRef<mlir::ModuleOp> module;
  mlir::func::FuncOp function;
  Signature signature;
  std::vector<HostTensor> inputs;
  std::unique_ptr<ExecutionEngine> engine;
  double compileSeconds = 0;
  std::vector<HostTensor> results;
  /// Those of the inputs and results, in memory of theirs.
  llvm::SmallVector<Argument> arguments;
  std::optional<Comparison> worst;
};
} // namespace

/// The public function `name` with a body, or the only one if `name` is empty.
static Expected<mlir::func::FuncOp> findFunction(mlir::ModuleOp module,
                                                 const RunOptions &options) {
  llvm::SmallVector<mlir::func::FuncOp> functions;
  for (auto function : module.getOps<mlir::func::FuncOp>())
    if (function.isPublic() && !function.isExternal())
      functions.push_back(function);
  for (mlir::func::FuncOp function : functions)
    if (function.getSymName() == options.entry)
      return function;
  if (options.entry.empty() && functions.size() == 1)
    return functions.front();

  std::string names;
  for (mlir::func::FuncOp function : functions)
    names += (names.empty() ? "" : ", ") + function.getSymName().str();
  std::string found =
      functions.empty() ? "no public function" : "the functions " + names;
  if (options.entry.empty())
    return createStringError(options.path +
                             ": expected one public function, or --entry=NAME "
                             "with one of several, found " +
                             found);
  return createStringError(options.path + ": expected a public function '" +
                           options.entry + "', found " + found);
}

Error Runner::openDevice() {
  if (options.target == "cpu")
    return Error::success();
  auto opened = Device::open(options.target == "cuda-emulated",
                             options.random.value_or(0));
  if (!opened)
    return createStringError("--target=" + options.target + ": " +
                             llvm::toString(opened.takeError()));
  device = std::move(*opened);
  return Error::success();
}

Error Runner::load(mlir::MLIRContext *context) {
  MessageOptions messages;
  messages.stream = &llvm::errs();
  auto parsed = parseModule(options.path, context, messages);
  if (!parsed)
    return parsed.takeError();
  module = std::move(*parsed);
  Expected<mlir::func::FuncOp> found = findFunction(*module, options);
  if (!found)
    return found.takeError();
  function = *found;
  for (auto [i, type] : llvm::enumerate(function.getArgumentTypes()))
    if (llvm::isa<mlir::BaseMemRefType>(type))
      return createStringError(
          options.path +
          ": expected tensors and scalars, found a memref as argument " +
          Twine(i) + " of @" + function.getSymName());
  if (!options.outputs.empty() &&
      options.outputs.size() != function.getNumResults())
    return createStringError(
        options.path + ": expected " + Twine(function.getNumResults()) +
        " outputs for the results of @" + function.getSymName() + ", found " +
        Twine(options.outputs.size()));

  // What the function does not need is not compiled, nor can it fail.
  for (auto other : module->getOps<mlir::func::FuncOp>())
    if (other != function)
      other.setPrivate();
  mlir::PassManager manager(context);
  manager.addPass(mlir::createSymbolDCEPass());
  if (Error error =
          collectDiagnostics(context, messages, "removing unused functions",
                             [&] { return manager.run(*module); }))
    return error;

  Expected<std::vector<Signature>> signatures = getSignatures(*module);
  if (!signatures)
    return signatures.takeError();
  signature = *llvm::find_if(*signatures, [&](const Signature &candidate) {
    return candidate.name == function.getSymName();
  });
  Expected<std::vector<HostTensor>> made =
      makeInputs(options, signature, function);
  if (!made)
    return made.takeError();
  inputs = std::move(*made);
  return Error::success();
}

Error Runner::compile() {
  Expected<TargetSpec> target = TargetSpec::createHost();
  if (!target)
    return target.takeError();
  CompileOptions compileOptions(std::move(*target));
  compileOptions.lowering = *parseLowering(options.lowering);
  compileOptions.messages.stream = &llvm::errs();
  if (device) {
    Expected<GPUTarget> gpu = GPUTarget::create(device->getChip());
    if (!gpu)
      return gpu.takeError();
    compileOptions.gpu = {std::move(*gpu), {}};
    if (device->isEmulated())
      compileOptions.gpu->writeImage = [](const llvm::Module &kernels) {
        return Expected<std::string>(emulator::makeModuleImage(kernels));
      };
  }
  auto begin = std::chrono::steady_clock::now();
  auto created =
      ExecutionEngine::create(*module, compileOptions, options.cache);
  if (!created)
    return created.takeError();
  compileSeconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - begin)
          .count();
  engine = std::move(*created);
  return Error::success();
}

Error Runner::call() {
  for (auto [input, type] : llvm::zip_equal(inputs, signature.arguments))
    arguments.push_back(toArgument(input, type));
  auto shapes = engine->resultShapes(signature.name, arguments);
  if (!shapes)
    return inFile(shapes.takeError());
  for (auto [type, shape] : llvm::zip_equal(signature.results, *shapes)) {
    Expected<HostTensor> result =
        HostTensor::create(getElementType(type.type), shape);
    if (!result)
      return inFile(result.takeError());
    results.push_back(std::move(*result));
    HostTensor &tensor = results.back();
    arguments.push_back(type.isTensor
                            ? toArgument(tensor, type)
                            : Argument::scalarResult(type.type, tensor.data()));
  }
  if (Error error =
          device ? callOnDevice() : engine->invoke(signature.name, arguments))
    return inFile(std::move(error));
  return Error::success();
}

/// The signature of the only function of `engine`.
static const Signature &getOnlySignature(const ExecutionEngine &engine) {
  return engine.getSignatures().front();
}

Error Runner::callOnDevice() {
  auto call = DeviceCall::create(*device, *engine, getOnlySignature(*engine),
                                 inputs, results);
  if (!call)
    return call.takeError();
  if (Error error = (*call)())
    return error;
  return call->copyOut(results);
}

Error Runner::verify() {
  std::vector<reference::Tensor> values;
  for (auto [i, type] : llvm::enumerate(function.getArgumentTypes())) {
    values.push_back(toReference(inputs[i]));
    if (mlir::getElementTypeOrSelf(type).isIndex())
      values.back().type = ElementType::Index;
  }
  auto expected = reference::evaluate(function, values);
  if (!expected)
    return expected.takeError();

  bool passed = true;
  bool sumsSerially = *parseLowering(options.lowering) == Lowering::Affine;
  for (auto [i, result] : llvm::enumerate(results)) {
    reference::Tensor &value = (*expected)[i];
    if (value.type == ElementType::Index)
      value.type = ElementType::I64;
    if (result.getShape() != llvm::ArrayRef(value.shape))
      return createStringError(
          "result " + Twine(i) + " of @" + signature.name +
          ": expected the shape " + formatShape(value.shape) +
          " of the evaluator, found " + formatShape(result.getShape()));
    Comparison comparison = compare(
        result, value,
        getTolerance(result.getType(), sumsSerially ? value.numSummands : 0,
                     value.priorRounding));
    os << "verify result " << i << ": "
       << (comparison.passed() ? "passed" : "failed") << ", "
       << comparison.format(result.getShape()) << "\n";
    passed &= comparison.passed();
    if (!worst || comparison.maxUlp > worst->maxUlp)
      worst = comparison;
  }
  if (!passed)
    return createStringError(options.path + ": results of @" + signature.name +
                             " are outside the accuracy of the operators");
  return Error::success();
}

Expected<BenchResult> Runner::measureOnDevice() {
  int64_t bytes = 0;
  for (const std::vector<HostTensor> &tensors :
       {std::cref(inputs), std::cref(results)})
    for (const HostTensor &tensor : tensors)
      bytes += tensor.getNumBytes();
  Expected<int64_t> rotation = getRotation(*device, bytes);
  if (!rotation)
    return rotation.takeError();
  std::vector<DeviceCall> calls;
  for (int64_t i = 0; i < *rotation; ++i) {
    auto call = DeviceCall::create(*device, *engine, getOnlySignature(*engine),
                                   inputs, results);
    if (!call)
      return call.takeError();
    calls.push_back(std::move(*call));
  }
  return benchOnDevice(*device, calls, getUsefulTraffic(inputs, results),
                       options.budget);
}

Expected<BenchResult> Runner::measureOnCPU() {
  Expected<PreparedCall> prepared = engine->prepare(signature.name, arguments);
  if (!prepared)
    return prepared.takeError();
  return bench([&] { return (*prepared)(); }, getUsefulTraffic(inputs, results),
               options.budget);
}

Error Runner::measure() {
  Expected<BenchResult> measured = device ? measureOnDevice() : measureOnCPU();
  if (!measured)
    return inFile(measured.takeError());

  BenchReport report;
  report.function = signature.name;
  if (const HostTensor *largest = findLargest(inputs, results)) {
    report.shape.assign(largest->getShape().begin(), largest->getShape().end());
    report.type = largest->getType();
  }
  report.comparison = worst;
  report.result = *measured;
  report.compileSeconds = compileSeconds;
  report.isFromCache = engine->isFromCache();
  report.objectBytes = engine->getObjectBytes();
  report.target = device ? device->getName() : "cpu";
  report.threads = options.threads;
  printBench(os, report);
  return Error::success();
}

Error Runner::writeOutputs() {
  if (!options.outputs.empty())
    return writeNpyFiles(options.outputs, results);
  for (auto [i, result] : llvm::enumerate(results))
    printSummary(os, i, result);
  return Error::success();
}

Error norm::runner::run(const RunOptions &options, mlir::MLIRContext *context,
                        llvm::raw_ostream &os) {
  if (Error error = checkOptions(options))
    return error;
  norm_set_num_threads(static_cast<int32_t>(options.threads));
  Runner runner(options, os);
  if (Error error = runner.openDevice())
    return error;
  if (Error error = runner.load(context))
    return error;
  if (Error error = runner.compile())
    return error;
  if (Error error = runner.call())
    return error;
  if (options.verify)
    if (Error error = runner.verify())
      return error;
  if (options.bench)
    if (Error error = runner.measure())
      return error;
  return runner.writeOutputs();
}
