//===- ObjectEmitter.cpp - From the llvm dialect to machine code ----------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "norm/Target/ObjectEmitter.h"

#include "CombineVectors.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/Target/LLVMIR/Dialect/Builtin/BuiltinToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Dialect/GPU/GPUToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Dialect/LLVMIR/LLVMToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Dialect/NVVM/NVVMToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Export.h"
#include "llvm/Analysis/CGSCCPassManager.h"
#include "llvm/Analysis/LoopAnalysisManager.h"
#include "llvm/IR/DiagnosticInfo.h"
#include "llvm/IR/DiagnosticPrinter.h"
#include "llvm/IR/Intrinsics.h"
#include "llvm/IR/LLVMContext.h"
#include "llvm/IR/LegacyPassManager.h"
#include "llvm/IR/Module.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Passes/PassBuilder.h"
#include "llvm/Support/TargetSelect.h"
#include "llvm/Support/raw_ostream.h"
#include "llvm/Target/TargetMachine.h"

using namespace llvm;
using namespace norm;

namespace {

/// Collects the errors that LLVM reports to a context while this lives; without
/// it LLVM ends the process.
class LLVMErrors {
public:
  explicit LLVMErrors(LLVMContext &context)
      : context(context), previous(context.getDiagnosticHandler()) {
    context.setDiagnosticHandler(std::make_unique<Handler>(text));
  }
  ~LLVMErrors() { context.setDiagnosticHandler(std::move(previous)); }

  /// What was reported, or success.
  Error take() const {
    if (text.empty())
      return Error::success();
    return createStringError("LLVM: " + StringRef(text).rtrim('\n'));
  }

private:
  struct Handler : DiagnosticHandler {
    explicit Handler(std::string &text) : text(text) {}
    bool handleDiagnostics(const DiagnosticInfo &info) override {
      if (info.getSeverity() == DS_Error) {
        raw_string_ostream stream(text);
        DiagnosticPrinterRawOStream printer(stream);
        info.print(printer);
        stream << "\n";
      }
      return true;
    }
    std::string &text;
  };

  LLVMContext &context;
  std::unique_ptr<DiagnosticHandler> previous;
  std::string text;
};

} // namespace

bool norm::isExportedName(StringRef name) {
  return llvm::any_of(
      llvm::ArrayRef<StringRef>{"_mlir_ciface_", "norm_shape_",
                                "norm_workspace_", "norm_load_",
                                "norm_unload_"},
      [&](StringRef prefix) { return name.starts_with(prefix); });
}

ObjectEmitter::ObjectEmitter(std::unique_ptr<TargetMachine> machine,
                             int64_t vectorBits, unsigned optLevel)
    : machine(std::move(machine)), vectorBits(vectorBits), optLevel(optLevel) {}
ObjectEmitter::ObjectEmitter(ObjectEmitter &&) = default;
ObjectEmitter::~ObjectEmitter() = default;

Expected<ObjectEmitter> ObjectEmitter::create(const Triple &triple,
                                              StringRef cpu, StringRef features,
                                              int64_t vectorBits,
                                              unsigned optLevel) {
  if (optLevel > 3)
    return createStringError(
        "expected an optimization level of 0 to 3, found " + Twine(optLevel));
  std::string reason;
  const Target *target = TargetRegistry::lookupTarget(triple, reason);
  if (!target)
    return createStringError(reason);
  TargetOptions options;
  // Only an explicit llvm.fma is fused.
  options.AllowFPOpFusion = FPOpFusion::Strict;
  std::unique_ptr<TargetMachine> machine(target->createTargetMachine(
      triple, cpu, features, options, Reloc::PIC_, /*CM=*/std::nullopt,
      CodeGenOptLevel(optLevel)));
  if (!machine)
    return createStringError("LLVM generates no code for " + triple.str());
  return ObjectEmitter(std::move(machine), vectorBits, optLevel);
}

Expected<ObjectEmitter> ObjectEmitter::create(const TargetSpec &spec,
                                              unsigned optLevel) {
  return create(spec.getTriple(), spec.getCPU(), spec.getFeatures(),
                getTargetModel(spec).vectorBits, optLevel);
}

Expected<ObjectEmitter> ObjectEmitter::create(const GPUChip &chip,
                                              unsigned optLevel) {
  [[maybe_unused]] static bool once = [] {
    LLVMInitializeNVPTXTargetInfo();
    LLVMInitializeNVPTXTarget();
    LLVMInitializeNVPTXTargetMC();
    LLVMInitializeNVPTXAsmPrinter();
    return true;
  }();
  return create(Triple("nvptx64-nvidia-cuda"), chip.name,
                "+ptx" + std::to_string(chip.ptxVersion),
                /*vectorBits=*/128, optLevel);
}

void ObjectEmitter::prepare(Module &module) {
  module.setTargetTriple(machine->getTargetTriple());
  module.setDataLayout(machine->createDataLayout());
  AttrBuilder attributes(module.getContext());
  attributes.addAttribute("target-cpu", machine->getTargetCPU());
  if (StringRef features = machine->getTargetFeatureString(); !features.empty())
    attributes.addAttribute("target-features", features);
  if (machine->getTargetTriple().isX86()) {
    // Some CPUs with 512-bit vectors prefer 256 bits for code that is mostly
    // scalar, and would split ours.
    std::string bits = std::to_string(vectorBits);
    attributes.addAttribute("prefer-vector-width", bits);
    attributes.addAttribute("min-legal-vector-width", bits);
  }
  attributes.addAttribute(Attribute::NoUnwind);
  for (Function &function : module) {
    if (function.isDeclaration())
      continue;
    function.addFnAttrs(attributes);
    if (!isExportedName(function.getName()) &&
        function.getCallingConv() != CallingConv::PTX_Kernel)
      function.setLinkage(GlobalValue::InternalLinkage);
  }
  for (GlobalVariable &variable : module.globals())
    if (!variable.isDeclaration() && !variable.hasLocalLinkage() &&
        !variable.hasAppendingLinkage())
      variable.setLinkage(GlobalValue::InternalLinkage);
}

/// Makes each llvm.fmuladd, which may be fused, an llvm.fma, which is. MLIR
/// lowers the fused vector.fma to the former, whose bits depend on the CPU.
static void fuseMultiplyAdds(Module &module) {
  for (Function &function : make_early_inc_range(module)) {
    if (function.getIntrinsicID() != Intrinsic::fmuladd)
      continue;
    function.replaceAllUsesWith(Intrinsic::getOrInsertDeclaration(
        &module, Intrinsic::fma, function.getReturnType()));
    function.eraseFromParent();
  }
}

static StringRef getName(mlir::Operation *module) {
  auto name = module->getAttrOfType<mlir::StringAttr>(
      mlir::SymbolTable::getSymbolAttrName());
  return name ? name.getValue() : "norm";
}

Expected<std::unique_ptr<Module>>
ObjectEmitter::translate(mlir::Operation *module, LLVMContext &context,
                         const MessageOptions &messages) {
  mlir::MLIRContext *mlirContext = module->getContext();
  mlir::registerBuiltinDialectTranslation(*mlirContext);
  mlir::registerGPUDialectTranslation(*mlirContext);
  mlir::registerLLVMDialectTranslation(*mlirContext);
  mlir::registerNVVMDialectTranslation(*mlirContext);
  std::unique_ptr<Module> result;
  LLVMErrors errors(context);
  if (Error error = collectDiagnostics(
          mlirContext, messages, "the translation to LLVM IR", [&] {
            result =
                mlir::translateModuleToLLVMIR(module, context, getName(module));
            return success(result != nullptr);
          }))
    return error;
  if (Error error = errors.take())
    return error;
  fuseMultiplyAdds(*result);
  prepare(*result);
  return result;
}

/// What the code of CPUs needs of LLVM's optimizations: it arrives inlined,
/// with vectors, and with loops over tiles of the size that the strategy chose,
/// so only those that vanish are unrolled. The default pipeline takes twice as
/// long for code that is as fast.
static constexpr StringLiteral simplification =
    "ipsccp,cgscc(function-attrs),"
    "function(early-cse<memssa>,simplifycfg,instcombine<no-verify-fixpoint>,"
    "loop-mssa(loop-rotate,licm),loop(loop-deletion,loop-unroll-full),"
    "sroa,gvn,adce,simplifycfg,instcombine<no-verify-fixpoint>),"
    "deadargelim,globaldce";

Error ObjectEmitter::optimize(Module &module) {
  static constexpr const OptimizationLevel *levels[] = {
      &OptimizationLevel::O0, &OptimizationLevel::O1, &OptimizationLevel::O2,
      &OptimizationLevel::O3};
  LLVMErrors errors(module.getContext());
  PipelineTuningOptions tuning;
  // Code arrives with the vectors that the strategy chose. What is scalar is a
  // remainder of few elements; to vectorize it again costs compile time and
  // code for nothing.
  tuning.LoopVectorization = false;
  tuning.LoopInterleaving = false;
  tuning.SLPVectorization = false;

  LoopAnalysisManager loopAnalyses;
  FunctionAnalysisManager functionAnalyses;
  CGSCCAnalysisManager callGraphAnalyses;
  ModuleAnalysisManager moduleAnalyses;
  PassBuilder builder(machine.get(), tuning);
  builder.registerModuleAnalyses(moduleAnalyses);
  builder.registerCGSCCAnalyses(callGraphAnalyses);
  builder.registerFunctionAnalyses(functionAnalyses);
  builder.registerLoopAnalyses(loopAnalyses);
  builder.crossRegisterProxies(loopAnalyses, functionAnalyses,
                               callGraphAnalyses, moduleAnalyses);
  const OptimizationLevel &level = *levels[optLevel];
  ModulePassManager passes;
  if (optLevel == 0 || machine->getTargetTriple().isNVPTX()) {
    passes = builder.buildPerModuleDefaultPipeline(level);
  } else {
    if (Error error = builder.parsePassPipeline(passes, simplification))
      return error;
    FunctionPassManager functions;
    functions.addPass(CombineVectorsPass());
    passes.addPass(createModuleToFunctionPassAdaptor(std::move(functions)));
  }
  passes.run(module, moduleAnalyses);
  return errors.take();
}

Error ObjectEmitter::emit(Module &module, CodeForm form,
                          SmallVectorImpl<char> &code) {
  LLVMErrors errors(module.getContext());
  raw_svector_ostream stream(code);
  if (form == CodeForm::LLVMIR) {
    module.print(stream, nullptr);
    return errors.take();
  }
  legacy::PassManager passes;
  auto fileType = form == CodeForm::Object ? CodeGenFileType::ObjectFile
                                           : CodeGenFileType::AssemblyFile;
  if (machine->addPassesToEmitFile(passes, stream, nullptr, fileType))
    return createStringError("LLVM writes no such file for " +
                             module.getTargetTriple().str());
  passes.run(module);
  return errors.take();
}
