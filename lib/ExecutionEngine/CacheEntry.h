//===- CacheEntry.h - A compiled module in a folder -------------*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NORM_LIB_EXECUTIONENGINE_CACHEENTRY_H
#define NORM_LIB_EXECUTIONENGINE_CACHEENTRY_H

#include "CompiledModule.h"

namespace norm {

/// The place of one compiled module in the folder of a cache: a file whose name
/// is a hash of all that the code depends on. So what is found need not be
/// compared with the source, and nothing ever becomes out of date.
///
/// llvm::localCache and llvm::pruneCache do the same for linkers, but end the
/// process if the disk is full or the folder disappears.
class CacheEntry {
public:
  /// The entry of `source`, a module of stage norm, compiled with `options`.
  /// None if a compilation does more than what is kept, or what it does cannot
  /// be told: it dumps its stages, or a function makes the image of kernels.
  static std::optional<CacheEntry> create(const CacheOptions &cache,
                                          mlir::ModuleOp source,
                                          const CompileOptions &options);

  /// What is kept; none if there is nothing, or anything but what `write` has
  /// written for this entry.
  std::optional<CompiledModule> read() const;

  /// Keeps `compiled`: it is written beside its place and renamed, so that all
  /// other processes and threads find all of it or nothing. Then removes what
  /// the folder has too much. The error says why it is not kept.
  llvm::Error write(const CompiledModule &compiled) const;

private:
  CacheEntry(const CacheOptions &cache, std::string key);

  /// Removes the files of the folder that were used least recently until they
  /// have `cache.maxBytes`.
  void prune() const;

  CacheOptions cache;
  std::string key;
  std::string path;
};

} // namespace norm

#endif // NORM_LIB_EXECUTIONENGINE_CACHEENTRY_H
