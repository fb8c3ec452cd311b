//===- GPUImage.cpp - Code for GPUs ---------------------------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "norm/Target/GPUImage.h"

#include "ExternalTool.h"

#include "norm/Target/OutputFile.h"
#include "norm/Transforms/Passes.h"

#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/IR/LLVMContext.h"
#include "llvm/IR/Module.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Program.h"

using namespace llvm;
using namespace norm;

/// What cuModuleLoadDataEx wants at the least, for any form.
static constexpr uint64_t imageAlignment = 64;

/// The path of a program of the CUDA toolkit; empty if there is none.
static std::string findCUDATool(StringRef name) {
  if (auto path = sys::findProgramByName(name))
    return *path;
  if (auto path = sys::findProgramByName(name, {"/usr/local/cuda/bin"}))
    return *path;
  return "";
}

static Expected<std::string> requireCUDATool(StringRef name) {
  std::string path = findCUDATool(name);
  if (path.empty())
    return createStringError(
        "'" + name +
        "' was not found in PATH or /usr/local/cuda/bin; it comes with the "
        "CUDA toolkit and the Python package nvidia-cuda-nvcc (PTX needs no "
        "such program: --emit=ptx)");
  return path;
}

/// Why `module`, which is of stage nvvm, launches nothing.
static std::string whyNoKernels(mlir::ModuleOp module) {
  SmallVector<std::string> names;
  for (auto function : module.getOps<mlir::LLVM::LLVMFuncOp>()) {
    StringRef name = function.getName();
    if (!function.isExternal() && name.consume_front("_mlir_ciface_") &&
        name.consume_back("_cuda"))
      names.push_back(("'" + name + "'").str());
  }
  if (names.empty())
    return "expected a public function with a body, found none";
  return "expected a result with elements that are computed, found none of " +
         join(names, ", ") + " (--emit=obj has what the host does)";
}

/// The kernels; fails if there are none.
static Expected<mlir::gpu::GPUModuleOp> findKernels(mlir::ModuleOp module) {
  auto modules = module.getOps<mlir::gpu::GPUModuleOp>();
  if (modules.empty())
    return createStringError("the module has no kernel: " +
                             whyNoKernels(module));
  return *modules.begin();
}

/// What `write` makes of the LLVM IR of `kernels` for `chip`, optimized.
static Expected<std::string> compileKernels(
    mlir::gpu::GPUModuleOp kernels, const GPUChip &chip,
    const CompileOptions &options,
    function_ref<Expected<std::string>(ObjectEmitter &, Module &)> write) {
  Expected<ObjectEmitter> emitter =
      ObjectEmitter::create(chip, options.optLevel);
  if (!emitter)
    return emitter.takeError();
  LLVMContext context;
  std::unique_ptr<Module> module;
  {
    PhaseTimer timer(options.times, "kernels-optimize");
    auto translated = emitter->translate(kernels, context, options.messages);
    if (!translated)
      return translated.takeError();
    module = std::move(*translated);
    if (Error error = emitter->optimize(*module))
      return error;
  }
  PhaseTimer timer(options.times, "kernels-emit");
  return write(*emitter, *module);
}

/// `kernels` as LLVM IR or as PTX.
static Expected<std::string> makeText(mlir::gpu::GPUModuleOp kernels,
                                      const GPUChip &chip, CodeForm form,
                                      const CompileOptions &options) {
  return compileKernels(
      kernels, chip, options,
      [&](ObjectEmitter &emitter, Module &module) -> Expected<std::string> {
        SmallString<0> text;
        if (Error error = emitter.emit(module, form, text))
          return error;
        return text.str().str();
      });
}

/// Assembles `ptx` for `chip` to the file `path` in `folder`.
static Error assemble(StringRef ptx, const GPUChip &chip, StringRef file,
                      const TemporaryFolder &folder,
                      const CompileOptions &options) {
  Expected<std::string> ptxas = requireCUDATool("ptxas");
  if (!ptxas)
    return ptxas.takeError();
  PhaseTimer timer(options.times, "ptxas");
  std::string source = folder.getPath((file + ".ptx").str());
  if (Error error = writeOutput(source, ptx))
    return error;
  return runTool(*ptxas,
                 {"-arch=" + chip.name.str(),
                  "-O" + std::to_string(std::max(1u, options.optLevel)), source,
                  "-o", folder.getPath(file)},
                 folder, ("assembling PTX for " + chip.name).str());
}

static Expected<std::string> makeCubin(mlir::gpu::GPUModuleOp kernels,
                                       const CompileOptions &options) {
  ArrayRef<const GPUChip *> chips = options.gpu->target.getChips();
  if (chips.size() != 1)
    return createStringError("a cubin is for one GPU, found " +
                             options.gpu->target.str() +
                             "; a fatbin has several");
  auto ptx = makeText(kernels, *chips[0], CodeForm::Assembly, options);
  if (!ptx)
    return ptx.takeError();
  TemporaryFolder folder;
  if (Error error = folder.create())
    return error;
  if (Error error = assemble(*ptx, *chips[0], "kernels", folder, options))
    return error;
  auto cubin = readToolOutput(folder.getPath("kernels"), "ptxas");
  if (!cubin)
    return cubin.takeError();
  return (*cubin)->getBuffer().str();
}

/// The PTX of `kernels` for each chip of the target.
static Expected<std::vector<std::string>>
makePTX(mlir::gpu::GPUModuleOp kernels, const CompileOptions &options) {
  std::vector<std::string> texts;
  for (const GPUChip *chip : options.gpu->target.getChips()) {
    auto ptx = makeText(kernels, *chip, CodeForm::Assembly, options);
    if (!ptx)
      return ptx.takeError();
    texts.push_back(std::move(*ptx));
  }
  return texts;
}

/// Assembles `ptx`, which has a text for each chip, to one fatbin.
static Expected<std::string> makeFatbin(ArrayRef<std::string> ptx,
                                        const CompileOptions &options) {
  Expected<std::string> fatbinary = requireCUDATool("fatbinary");
  if (!fatbinary)
    return fatbinary.takeError();
  TemporaryFolder folder;
  if (Error error = folder.create())
    return error;
  std::string result = folder.getPath("fatbin");
  SmallVector<std::string> arguments = {"-64", "--create=" + result};
  ArrayRef<const GPUChip *> chips = options.gpu->target.getChips();
  auto add = [&](StringRef kind, const GPUChip &chip, std::string path) {
    arguments.push_back(("--image3=kind=" + kind +
                         ",sm=" + chip.getArchitecture() + ",file=" + path)
                            .str());
  };
  for (auto [chip, text] : zip_equal(chips, ptx)) {
    if (Error error = assemble(text, *chip, chip->name, folder, options))
      return error;
    add("elf", *chip, folder.getPath(chip->name));
    if (chip == chips.back())
      add("ptx", *chip, folder.getPath((chip->name + ".ptx").str()));
  }
  if (Error error = runTool(*fatbinary, arguments, folder, "making a fatbin"))
    return error;
  auto fatbin = readToolOutput(result, "fatbinary");
  if (!fatbin)
    return fatbin.takeError();
  return (*fatbin)->getBuffer().str();
}

static Expected<std::string> makeImage(mlir::gpu::GPUModuleOp kernels,
                                       const CompileOptions &options,
                                       ImageForm form) {
  const GPUChip &oldest = *options.gpu->target.getChips().front();
  switch (form) {
  case ImageForm::LLVMIR:
    return makeText(kernels, oldest, CodeForm::LLVMIR, options);
  case ImageForm::PTX:
    return makeText(kernels, oldest, CodeForm::Assembly, options);
  case ImageForm::Cubin:
    return makeCubin(kernels, options);
  case ImageForm::Fatbin: {
    auto ptx = makePTX(kernels, options);
    if (!ptx)
      return ptx.takeError();
    return makeFatbin(*ptx, options);
  }
  }
  llvm_unreachable("all forms are listed");
}

Expected<std::string> norm::emitImage(mlir::ModuleOp module,
                                      const CompileOptions &options,
                                      ImageForm form) {
  Expected<mlir::gpu::GPUModuleOp> kernels = findKernels(module);
  if (!kernels)
    return kernels.takeError();
  return makeImage(*kernels, options, form);
}

/// The paths of the programs that make a fatbin; none if one is missing.
static std::vector<std::string> findFatbinTools() {
  std::vector<std::string> paths = {findCUDATool("ptxas"),
                                    findCUDATool("fatbinary")};
  if (is_contained(paths, ""))
    paths.clear();
  return paths;
}

std::string norm::describeImageTools() {
  std::string text;
  raw_string_ostream os(text);
  for (const std::string &path : findFatbinTools()) {
    sys::fs::file_status status;
    // What cannot be told apart by its status is by the path at least.
    (void)sys::fs::status(path, status);
    os << path << "\n"
       << status.getSize() << "\n"
       << status.getLastModificationTime().time_since_epoch().count() << "\n";
  }
  return text;
}

/// A fatbin of `kernels`, or PTX and a warning if the programs that are there
/// cannot make one, as those of an older CUDA: the driver can compile PTX.
static Expected<std::string> makeFatbinOrPTX(mlir::gpu::GPUModuleOp kernels,
                                             const CompileOptions &options) {
  auto ptx = makePTX(kernels, options);
  if (!ptx)
    return ptx.takeError();
  Expected<std::string> fatbin = makeFatbin(*ptx, options);
  if (fatbin)
    return fatbin;
  std::string reason = toString(fatbin.takeError());
  if (Error error = collectDiagnostics(
          kernels.getContext(), options.messages, "embedding PTX", [&] {
            kernels.emitWarning("the kernels are embedded as PTX, which the "
                                "driver compiles when it loads them: ")
                << reason;
            return success();
          }))
    return error;
  return std::move(ptx->front());
}

/// The image that host code loads.
static Expected<std::string> makeEmbeddedImage(mlir::gpu::GPUModuleOp kernels,
                                               const CompileOptions &options) {
  if (options.gpu->writeImage)
    return compileKernels(kernels, *options.gpu->target.getChips().front(),
                          options, [&](ObjectEmitter &, Module &module) {
                            return options.gpu->writeImage(module);
                          });
  if (findFatbinTools().empty())
    return makeImage(kernels, options, ImageForm::PTX);
  return makeFatbinOrPTX(kernels, options);
}

Error norm::embedImage(mlir::ModuleOp module, const CompileOptions &options) {
  std::string image;
  auto modules = module.getOps<mlir::gpu::GPUModuleOp>();
  if (!modules.empty()) {
    Expected<std::string> made = makeEmbeddedImage(*modules.begin(), options);
    if (!made)
      return made.takeError();
    image = std::move(*made);
    (*modules.begin())->erase();
  }
  image.push_back('\0');
  if (auto global = module.lookupSymbol<mlir::LLVM::GlobalOp>(kCUDAImage)) {
    mlir::Builder builder(module.getContext());
    global.setGlobalType(
        mlir::LLVM::LLVMArrayType::get(builder.getI8Type(), image.size()));
    global.setValueAttr(builder.getStringAttr(image));
    global.setLinkage(mlir::LLVM::Linkage::Internal);
    global.setAlignment(imageAlignment);
  }
  return Error::success();
}
