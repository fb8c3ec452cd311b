//===- Report.cpp - What a run says about its results ---------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Report.h"

#include "llvm/Support/Format.h"
#include "llvm/Support/JSON.h"

#include <algorithm>
#include <cmath>
#include <limits>

using namespace norm::runner;

static double getValue(const HostTensor &tensor, int64_t i) {
  return isFloat(tensor.getType()) ? tensor.getReal(i)
                                   : static_cast<double>(tensor.getInteger(i));
}

void norm::runner::printSummary(llvm::raw_ostream &os, unsigned index,
                                const HostTensor &result) {
  os << "result " << index << ": " << formatShape(result.getShape()) << " of "
     << norm::reference::getName(result.getType());
  int64_t count = result.getNumElements();
  double smallest = std::numeric_limits<double>::infinity();
  double largest = -smallest;
  for (int64_t i = 0; i < count; ++i) {
    double value = getValue(result, i);
    if (std::isnan(value))
      continue;
    smallest = std::min(smallest, value);
    largest = std::max(largest, value);
  }
  if (smallest <= largest)
    os << llvm::format(", min %.6g, max %.6g", smallest, largest);
  constexpr int64_t numShown = 4;
  os << ", first [";
  for (int64_t i = 0; i < std::min(count, numShown); ++i)
    os << (i == 0 ? "" : ", ") << formatNumber(getValue(result, i), 6);
  os << (count > numShown ? ", ..]" : "]") << "\n";
}

const HostTensor *
norm::runner::findLargest(llvm::ArrayRef<HostTensor> arguments,
                          llvm::ArrayRef<HostTensor> results) {
  const HostTensor *largest = nullptr;
  auto key = [](const HostTensor &tensor) {
    return std::pair(tensor.getNumElements(), tensor.getRank());
  };
  for (llvm::ArrayRef<HostTensor> tensors : {arguments, results})
    for (const HostTensor &tensor : tensors)
      if (!largest || key(tensor) > key(*largest))
        largest = &tensor;
  return largest;
}

/// The sizes other than 1.
static llvm::SmallVector<int64_t> getLongDims(const HostTensor &tensor) {
  llvm::SmallVector<int64_t> sizes(tensor.getShape());
  llvm::erase(sizes, 1);
  return sizes;
}

Traffic norm::runner::getUsefulTraffic(llvm::ArrayRef<HostTensor> arguments,
                                       llvm::ArrayRef<HostTensor> results) {
  Traffic traffic;
  const HostTensor *largest = findLargest(arguments, results);
  auto isUseful = [&](const HostTensor &tensor) {
    if (tensor.getNumElements() != largest->getNumElements())
      return false;
    // The weights of the only row, for example.
    return tensor.getRank() == largest->getRank() ||
           getLongDims(tensor) != getLongDims(*largest);
  };
  for (const HostTensor &tensor : arguments)
    if (isUseful(tensor))
      traffic.readBytes += tensor.getNumBytes();
  for (const HostTensor &tensor : results)
    if (isUseful(tensor))
      traffic.writeBytes += tensor.getNumBytes();
  return traffic;
}

static void printJson(llvm::raw_ostream &os, const BenchReport &report) {
  const BenchResult &result = report.result;
  // Numbers that are not finite have no form in JSON.
  auto number = [](double value) -> llvm::json::Value {
    if (std::isfinite(value))
      return value;
    return nullptr;
  };
  llvm::json::OStream json(os);
  json.object([&] {
    json.attribute("function", report.function);
    json.attributeArray("shape", [&] {
      for (int64_t size : report.shape)
        json.value(size);
    });
    json.attribute("type", norm::reference::getName(report.type));
    json.attribute("target", report.target);
    json.attribute("threads", static_cast<int64_t>(report.threads));
    const auto &comparison = report.comparison;
    json.attribute("max_ulp",
                   comparison ? number(comparison->maxUlp) : nullptr);
    json.attribute("max_relative",
                   comparison ? number(comparison->maxRelative) : nullptr);
    json.attribute("seconds", number(result.seconds));
    json.attribute("useful_bytes", result.usefulBytes);
    json.attribute("gb_per_s", number(result.getGigabytesPerSecond()));
    json.attribute("limit", result.limitName);
    json.attribute("limit_seconds", number(result.limitSeconds));
    json.attribute("limit_share", number(result.getLimitShare()));
    json.attribute("samples", result.numSamples);
    json.attribute("jit_ms", number(report.compileSeconds * 1e3));
    json.attribute("jit_from_cache", report.isFromCache);
    json.attribute("object_bytes", static_cast<int64_t>(report.objectBytes));
  });
}

/// "3.21 us", with the unit that fits.
static std::string formatTime(double seconds) {
  std::string text;
  llvm::raw_string_ostream os(text);
  if (seconds < 1e-3)
    os << llvm::format("%.2f us", seconds * 1e6);
  else if (seconds < 1)
    os << llvm::format("%.3f ms", seconds * 1e3);
  else
    os << llvm::format("%.3f s", seconds);
  return text;
}

void norm::runner::printBench(llvm::raw_ostream &os,
                              const BenchReport &report) {
  const BenchResult &result = report.result;
  std::string error = "-";
  if (report.comparison) {
    error.clear();
    llvm::raw_string_ostream(error)
        << llvm::format("%.3f ULP", report.comparison->maxUlp);
  }
  os << llvm::format("%-16s %-5s %-14s %12s %8s %8s %12s  %s\n", "shape",
                     "type", "largest error", "time", "GB/s", "share",
                     "compile time", "limit");
  os << llvm::format(
      "%-16s %-5s %-14s %12s %8.2f %8.3f %12s  %s\n",
      formatShape(report.shape).c_str(), norm::reference::getName(report.type),
      error.c_str(), formatTime(result.seconds).c_str(),
      result.getGigabytesPerSecond(), result.getLimitShare(),
      formatTime(report.compileSeconds).c_str(), result.limitName);
  os << "bench: ";
  printJson(os, report);
  os << "\n";
}
