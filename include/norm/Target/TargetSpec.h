//===- TargetSpec.h - The CPU to compile for --------------------*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NORM_TARGET_TARGETSPEC_H
#define NORM_TARGET_TARGETSPEC_H

#include "norm/Analysis/TargetModel.h"

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include "llvm/TargetParser/Triple.h"

#include <string>

namespace norm {

/// A CPU that LLVM is known to accept: names are checked once, here, because
/// LLVM ends the process on some that it does not know.
class TargetSpec {
public:
  /// The CPU `cpu` of the platform `triple`. An empty triple is that of the
  /// host; others must be 64-bit x86 or AArch64. `cpu` is a name that LLVM
  /// knows for the triple, such as "x86-64-v3", or "native", the CPU of the
  /// host with all its features (only if the triple has the host's
  /// architecture); an empty name is "native" if that is possible, else the
  /// baseline of the architecture. The error names what was given and what is
  /// known.
  static llvm::Expected<TargetSpec> create(llvm::StringRef triple,
                                           llvm::StringRef cpu);

  /// The host: `create("", "native")`.
  static llvm::Expected<TargetSpec> createHost();

  /// The platform, normalized.
  const llvm::Triple &getTriple() const { return triple; }

  /// LLVM's name of the CPU, never "native".
  const std::string &getCPU() const { return cpu; }

  /// LLVM's feature string ("+avx2,-avx512f,.."): what the CPU has beyond or
  /// below its name, without AVX512-FP16. A CPU given by name has no others.
  const std::string &getFeatures() const { return features; }

  /// The CPU is the one that runs this process.
  bool isHost() const { return host; }

private:
  TargetSpec() = default;

  llvm::Triple triple;
  std::string cpu;
  std::string features;
  bool host = false;
};

/// What strategies need to know about `spec`. The caches are measured if it is
/// the host, else they have the model's defaults.
TargetModel getTargetModel(const TargetSpec &spec);

/// Fails if code for `spec` does not run in this process: another platform, or
/// instructions that the host lacks. The error names them.
llvm::Error checkRunsOnHost(const TargetSpec &spec);

} // namespace norm

#endif // NORM_TARGET_TARGETSPEC_H
