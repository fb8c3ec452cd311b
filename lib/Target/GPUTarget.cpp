//===- GPUTarget.cpp - The NVIDIA GPUs to compile for ---------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "norm/Target/GPUTarget.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringExtras.h"

using namespace llvm;
using namespace norm;

/// From "Release Notes" of the PTX manual, the oldest first. 8.0 is the least
/// that is emitted: drivers older than it are not supported.
static constexpr GPUChip knownChips[] = {
    {"sm_80", 80},  {"sm_86", 80},  {"sm_89", 80},  {"sm_90", 80},
    {"sm_100", 86}, {"sm_103", 88}, {"sm_120", 87},
};

Expected<GPUTarget> GPUTarget::create(StringRef names) {
  SmallVector<StringRef> wanted;
  names.split(wanted, ',');
  GPUTarget target;
  for (StringRef name : wanted) {
    const GPUChip *chip =
        find_if(knownChips, [&](const GPUChip &c) { return c.name == name; });
    if (chip == std::end(knownChips))
      return createStringError(
          "unknown target '" + name + "', expected cpu or some of " +
          join(map_range(knownChips, [](const GPUChip &c) { return c.name; }),
               ", "));
    target.chips.push_back(chip);
  }
  llvm::sort(target.chips);
  target.chips.erase(llvm::unique(target.chips), target.chips.end());
  return target;
}

bool GPUTarget::isSM90() const {
  return all_of(chips, [](const GPUChip *chip) {
    unsigned architecture = 0;
    return to_integer(chip->getArchitecture(), architecture) &&
           architecture >= 90;
  });
}

std::string GPUTarget::str() const {
  return join(map_range(chips, [](const GPUChip *chip) { return chip->name; }),
              ",");
}
