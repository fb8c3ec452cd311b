//===- Retarget.cpp - NVPTX modules for the host --------------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "norm/Emulator/Retarget.h"

#include "Rewriter.h"

#include "llvm/IR/DebugInfo.h"
#include "llvm/IR/Verifier.h"
#include "llvm/Passes/PassBuilder.h"
#include "llvm/Support/raw_ostream.h"
#include "llvm/Transforms/Scalar/ScalarizeMaskedMemIntrin.h"

using namespace llvm;
using namespace norm::emulator;

/// Makes masked vector accesses scalar ones under branches, as NVPTX does.
static void expandMaskedAccesses(Module &module) {
  PassBuilder builder;
  LoopAnalysisManager loops;
  FunctionAnalysisManager functions;
  CGSCCAnalysisManager components;
  ModuleAnalysisManager modules;
  builder.registerModuleAnalyses(modules);
  builder.registerCGSCCAnalyses(components);
  builder.registerFunctionAnalyses(functions);
  builder.registerLoopAnalyses(loops);
  builder.crossRegisterProxies(loops, functions, components, modules);
  ModulePassManager passes;
  passes.addPass(
      createModuleToFunctionPassAdaptor(ScalarizeMaskedMemIntrinPass()));
  passes.run(module, modules);
}

Expected<RetargetedModule>
norm::emulator::retarget(std::unique_ptr<Module> module, const Triple &triple,
                         const DataLayout &layout) {
  RetargetedModule result;
  result.sites.emplace_back();
  Rewriter rewriter(*module, result);
  if (Error error = rewriter.check())
    return error;
  expandMaskedAccesses(*module);
  rewriter.collectKernels();
  if (Error error = rewriter.placeSharedMemory())
    return error;
  for (const GlobalVariable &variable : module->globals())
    result.globals.push_back(
        {variable.getName().str(),
         module->getDataLayout().getTypeAllocSize(variable.getValueType()),
         variable.isConstant() || variable.getAddressSpace() == 4});
  if (Error error = rewriter.replaceIntrinsics())
    return error;
  if (Error error = rewriter.instrumentAccesses())
    return error;
  rewriter.instrumentLoops();
  StripDebugInfo(*module);

  result.module = stripAddressSpaces(*module, triple, layout);
  // With what the instrumentation has added.
  boundFrames(*result.module, result.kernels);
  addEntries(*result.module, result.kernels);
  addHostConversions(*result.module);
  std::string text;
  raw_string_ostream stream(text);
  if (verifyModule(*result.module, &stream))
    return createStringError("the retargeted module is not valid: " + text);
  return result;
}
