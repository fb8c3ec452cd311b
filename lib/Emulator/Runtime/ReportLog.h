//===- ReportLog.h - Collects reports ---------------------------*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NORM_LIB_EMULATOR_RUNTIME_REPORTLOG_H
#define NORM_LIB_EMULATOR_RUNTIME_REPORTLOG_H

#include "norm/Emulator/Report.h"

#include <map>
#include <tuple>

namespace norm::emulator {

/// The reports of a launch, one for each kind and pair of instructions.
class ReportLog {
public:
  explicit ReportLog(unsigned limit) : limit(limit) {}

  /// Counts one more of `kind` by the instruction `site` (and `otherSite`).
  /// True if it is new and is to be kept: `add` follows then.
  bool count(ReportKind kind, uint32_t site, uint32_t otherSite);

  /// Keeps the report that `count` was just called for.
  void add(Report report) { log.reports.push_back(std::move(report)); }

  void setStopped() { log.stopped = true; }
  Reports take() { return std::move(log); }

private:
  unsigned limit;
  Reports log;
  /// The index of each report that is kept.
  std::map<std::tuple<ReportKind, uint32_t, uint32_t>, size_t> known;
};

} // namespace norm::emulator

#endif // NORM_LIB_EMULATOR_RUNTIME_REPORTLOG_H
