//===- norm-compile.cpp - Compiles a module to code -----------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "../CommandLine.h"

#include "norm/Target/CompileFile.h"
#include "norm/Target/OutputFile.h"

#include "llvm/Support/FileSystem.h"
#include "llvm/Support/InitLLVM.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/raw_ostream.h"

using namespace llvm;
using namespace norm;

namespace {
/// The options, registered with the command line when one of these is made.
struct Options {
  // Made first, as the options refer to it.
  cl::OptionCategory category{"Options"};
  cl::opt<std::string> input{cl::Positional, cl::cat(category),
                             cl::desc("IN.mlir"), cl::init("-")};
  cl::opt<std::string> output{"o", cl::cat(category),
                              cl::desc("Output file, - for stdout"),
                              cl::value_desc("OUT"), cl::init("-")};
  cl::opt<std::string> emit{
      "emit", cl::cat(category),
      cl::value_desc("mlir|llvm|asm|obj|shared|ptx|cubin|fatbin"),
      cl::desc("Output form (default: by the extension of OUT)")};
  cl::opt<std::string> header{"header", cl::cat(category),
                              cl::value_desc("FILE.h"),
                              cl::desc("Write a C and C++ header, too")};
  cl::opt<std::string> runtime{
      "runtime", cl::cat(category), cl::value_desc("shared|static"),
      cl::desc("How a shared library has the runtime: libnorm_runtime.so "
               "beside it, or within"),
      cl::init("shared")};
  cl::opt<std::string> runtimeDirectory{
      "runtime-dir", cl::cat(category), cl::value_desc("DIR"),
      cl::desc("Folder of the libnorm_runtime that a shared library is linked "
               "with (default: ../lib of this program)")};
  cl::opt<std::string> linker{
      "linker", cl::cat(category), cl::value_desc("PROGRAM"),
      cl::desc("Linker of shared libraries: ld.lld or another ELF linker, or a "
               "C compiler (default: ld.lld, or the C compiler with "
               "--runtime=static)")};
  cl::opt<std::string> target{"target", cl::cat(category),
                              cl::value_desc("cpu|sm_80|sm_90|sm_100|.."),
                              cl::desc("Kind of machine; several GPUs with "
                                       "commas between them"),
                              cl::init("cpu")};
  cl::opt<std::string> triple{"triple", cl::cat(category),
                              cl::value_desc("TRIPLE"),
                              cl::desc("Platform (default: the host's)")};
  cl::opt<std::string> cpu{
      "cpu", cl::cat(category), cl::value_desc("NAME"),
      cl::desc("native, x86-64-v3, x86-64-v4, .. (default: native, or the "
               "baseline of another architecture)")};
  cl::opt<std::string> lowering{
      "lowering", cl::cat(category), cl::value_desc("vector|affine"),
      cl::desc("By vector ops, or by affine loops that are easy to read"),
      cl::init("vector")};
  cl::opt<std::string> stopAfter{
      "stop-after", cl::cat(category), cl::value_desc("STAGE"),
      cl::desc(
          "norm, linalg, tiled, vector, buffer or llvm; with "
          "--lowering=affine norm, buffer or llvm; for a GPU norm, linalg, "
          "tiled, vector, buffer, gpu or nvvm (default: the last one)")};
  cl::opt<std::string> dumpStages{
      "dump-stages", cl::cat(category), cl::value_desc("DIR"),
      cl::desc("Write the module after each stage into this folder")};
  cl::opt<bool> remarks{"remarks", cl::cat(category),
                        cl::desc("Say why code is as it is")};
  cl::opt<bool> timing{"timing", cl::cat(category),
                       cl::desc("Say how long each phase took")};
  cl::opt<std::string> optLevel{"O",
                                cl::cat(category),
                                cl::Prefix,
                                cl::value_desc("0..3"),
                                cl::desc("Optimization level"),
                                cl::init("2")};
};
} // namespace

/// Fails if `options` ask for what later versions will do, or for nonsense.
static Error checkSupported(const Options &options) {
  for (const auto *option :
       {&options.output, &options.emit, &options.header, &options.runtime,
        &options.runtimeDirectory, &options.linker, &options.target,
        &options.triple, &options.cpu, &options.lowering, &options.stopAfter,
        &options.dumpStages})
    if (option->getNumOccurrences() != 0 && option->empty())
      return createStringError((option->ArgStr.size() > 1 ? "--" : "-") +
                               option->ArgStr +
                               ": expected a value, found none");
  if (options.input.empty())
    return createStringError("expected an input file or - for the standard "
                             "input, found an empty name");
  if (options.runtime != "shared" && options.runtime != "static")
    return createStringError("unknown runtime '" + options.runtime +
                             "', expected shared or static");
  return Error::success();
}

/// How to link shared libraries; `program` is the path of this program.
static LinkOptions getLinkOptions(const Options &options, StringRef program) {
  LinkOptions link;
  link.linker = options.linker;
  link.toolDirectory = NORM_LLVM_TOOLS_DIR;
  link.runtimeDirectory = options.runtimeDirectory;
  if (link.runtimeDirectory.empty()) {
    SmallString<128> folder(
        sys::path::parent_path(sys::path::parent_path(program)));
    sys::path::append(folder, "lib");
    link.runtimeDirectory = folder.str().str();
  }
  link.runtime = options.runtime == "static" ? RuntimeLinkage::Static
                                             : RuntimeLinkage::Shared;
  return link;
}

static Error run(const Options &options, StringRef program) {
  if (Error error = checkSupported(options))
    return error;
  Expected<OutputKind> kind = parseOutputKind(options.emit, options.output);
  if (!kind)
    return kind.takeError();
  for (const auto *option :
       {&options.runtime, &options.runtimeDirectory, &options.linker})
    if (Error error =
            tool::checkMatters(*option, *kind == OutputKind::Shared,
                               "an output that is linked (--emit=shared)"))
      return error;
  std::optional<Stage> last;
  if (!options.stopAfter.empty()) {
    Expected<Stage> parsed = parseStageName(options.stopAfter);
    if (!parsed)
      return parsed.takeError();
    last = *parsed;
  }
  Expected<Lowering> lowering = parseLoweringName(options.lowering);
  if (!lowering)
    return lowering.takeError();
  unsigned optLevel;
  if (StringRef(options.optLevel).getAsInteger(10, optLevel) || optLevel > 3)
    return createStringError("expected -O0, -O1, -O2 or -O3, found -O" +
                             options.optLevel);
  Expected<TargetSpec> target = TargetSpec::create(options.triple, options.cpu);
  if (!target)
    return target.takeError();

  auto gpu = parseTarget(options.target, *lowering);
  if (!gpu)
    return gpu.takeError();
  PhaseTimes times;
  CompileOptions compileOptions(*target);
  compileOptions.gpu = std::move(*gpu);
  compileOptions.lowering = *lowering;
  compileOptions.optLevel = optLevel;
  compileOptions.dumpDirectory = options.dumpStages;
  compileOptions.messages = {&errs(), options.remarks};
  compileOptions.times = &times;
  FileOutputs outputs;
  outputs.path = options.output;
  outputs.kind = *kind;
  outputs.last = last;
  outputs.header = options.header;
  outputs.link = getLinkOptions(options, program);
  if (Error error = compileFile(options.input, outputs, compileOptions))
    return error;
  if (options.timing)
    printTimes(errs(), times);
  return Error::success();
}

int main(int argc, char **argv) {
  InitLLVM init(argc, argv);
  ignoreFileSizeSignal();
  // LLVM's own options, of which one is called stop-after too, are not ours.
  cl::ResetCommandLineParser();
  Options options;
  if (Error error =
          tool::parseCommandLine(argc, argv, "norm-compile",
                                 "Compiler of normalization operators\n")) {
    printError(errs(), "norm-compile", std::move(error));
    return 1;
  }
  std::string program =
      sys::fs::getMainExecutable(argv[0], reinterpret_cast<void *>(&run));
  if (Error error = run(options, program)) {
    printError(errs(), "norm-compile", std::move(error));
    return 1;
  }
  return 0;
}
