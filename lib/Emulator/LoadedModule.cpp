//===- LoadedModule.cpp - Kernels compiled for the host -------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "LoadedModule.h"

#include "Runtime/RuntimeTable.h"

#include "llvm/ADT/ScopeExit.h"
#include "llvm/Bitcode/BitcodeReader.h"
#include "llvm/Bitcode/BitcodeWriter.h"
#include "llvm/ExecutionEngine/Orc/LLJIT.h"
#include "llvm/IR/Module.h"
#include "llvm/Support/SmallVectorMemoryBuffer.h"
#include "llvm/Support/TargetSelect.h"
#include "llvm/Support/raw_ostream.h"
#include "llvm/Target/TargetMachine.h"

#include <cmath>
#include <cstring>

using namespace llvm;
using namespace norm::emulator;

LoadedModule::LoadedModule() = default;
LoadedModule::~LoadedModule() = default;

/// Functions of the C library that LLVM makes calls of by itself, on CPUs
/// without an instruction for it.
static void addLibrary(orc::SymbolMap &symbols, orc::LLJIT &jit) {
  auto add = [&](const char *name, void *address) {
    symbols[jit.mangleAndIntern(name)] = {orc::ExecutorAddr::fromPtr(address),
                                          JITSymbolFlags::Exported |
                                              JITSymbolFlags::Callable};
  };
#define ADD(NAME) add(#NAME, reinterpret_cast<void *>(&::NAME))
#define ADD_BOTH(NAME)                                                         \
  add(#NAME,                                                                   \
      reinterpret_cast<void *>(static_cast<double (*)(double)>(&::NAME)));     \
  ADD(NAME##f)
  ADD(memcpy);
  ADD(memmove);
  ADD(memset);
  ADD_BOTH(floor);
  ADD_BOTH(ceil);
  ADD_BOTH(trunc);
  ADD_BOTH(rint);
  ADD_BOTH(nearbyint);
  ADD_BOTH(round);
  ADD_BOTH(sqrt);
  ADD(fmaf);
  ADD(fmodf);
  ADD(fminf);
  ADD(fmaxf);
  add("fma", reinterpret_cast<void *>(
                 static_cast<double (*)(double, double, double)>(&::fma)));
  double (*modulo)(double, double) = &::fmod;
  add("fmod", reinterpret_cast<void *>(modulo));
#undef ADD_BOTH
#undef ADD
}

static Error addSymbols(orc::LLJIT &jit) {
  orc::SymbolMap symbols;
  addLibrary(symbols, jit);
  for (const auto &entry : RuntimeTable::get().getAll())
    symbols[jit.mangleAndIntern(RuntimeTable::getSymbol(entry.getKey()))] = {
        orc::ExecutorAddr::fromPtr(entry.getValue().address),
        JITSymbolFlags::Exported | JITSymbolFlags::Callable};
  return jit.getMainJITDylib().define(orc::absoluteSymbols(std::move(symbols)));
}

/// Moves `module` into a context of its own, which the JIT wants to own.
static Expected<orc::ThreadSafeModule> moveToOwnContext(const Module &module) {
  SmallVector<char, 0> bitcode;
  raw_svector_ostream stream(bitcode);
  WriteBitcodeToFile(module, stream);
  auto context = std::make_unique<LLVMContext>();
  auto moved = parseBitcodeFile(
      MemoryBufferRef(StringRef(bitcode.data(), bitcode.size()), "kernels"),
      *context);
  if (!moved)
    return moved.takeError();
  return orc::ThreadSafeModule(std::move(*moved), std::move(context));
}

Expected<std::unique_ptr<LoadedModule>>
LoadedModule::create(std::unique_ptr<Module> module) {
  InitializeNativeTarget();
  InitializeNativeTargetAsmPrinter();
  auto builder = orc::JITTargetMachineBuilder::detectHost();
  if (!builder)
    return builder.takeError();
  // These convert to bf16 in one instruction, but flush subnormals.
  for (StringRef feature : {"avx512bf16", "avxneconvert"})
    if (builder->getTargetTriple().isX86())
      builder->getFeatures().AddFeature(feature, /*Enable=*/false);
  // The kernels come optimized, and most of their time is that of the runtime
  // behind each access: better code for the host costs more than it gives.
  builder->setCodeGenOptLevel(CodeGenOptLevel::None);
  auto machine = builder->createTargetMachine();
  if (!machine)
    return machine.takeError();
  auto retargeted = retarget(std::move(module), (*machine)->getTargetTriple(),
                             (*machine)->createDataLayout());
  if (!retargeted)
    return retargeted.takeError();

  auto jit = orc::LLJITBuilder()
                 .setJITTargetMachineBuilder(std::move(*builder))
                 .setLinkProcessSymbolsByDefault(false)
                 .setPlatformSetUp(orc::setUpInactivePlatform)
                 .create();
  if (!jit)
    return jit.takeError();
  if (Error error = addSymbols(**jit))
    return error;
  auto moved = moveToOwnContext(*retargeted->module);
  if (!moved)
    return moved.takeError();
  retargeted->module.reset();
  std::unique_ptr<LoadedModule> loaded(new LoadedModule);
  loaded->jit = std::move(*jit);
  loaded->info = std::move(*retargeted);
  if (Error error = loaded->jit->addIRModule(std::move(*moved)))
    return error;
  // The linker reports what it misses here and returns only that it failed.
  std::string reported;
  auto &session = loaded->jit->getExecutionSession();
  session.setErrorReporter(
      [&](Error error) { reported += "; " + toString(std::move(error)); });
  // The session lives longer than the text.
  scope_exit restore([&] {
    session.setErrorReporter(
        [](Error error) { consumeError(std::move(error)); });
  });
  auto find = [&](StringRef name) -> Expected<void *> {
    auto address = loaded->jit->lookup(name);
    if (!address)
      return createStringError(toString(address.takeError()) + reported);
    return address->toPtr<void *>();
  };
  for (const KernelInfo &kernel : loaded->info.kernels) {
    Expected<void *> entry = find(getEntryName(kernel.name));
    if (!entry)
      return entry.takeError();
    loaded->kernels.emplace_back(*loaded, kernel,
                                 reinterpret_cast<Kernel::Entry>(*entry));
  }
  for (const GlobalInfo &global : loaded->info.globals) {
    Expected<void *> address = find(global.name);
    if (!address)
      return address.takeError();
    loaded->globals.push_back(*address);
  }
  return loaded;
}
