//===- CompileFile.cpp - From one file to another -------------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "norm/Target/CompileFile.h"

#include "norm/Target/CHeader.h"
#include "norm/Target/GPUImage.h"
#include "norm/Target/OutputFile.h"

#include "llvm/ADT/StringSwitch.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"

using namespace llvm;
using namespace norm;

Expected<OutputKind> norm::parseOutputKind(StringRef name, StringRef path) {
  auto kind = StringSwitch<std::optional<OutputKind>>(name)
                  .Case("mlir", OutputKind::MLIR)
                  .Case("llvm", OutputKind::LLVMIR)
                  .Case("asm", OutputKind::Assembly)
                  .Case("obj", OutputKind::Object)
                  .Case("shared", OutputKind::Shared)
                  .Case("ptx", OutputKind::PTX)
                  .Case("cubin", OutputKind::Cubin)
                  .Case("fatbin", OutputKind::Fatbin)
                  .Default(std::nullopt);
  if (kind)
    return *kind;
  if (!name.empty())
    return createStringError("unknown output form '" + name +
                             "', expected one of mlir, llvm, asm, obj, shared, "
                             "ptx, cubin, fatbin");
  kind = StringSwitch<std::optional<OutputKind>>(sys::path::extension(path))
             .Case(".mlir", OutputKind::MLIR)
             .Case(".ll", OutputKind::LLVMIR)
             .Case(".s", OutputKind::Assembly)
             .Case(".o", OutputKind::Object)
             .Case(".so", OutputKind::Shared)
             .Case(".ptx", OutputKind::PTX)
             .Case(".cubin", OutputKind::Cubin)
             .Case(".fatbin", OutputKind::Fatbin)
             .Default(std::nullopt);
  if (kind)
    return *kind;
  return createStringError(
      path + ": no output form is given and the extension says none; expected "
             "--emit=mlir|llvm|asm|obj|shared|ptx|cubin|fatbin, or .mlir, .ll, "
             ".s, .o, .so, .ptx, .cubin or .fatbin");
}

Expected<Stage> norm::parseStageName(StringRef name) {
  if (std::optional<Stage> stage = parseStage(name))
    return *stage;
  return createStringError("unknown stage '" + name +
                           "', expected one of norm, linalg, tiled, vector, "
                           "buffer, llvm, gpu, nvvm");
}

Expected<Lowering> norm::parseLoweringName(StringRef name) {
  if (std::optional<Lowering> lowering = parseLowering(name))
    return *lowering;
  return createStringError("unknown lowering '" + name +
                           "', expected vector or affine");
}

Expected<std::optional<GPUOptions>> norm::parseTarget(StringRef names,
                                                      Lowering lowering) {
  if (names == "cpu")
    return std::nullopt;
  Expected<GPUTarget> target = GPUTarget::create(names);
  if (!target)
    return target.takeError();
  if (lowering != Lowering::Vector)
    return createStringError("expected the lowering vector for a GPU, found " +
                             stringifyLowering(lowering));
  return GPUOptions{std::move(*target), {}};
}

/// The form of the kernels that `kind` is for a GPU; absent if it is host code.
static std::optional<ImageForm> getImageForm(OutputKind kind) {
  switch (kind) {
  case OutputKind::LLVMIR:
    return ImageForm::LLVMIR;
  case OutputKind::PTX:
    return ImageForm::PTX;
  case OutputKind::Cubin:
    return ImageForm::Cubin;
  case OutputKind::Fatbin:
    return ImageForm::Fatbin;
  default:
    return std::nullopt;
  }
}

/// Fails if what is asked for does not exist.
static Error checkOutputs(const FileOutputs &outputs,
                          const CompileOptions &options) {
  Stage final = getStages(options).back();
  if (outputs.kind != OutputKind::MLIR && outputs.last.value_or(final) != final)
    return createStringError("the module of stage '" +
                             stringifyStage(*outputs.last) +
                             "' can be written as mlir only");
  bool isImage = is_contained(
      {OutputKind::PTX, OutputKind::Cubin, OutputKind::Fatbin}, outputs.kind);
  if (isImage && !options.gpu)
    return createStringError("PTX, cubins and fatbins are for GPUs: expected a "
                             "target like sm_90, found cpu");
  if (options.gpu && outputs.kind == OutputKind::Assembly)
    return createStringError("the assembly of kernels for GPUs is written as "
                             "ptx, expected that instead of asm");
  if (options.gpu && getImageForm(outputs.kind) && !outputs.header.empty())
    return createStringError(
        "a header declares functions of the host: expected --emit=obj or "
        "shared with --header, found kernels alone");
  if (options.gpu && outputs.kind == OutputKind::PTX &&
      options.gpu->target.getChips().size() != 1)
    return createStringError("PTX is for one GPU and those after it, found " +
                             options.gpu->target.str());
  return Error::success();
}

/// Sets `bytes` to `module`, which is of stage `outputs.last`, as
/// `outputs.kind`.
static Error emit(mlir::ModuleOp module, const FileOutputs &outputs,
                  const CompileOptions &options, SmallVector<char, 0> &bytes) {
  if (outputs.kind == OutputKind::MLIR) {
    raw_svector_ostream(bytes) << module << "\n";
    return Error::success();
  }
  if (auto form = getImageForm(outputs.kind); form && options.gpu) {
    Expected<std::string> image = emitImage(module, options, *form);
    if (!image)
      return image.takeError();
    bytes.append(image->begin(), image->end());
    return Error::success();
  }
  CodeForm form = outputs.kind == OutputKind::LLVMIR     ? CodeForm::LLVMIR
                  : outputs.kind == OutputKind::Assembly ? CodeForm::Assembly
                                                         : CodeForm::Object;
  if (Error error = emitCode(module, options, form, bytes))
    return error;
  if (outputs.kind != OutputKind::Shared)
    return Error::success();
  PhaseTimer timer(options.times, "link");
  SmallVector<char, 0> library;
  StringRef name = outputs.path == "-" ? "" : sys::path::filename(outputs.path);
  if (Error error = linkSharedLibrary(StringRef(bytes.data(), bytes.size()),
                                      options.target.getTriple(), name,
                                      outputs.link, library))
    return error;
  bytes = std::move(library);
  return Error::success();
}

/// True if both names are of one file, which need not exist; "-" is none.
static bool isSameFile(StringRef a, StringRef b) {
  if (a == "-" || b == "-")
    return false;
  if (sys::fs::equivalent(a, b))
    return true;
  SmallString<128> paths[] = {a, b};
  for (SmallString<128> &path : paths)
    if (!sys::fs::make_absolute(path))
      sys::path::remove_dots(path, /*remove_dot_dot=*/true);
  return paths[0] == paths[1];
}

/// Fails if a file that is written would replace the source or another one.
static Error checkDistinct(StringRef input, const FileOutputs &outputs,
                           const CompileOptions &options) {
  struct File {
    std::string path, name;
  };
  SmallVector<File> files = {{input.str(), "source"}, {outputs.path, "output"}};
  if (!outputs.header.empty())
    files.push_back({outputs.header, "header"});
  if (!options.dumpDirectory.empty())
    for (Stage stage : getStages(options)) {
      files.push_back(
          {getDumpPath(options, stage),
           ("dump of stage '" + stringifyStage(stage) + "'").str()});
      if (stage == outputs.last)
        break;
    }
  for (auto [i, file] : enumerate(files))
    for (const File &other : ArrayRef(files).take_front(i))
      if (isSameFile(file.path, other.path))
        return createStringError(file.path +
                                 ": expected another file for the " +
                                 file.name + " than for the " + other.name);
  // Both to the standard output.
  if (outputs.header == "-" && outputs.path == "-")
    return createStringError("-: expected another file for the header than "
                             "for the output");
  return Error::success();
}

Error norm::compileFile(StringRef input, const FileOutputs &outputs,
                        const CompileOptions &options) {
  if (Error error = checkOutputs(outputs, options))
    return error;
  if (Error error = checkDistinct(input, outputs, options))
    return error;
  mlir::DialectRegistry registry;
  registerCompilerDialects(registry);
  // One kernel gives threads little to do, and starting them takes longer.
  mlir::MLIRContext context(registry, mlir::MLIRContext::Threading::DISABLED);
  auto module = parseModule(input, &context, options.messages, options.times);
  if (!module)
    return module.takeError();
  mlir::OwningOpRef<mlir::ModuleOp> source;
  if (!outputs.header.empty())
    source = (*module)->clone();
  Stage last = outputs.last.value_or(getStages(options).back());
  if (Error error = runStages(**module, options, last))
    return error;

  SmallVector<char, 0> bytes;
  if (Error error = emit(**module, outputs, options, bytes))
    return error;
  SmallVector<OutputFile, 2> files = {
      {outputs.path, StringRef(bytes.data(), bytes.size())}};
  std::string header;
  if (source) {
    auto signatures = getSignatures(*source);
    if (!signatures)
      return signatures.takeError();
    header = writeCHeader(*signatures, source->getName().value_or(""),
                          sys::path::filename(input),
                          options.gpu ? HeaderTarget::GPU : HeaderTarget::CPU);
    files.push_back({outputs.header, header});
  }
  return writeOutputs(files);
}
