//===- norm-run.cpp - Compiles and runs a function on .npy files ----------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "../CommandLine.h"

#include "norm/Runner/Run.h"
#include "norm/Target/Compile.h"
#include "norm/Target/OutputFile.h"

#include "mlir/IR/MLIRContext.h"
#include "llvm/Support/InitLLVM.h"
#include "llvm/Support/raw_ostream.h"

namespace cl = llvm::cl;
using norm::runner::RunOptions;

/// Options with numbers are texts, as LLVM would write its own error for them.
static llvm::Error getNumberError(const cl::opt<std::string> &option,
                                  llvm::StringRef expected) {
  return llvm::createStringError("--" + option.ArgStr + "=" + option +
                                 ": expected " + expected);
}

/// Declares the options, reads them into `options`. Fails if one is unknown, no
/// value of its type, empty, or without effect.
static llvm::Error parseCommandLine(int argc, char **argv,
                                    RunOptions &options) {
  // libLLVM declares options of its own, one of them --threads.
  cl::ResetCommandLineParser();
  cl::OptionCategory category("norm-run options");
  cl::opt<std::string> path(cl::Positional, cl::Required, cl::cat(category),
                            cl::value_desc("IN.mlir"),
                            cl::desc("<input file>"));
  cl::opt<std::string> entry(
      "entry", cl::cat(category), cl::value_desc("NAME"),
      cl::desc("The public function to run (default: the only one)"));
  cl::list<std::string> inputs(
      "input", cl::cat(category), cl::value_desc("FILE.npy|SCALAR"),
      cl::desc("The value of the next argument; bf16 as 2-byte raw elements"));
  cl::list<std::string> outputs(
      "output", cl::cat(category), cl::value_desc("FILE.npy"),
      cl::desc("Where the next result is written, - for stdout, with all that "
               "is reported on stderr then (default: a line is printed for "
               "each result)"));
  cl::opt<std::string> target("target", cl::cat(category),
                              cl::value_desc("cpu|cuda|cuda-emulated"),
                              cl::init("cpu"),
                              cl::desc("Where to run: on this machine's CPU, "
                                       "on its GPU 0, or as for a GPU on an "
                                       "emulator that finds errors"));
  cl::opt<std::string> lowering(
      "lowering", cl::cat(category), cl::value_desc("vector|affine"),
      cl::init("vector"),
      cl::desc("By vector ops, or by affine loops on one thread"));
  cl::opt<std::string> threads("threads", cl::cat(category),
                               cl::value_desc("N"),
                               cl::desc("Threads of a call (default: 1)"));
  cl::opt<std::string> random(
      "random", cl::cat(category), cl::value_desc("SEED"),
      cl::desc("Make the inputs that are not given: floats uniform in [-1, 1), "
               "integers in [0, 16)"));
  cl::list<std::string> shapes(
      "shape", cl::cat(category), cl::value_desc("ARG:4096x4096"),
      cl::desc("The sizes of an argument (its number or name) that is made"));
  cl::opt<std::string> cacheDirectory(
      "cache-dir", cl::cat(category), cl::value_desc("DIR"),
      cl::desc("Keep the compiled function in this folder, and take it from "
               "there if it is the same (default: compile it)"));
  cl::opt<std::string> cacheBytes(
      "cache-bytes", cl::cat(category), cl::value_desc("N"),
      cl::desc("The most bytes of files that --cache-dir keeps, 0 for no "
               "limit"));
  cl::opt<bool> verify(
      "verify", cl::cat(category),
      cl::desc("Compare the results with the float64 evaluator; outside the "
               "accuracy of the operators is an error"));
  cl::opt<bool> bench(
      "bench", cl::cat(category),
      cl::desc("Print time, GB/s of useful bytes (arguments and results with "
               "the most elements) and the share of the limit, measured in "
               "turns with it: a copy, or a pass of reading for a function "
               "that only reads as much"));
  cl::opt<std::string> seconds(
      "bench-seconds", cl::cat(category), cl::value_desc("SECONDS"),
      cl::desc("How long --bench measures (default: 1)"));
  if (llvm::Error error = norm::tool::parseCommandLine(
          argc, argv, "norm-run",
          "Compiles a function of a .mlir file and runs it\n"))
    return error;

  options.path = path;
  options.entry = entry;
  options.inputs = std::vector<std::string>(inputs);
  options.outputs = std::vector<std::string>(outputs);
  options.target = target;
  options.lowering = lowering;
  options.shapes = std::vector<std::string>(shapes);
  options.cache.directory = cacheDirectory;
  options.verify = verify;
  options.bench = bench;
  if (path.empty())
    return llvm::createStringError("expected an input file or - for the "
                                   "standard input, found an empty name");
  auto getTexts = [](const cl::opt<std::string> &option) {
    return option.getNumOccurrences() != 0
               ? llvm::ArrayRef<std::string>(option.getValue())
               : llvm::ArrayRef<std::string>();
  };
  std::pair<llvm::StringRef, llvm::ArrayRef<std::string>> texts[] = {
      {"entry", getTexts(entry)}, {"cache-dir", getTexts(cacheDirectory)},
      {"input", options.inputs},  {"output", options.outputs},
      {"target", options.target}, {"lowering", options.lowering},
      {"shape", options.shapes}};
  for (auto [option, values] : texts)
    if (llvm::is_contained(values, ""))
      return llvm::createStringError("--" + option +
                                     ": expected a value, found none");
  uint64_t seed = 0;
  for (auto [option, value] : {std::pair(&random, &seed),
                               std::pair(&cacheBytes, &options.cache.maxBytes)})
    if (option->getNumOccurrences() != 0 && !llvm::to_integer(*option, *value))
      return getNumberError(*option, "an integer from 0 to 2^64 - 1");
  if (random.getNumOccurrences() != 0)
    options.random = seed;
  if (threads.getNumOccurrences() != 0 &&
      !llvm::to_integer(threads, options.threads))
    return getNumberError(threads, "1 to 4096 threads");
  if (seconds.getNumOccurrences() != 0 &&
      !llvm::to_float(seconds, options.budget.seconds))
    return getNumberError(seconds, "a number of seconds >= 0");
  if (llvm::Error error =
          norm::tool::checkMatters(seconds, bench, "--bench with it"))
    return error;
  return norm::tool::checkMatters(cacheBytes, !cacheDirectory.empty(),
                                  "--cache-dir with it");
}

/// Runs what the command line says.
static llvm::Error run(int argc, char **argv) {
  RunOptions options;
  if (llvm::Error error = parseCommandLine(argc, argv, options))
    return error;
  mlir::DialectRegistry registry;
  norm::registerCompilerDialects(registry);
  mlir::MLIRContext context(registry, mlir::MLIRContext::Threading::DISABLED);
  // What is reported never comes between the bytes of a result.
  bool isOutput = llvm::is_contained(options.outputs, "-");
  llvm::Error error = norm::runner::run(options, &context,
                                        isOutput ? llvm::errs() : llvm::outs());
  llvm::outs().flush();
  if (error || !llvm::outs().has_error())
    return error;
  // Else the stream ends the process with a text of its own.
  std::error_code code = llvm::outs().error();
  llvm::outs().clear_error();
  return llvm::createStringError(code, "standard output: " + code.message());
}

int main(int argc, char **argv) {
  llvm::InitLLVM init(argc, argv);
  norm::ignoreFileSizeSignal();
  if (llvm::Error error = run(argc, argv)) {
    norm::printError(llvm::errs(), "norm-run", std::move(error));
    return 1;
  }
  return 0;
}
