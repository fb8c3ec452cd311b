//===- ReportLog.cpp - Collects reports -----------------------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ReportLog.h"

#include "llvm/Support/ErrorHandling.h"

using namespace norm::emulator;

const char *norm::emulator::getName(ReportKind kind) {
  switch (kind) {
  case ReportKind::DivergentBarrier:
    return "divergent barrier";
  case ReportKind::Deadlock:
    return "deadlock";
  case ReportKind::OutOfBounds:
    return "out of bounds";
  case ReportKind::Misaligned:
    return "misaligned";
  case ReportKind::UninitializedShared:
    return "uninitialized shared memory";
  case ReportKind::Race:
    return "race";
  case ReportKind::Unawaited:
    return "not waited for";
  case ReportKind::InvalidOperand:
    return "invalid operand";
  case ReportKind::StepLimit:
    return "step limit";
  case ReportKind::Trap:
    return "trap";
  }
  llvm_unreachable("unknown kind of report");
}

static std::string format(Dim3 index) {
  return "(" + std::to_string(index.x) + ", " + std::to_string(index.y) + ", " +
         std::to_string(index.z) + ")";
}

std::string Report::str() const {
  std::string line = location + ": " + getName(kind) + ": " + text +
                     " (kernel " + kernel + ", block " + format(block) +
                     ", thread " + format(thread);
  if (count > 1)
    line += ", " + std::to_string(count) + " times";
  return line + ")";
}

unsigned Reports::count(ReportKind kind) const {
  unsigned number = 0;
  for (const Report &report : reports)
    number += report.kind == kind;
  return number;
}

std::string Reports::str() const {
  std::string text;
  for (const Report &report : reports)
    text += report.str() + "\n";
  if (omitted)
    text += std::to_string(omitted) + " more reports left out\n";
  return text;
}

bool ReportLog::count(ReportKind kind, uint32_t site, uint32_t otherSite) {
  auto [it, isNew] =
      known.insert({{kind, site, otherSite}, log.reports.size()});
  if (isNew && log.reports.size() < limit)
    return true;
  if (isNew) {
    it->second = SIZE_MAX;
    ++log.omitted;
  } else if (it->second != SIZE_MAX) {
    ++log.reports[it->second].count;
  }
  return false;
}
