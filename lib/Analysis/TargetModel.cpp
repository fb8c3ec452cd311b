//===- TargetModel.cpp - The caches of the host ---------------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "norm/Analysis/TargetModel.h"

#include <algorithm>
#include <unistd.h>

using namespace norm;

void norm::setHostCaches(TargetModel &model) {
#ifdef _SC_LEVEL3_CACHE_SIZE
  // sysconf gives 0 for a level that does not exist and -1 if it is unknown.
  int64_t second = sysconf(_SC_LEVEL2_CACHE_SIZE);
  int64_t third = sysconf(_SC_LEVEL3_CACHE_SIZE);
  if (int64_t last = std::max(second, third); last > 0)
    model.lastLevelCacheBytes =
        std::min(last, TargetModel::maxLastLevelCacheBytes);
#endif
}
