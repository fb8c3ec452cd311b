//===- GPUTarget.h - The NVIDIA GPUs to compile for -------------*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NORM_TARGET_GPUTARGET_H
#define NORM_TARGET_GPUTARGET_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include <string>
#include <vector>

namespace norm {

/// A kind of GPU.
struct GPUChip {
  /// LLVM's and ptxas' name, such as "sm_90".
  llvm::StringLiteral name;
  /// The least version of PTX that has it, times 10.
  unsigned ptxVersion;

  /// "90" of "sm_90".
  llvm::StringRef getArchitecture() const { return name.drop_front(3); }
};

/// Kinds of GPUs that LLVM is known to accept: names are checked here, because
/// LLVM ends the process on those that it does not know.
class GPUTarget {
public:
  /// The chips `names`, such as "sm_90" or "sm_80,sm_90". The error is one of
  /// the option --target: it says what there is.
  static llvm::Expected<GPUTarget> create(llvm::StringRef names);

  /// At least one, each once, the oldest first.
  llvm::ArrayRef<const GPUChip *> getChips() const { return chips; }

  /// Whether all chips are sm_90 or later.
  bool isSM90() const;

  /// The names of the chips, with commas between them.
  std::string str() const;

private:
  std::vector<const GPUChip *> chips;
};

} // namespace norm

#endif // NORM_TARGET_GPUTARGET_H
