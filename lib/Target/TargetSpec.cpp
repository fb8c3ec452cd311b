//===- TargetSpec.cpp - Checks the names of CPUs and platforms ------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "norm/Target/TargetSpec.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/MC/MCSubtargetInfo.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Support/TargetSelect.h"
#include "llvm/TargetParser/Host.h"

#include <memory>

using namespace llvm;
using namespace norm;

/// Registers the architectures of TargetSpec, as far as this LLVM has them;
/// registering all of LLVM's would cost every start of a tool.
static void initializeTargets() {
  [[maybe_unused]] static bool once = [] {
    auto wanted = [](StringRef name) {
      return name == "X86" || name == "AArch64";
    };
#define LLVM_TARGET(NAME)                                                      \
  if (wanted(#NAME)) {                                                         \
    LLVMInitialize##NAME##TargetInfo();                                        \
    LLVMInitialize##NAME##Target();                                            \
    LLVMInitialize##NAME##TargetMC();                                          \
  }
#include "llvm/Config/Targets.def"
#define LLVM_ASM_PRINTER(NAME)                                                 \
  if (wanted(#NAME))                                                           \
    LLVMInitialize##NAME##AsmPrinter();
#include "llvm/Config/AsmPrinters.def"
    // Inline assembly is parsed when an object is written.
#define LLVM_ASM_PARSER(NAME)                                                  \
  if (wanted(#NAME))                                                           \
    LLVMInitialize##NAME##AsmParser();
#include "llvm/Config/AsmParsers.def"
    return true;
  }();
}

static Error tripleError(StringRef triple, const Twine &reason) {
  return createStringError(
      "unknown triple '" + triple + "': " + reason +
      "; known are for example x86_64-linux-gnu, aarch64-linux-gnu, "
      "arm64-apple-macosx and x86_64-pc-windows-msvc");
}

/// Checks that LLVM knows each part of `triple` and that the binary interface
/// of compiled functions, which has 64-bit pointers, exists on it. `given` is
/// what the user wrote.
static Error checkTriple(const Triple &triple, StringRef given) {
  // LLVM compares only the start of some parts.
  auto isNamePart = [](char c) {
    return isAlnum(c) || StringRef("-_.").contains(c);
  };
  if (!all_of(given, isNamePart))
    return tripleError(given, "expected letters, digits, '-', '_' and '.'");
  if (triple.getArch() != Triple::x86_64 && triple.getArch() != Triple::aarch64)
    return tripleError(given,
                       "expected the architecture x86_64 or aarch64, found '" +
                           triple.getArchName() + "'");
  auto isMissing = [](StringRef name) {
    return name.empty() || name == "unknown" || name == "none";
  };
  if (triple.getVendor() == Triple::UnknownVendor &&
      !isMissing(triple.getVendorName()))
    return tripleError(given, "'" + triple.getVendorName() +
                                  "' is no known vendor or system");
  if (triple.getOS() == Triple::UnknownOS && !isMissing(triple.getOSName()))
    return tripleError(given, "'" + triple.getOSName() +
                                  "' is no known operating system");
  if (triple.isX32() || triple.getEnvironment() == Triple::GNUILP32)
    return tripleError(given, "its pointers have 32 bits, expected 64");
  Triple::ObjectFormatType expected = Triple::ELF;
  if (triple.isOSDarwin())
    expected = Triple::MachO;
  else if (triple.isOSWindows() || triple.isUEFI())
    expected = Triple::COFF;
  if (triple.getObjectFormat() != expected)
    return tripleError(
        given, "expected the object format " +
                   Triple::getObjectFormatTypeName(expected) + ", found " +
                   Triple::getObjectFormatTypeName(triple.getObjectFormat()));
  if (triple.getEnvironment() == Triple::UnknownEnvironment &&
      !isMissing(triple.getEnvironmentName()) &&
      triple.getEnvironmentName() != Triple::getObjectFormatTypeName(expected))
    return tripleError(given, "'" + triple.getEnvironmentName() +
                                  "' is no known environment");
  return Error::success();
}

/// `name` is not a CPU of `info`: lists the names close to it, or common ones.
static Error cpuError(const Triple &triple, StringRef name,
                      const MCSubtargetInfo &info) {
  SmallVector<StringRef> close;
  for (const SubtargetSubTypeKV &known : info.getAllProcessorDescriptions())
    if (name.edit_distance(known.Key) <= 2)
      close.push_back(known.Key);
  std::string hint = "did you mean " + join(close, ", ");
  if (close.empty())
    hint = triple.isX86()
               ? "known are for example native, x86-64, x86-64-v3, x86-64-v4, "
                 "haswell, znver4, sapphirerapids"
               : "known are for example native, generic, cortex-a76, "
                 "neoverse-n1, neoverse-v2, apple-m1";
  return createStringError("unknown CPU '" + name + "' for " + triple.str() +
                           ": " + hint);
}

/// The features of the host as LLVM's feature string, in a fixed order.
static std::string getHostFeatures() {
  SmallVector<std::string> features;
  for (const auto &feature : sys::getHostCPUFeatures())
    features.push_back((feature.second ? "+" : "-") + feature.first().str());
  llvm::sort(features, [](StringRef a, StringRef b) {
    return a.drop_front() < b.drop_front();
  });
  return join(features, ",");
}

/// Behind other features. Kernels compute halves in f32, and with AVX512-FP16
/// LLVM stores vectors of them through the caches where they shall go past.
static constexpr StringRef noHalfArithmetic = "-avx512fp16";

Expected<TargetSpec> TargetSpec::create(StringRef tripleName,
                                        StringRef cpuName) {
  initializeTargets();
  TargetSpec spec;
  Triple host(sys::getProcessTriple());
  spec.triple =
      tripleName.empty() ? host : Triple(Triple::normalize(tripleName));
  if (Error error =
          checkTriple(spec.triple,
                      spec.triple == host ? StringRef(host.str()) : tripleName))
    return error;
  std::string reason;
  const Target *target = TargetRegistry::lookupTarget(spec.triple, reason);
  if (!target)
    return tripleError(tripleName, reason);

  bool hasHostArch = spec.triple.getArch() == host.getArch();
  if (cpuName == "native" && !hasHostArch)
    return createStringError("the CPU 'native' has the architecture " +
                             host.getArchName() + " and does not run " +
                             spec.triple.str() + ": name a CPU of " +
                             spec.triple.getArchName());
  if (cpuName == "native" || (cpuName.empty() && hasHostArch)) {
    spec.cpu = sys::getHostCPUName().str();
    spec.features = getHostFeatures();
    if (StringRef(spec.features).contains("+avx512fp16"))
      spec.features += ("," + noHalfArithmetic).str();
    spec.host = spec.triple.getOS() == host.getOS();
    return spec;
  }
  spec.cpu = cpuName.str();
  if (cpuName.empty())
    spec.cpu = spec.triple.isX86() ? "x86-64" : "generic";

  // Asked without a CPU first: LLVM prints a warning on a name that it does
  // not know.
  std::unique_ptr<MCSubtargetInfo> known(
      target->createMCSubtargetInfo(spec.triple, "", ""));
  if (!known->isCPUStringValid(spec.cpu))
    return cpuError(spec.triple, spec.cpu, *known);
  std::unique_ptr<MCSubtargetInfo> info(
      target->createMCSubtargetInfo(spec.triple, spec.cpu, ""));
  if (spec.triple.isX86() && !info->checkFeatures("+64bit"))
    return createStringError("the CPU '" + spec.cpu +
                             "' has no 64-bit instructions, which " +
                             spec.triple.str() + " needs");
  if (spec.triple.isX86() && info->checkFeatures("+avx512fp16"))
    spec.features = noHalfArithmetic.str();
  return spec;
}

Expected<TargetSpec> TargetSpec::createHost() { return create("", "native"); }

/// The features of `spec`, whose names are known.
static std::unique_ptr<MCSubtargetInfo> getSubtarget(const TargetSpec &spec) {
  std::string reason;
  const Target *target = TargetRegistry::lookupTarget(spec.getTriple(), reason);
  return std::unique_ptr<MCSubtargetInfo>(target->createMCSubtargetInfo(
      spec.getTriple(), spec.getCPU(), spec.getFeatures()));
}

Error norm::checkRunsOnHost(const TargetSpec &spec) {
  Triple host(sys::getProcessTriple());
  if (spec.getTriple().getArch() != host.getArch() ||
      spec.getTriple().getOS() != host.getOS())
    return createStringError("code for " + spec.getTriple().str() +
                             " does not run on this machine, " + host.str());
  if (spec.isHost())
    return Error::success();
  std::unique_ptr<MCSubtargetInfo> info = getSubtarget(spec);
  SmallVector<StringRef> missing;
  StringMap<bool> features = sys::getHostCPUFeatures();
  for (const auto &feature : features)
    if (!feature.second && info->checkFeatures(("+" + feature.first()).str()))
      missing.push_back(feature.first());
  if (missing.empty())
    return Error::success();
  llvm::sort(missing);
  return createStringError("code for the CPU '" + spec.getCPU() +
                           "' does not run on this machine, which lacks " +
                           join(missing, ", "));
}

TargetModel norm::getTargetModel(const TargetSpec &spec) {
  TargetModel model;
  std::unique_ptr<MCSubtargetInfo> info = getSubtarget(spec);
  auto has = [&](StringRef feature) {
    return info->checkFeatures(("+" + feature).str());
  };
  if (spec.getTriple().isX86()) {
    bool hasAVX512F = has("avx512f");
    model.vectorBits = hasAVX512F ? 512 : has("avx2") ? 256 : 128;
    model.hasRCP14 = hasAVX512F;
    model.wideningMovesElements = model.hasMasked32 = has("avx2");
    model.hasMasked16 = has("avx512bw");
  }
  if (spec.isHost())
    setHostCaches(model);
  return model;
}
