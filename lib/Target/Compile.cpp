//===- Compile.cpp - From a file or module to code ------------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "norm/Target/Compile.h"

#include "norm/Pipelines/GPUPipeline.h"
#include "norm/Target/ArgumentNames.h"
#include "norm/Target/GPUImage.h"
#include "norm/Target/OutputFile.h"

#include "mlir/AsmParser/AsmParser.h"
#include "mlir/AsmParser/AsmParserState.h"
#include "mlir/Bytecode/BytecodeReader.h"
#include "mlir/IR/Verifier.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"
#include "llvm/IR/LLVMContext.h"
#include "llvm/IR/Module.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/SourceMgr.h"

using namespace llvm;
using namespace norm;

void norm::printTimes(raw_ostream &os, const PhaseTimes &times) {
  double sum = 0;
  for (const PhaseTime &time : times) {
    os << formatv("{0,10:F2} ms  {1}\n", time.milliseconds, time.name);
    sum += time.milliseconds;
  }
  os << formatv("{0,10:F2} ms  total\n", sum);
}

/// The module that `block` is the source of, as mlir::parseSourceFile makes it.
static mlir::OwningOpRef<mlir::ModuleOp> takeModule(mlir::Block &block,
                                                    mlir::Location location) {
  if (hasSingleElement(block))
    if (auto module = dyn_cast<mlir::ModuleOp>(block.front())) {
      module->remove();
      return module;
    }
  mlir::OwningOpRef<mlir::ModuleOp> module = mlir::ModuleOp::create(location);
  mlir::Block *body = module->getBody();
  body->getOperations().splice(body->end(), block.getOperations());
  if (failed(module->verifyInvariants()))
    return nullptr;
  return module;
}

/// Parses `sources`, and keeps the names that text has.
static mlir::OwningOpRef<mlir::ModuleOp> parse(const SourceMgr &sources,
                                               mlir::MLIRContext *context) {
  const MemoryBuffer *buffer = sources.getMemoryBuffer(sources.getMainFileID());
  if (mlir::isBytecode(buffer->getMemBufferRef()))
    return mlir::parseSourceFile<mlir::ModuleOp>(sources, context);
  mlir::Block block;
  mlir::AsmParserState state;
  if (failed(mlir::parseAsmSourceFile(sources, &block,
                                      mlir::ParserConfig(context), &state)))
    return nullptr;
  auto location = mlir::FileLineColLoc::get(
      context, buffer->getBufferIdentifier(), /*line=*/0, /*column=*/0);
  mlir::OwningOpRef<mlir::ModuleOp> module = takeModule(block, location);
  if (module)
    setSourceNames(*module, state);
  return module;
}

/// Parses `buffer`, which `name` stands for in messages.
static Expected<mlir::OwningOpRef<mlir::ModuleOp>>
parseBuffer(std::unique_ptr<MemoryBuffer> buffer, StringRef name,
            mlir::MLIRContext *context, const MessageOptions &messages) {
  SourceMgr sources;
  sources.AddNewSourceBuffer(std::move(buffer), SMLoc());
  mlir::OwningOpRef<mlir::ModuleOp> module;
  if (Error error = collectDiagnostics(context, messages,
                                       (name + ": parsing").str(), [&] {
                                         module = parse(sources, context);
                                         return success(bool(module));
                                       }))
    return error;
  return module;
}

Expected<mlir::OwningOpRef<mlir::ModuleOp>>
norm::parseModule(StringRef path, mlir::MLIRContext *context,
                  const MessageOptions &messages, PhaseTimes *times) {
  PhaseTimer timer(times, "parse");
  auto file = MemoryBuffer::getFileOrSTDIN(path, /*IsText=*/true);
  if (!file)
    return createStringError(file.getError(),
                             path + ": " + file.getError().message());
  return parseBuffer(std::move(*file), path, context, messages);
}

Expected<mlir::OwningOpRef<mlir::ModuleOp>>
norm::parseModuleText(StringRef text, StringRef name,
                      mlir::MLIRContext *context,
                      const MessageOptions &messages, PhaseTimes *times) {
  PhaseTimer timer(times, "parse");
  // A copy, as the parser wants a zero byte at the end.
  return parseBuffer(MemoryBuffer::getMemBufferCopy(text, name), name, context,
                     messages);
}

ArrayRef<Stage> norm::getStages(const CompileOptions &options) {
  return options.gpu ? getGPUStages() : getStages(options.lowering);
}

std::string norm::getDumpPath(const CompileOptions &options, Stage stage) {
  ArrayRef<Stage> stages = getStages(options);
  auto number = find(stages, stage) - stages.begin() + 1;
  SmallString<128> path(options.dumpDirectory);
  sys::path::append(
      path, formatv("{0,0+2}-{1}.mlir", number, stringifyStage(stage)).str());
  return path.str().str();
}

/// Writes `module` as it is after `stage`.
static Error dump(mlir::ModuleOp module, const CompileOptions &options,
                  Stage stage) {
  if (std::error_code error =
          sys::fs::create_directories(options.dumpDirectory))
    return createStringError(error,
                             options.dumpDirectory + ": " + error.message());
  std::string text;
  raw_string_ostream(text) << module;
  return writeOutput(getDumpPath(options, stage), text);
}

/// Appends `stage` to `passes`. `model` is that of `options.target`, which
/// takes a while to make.
static void build(mlir::OpPassManager &passes, const CompileOptions &options,
                  const TargetModel &model, Stage stage) {
  if (options.gpu) {
    GPUPipelineOptions pipeline;
    pipeline.target = options.gpu->target.str();
    pipeline.isSM90 = options.gpu->target.isSM90();
    pipeline.remarks = options.messages.showRemarks;
    return buildGPUStage(passes, pipeline, stage);
  }
  CPUPipelineOptions pipeline;
  pipeline.target = model;
  pipeline.lowering = options.lowering;
  pipeline.remarks = options.messages.showRemarks;
  buildStage(passes, pipeline, stage);
}

std::string norm::describeStages(const CompileOptions &options) {
  mlir::OpPassManager passes(mlir::ModuleOp::getOperationName());
  TargetModel model = getTargetModel(options.target);
  for (Stage stage : getStages(options))
    build(passes, options, model, stage);
  std::string text;
  raw_string_ostream os(text);
  passes.printAsTextualPipeline(os);
  return text;
}

Error norm::runStages(mlir::ModuleOp module, const CompileOptions &options,
                      Stage last) {
  ArrayRef<Stage> stages = getStages(options);
  if (!is_contained(stages, last))
    return createStringError(
        "expected one of the stages " +
        join(map_range(stages, stringifyStage), ", ") + " of the " +
        (options.gpu
             ? "target '" + options.gpu->target.str()
             : "lowering '" + stringifyLowering(options.lowering).str()) +
        "', found '" + stringifyStage(last) + "'");
  if (Error error = collectDiagnostics(module.getContext(), options.messages,
                                       "verification",
                                       [&] { return mlir::verify(module); }))
    return error;
  TargetModel model = getTargetModel(options.target);
  for (Stage stage : stages) {
    std::string name = stringifyStage(stage).str();
    {
      PhaseTimer timer(options.times, name);
      mlir::PassManager passes(module.getContext(),
                               mlir::ModuleOp::getOperationName());
      // After each pass, as norm-opt does, it would be a tenth of the time.
      passes.enableVerifier(false);
      build(passes, options, model, stage);
      if (Error error = collectDiagnostics(
              module.getContext(), options.messages, "stage '" + name + "'",
              [&] {
                return success(succeeded(passes.run(module)) &&
                               succeeded(mlir::verify(module)));
              }))
        return error;
    }
    if (!options.dumpDirectory.empty())
      if (Error error = dump(module, options, stage))
        return error;
    if (stage == last)
      break;
  }
  return Error::success();
}

Error norm::emitCode(mlir::ModuleOp module, const CompileOptions &options,
                     CodeForm form, SmallVectorImpl<char> &code) {
  if (options.gpu)
    if (Error error = embedImage(module, options))
      return error;
  Expected<ObjectEmitter> emitter =
      ObjectEmitter::create(options.target, options.optLevel);
  if (!emitter)
    return emitter.takeError();
  LLVMContext context;
  std::unique_ptr<Module> translated;
  {
    PhaseTimer timer(options.times, "llvm-translate");
    auto result = emitter->translate(module, context, options.messages);
    if (!result)
      return result.takeError();
    translated = std::move(*result);
  }
  {
    PhaseTimer timer(options.times, "llvm-optimize");
    if (Error error = emitter->optimize(*translated))
      return error;
  }
  PhaseTimer timer(options.times, "llvm-emit");
  return emitter->emit(*translated, form, code);
}
