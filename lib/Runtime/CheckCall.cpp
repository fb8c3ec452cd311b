//===- CheckCall.cpp - The checks at the entry of compiled functions ------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CheckErrors.h"
#include "Operand.h"
#include "Overlap.h"

#include <algorithm>

using namespace norm::runtime;

/// Checks the pointer to the descriptor and the sizes in it.
static int32_t checkSizes(const Operand &operand) {
  if (!operand.given)
    return reportNullPointer(operand);
  const norm_operand_info &info = *operand.info;
  const int64_t *sizes = getSizes(operand.given);
  for (int64_t dim = 0; dim < info.rank; ++dim)
    if (sizes[dim] < 0 ||
        (info.sizes[dim] >= 0 && sizes[dim] != info.sizes[dim]))
      return reportSize(operand, dim, sizes[dim]);
  return norm_ok;
}

/// Checks that no two elements of a located output share a byte.
static int32_t checkDistinct(const Operand &output) {
  if (output.range.begin == output.range.end)
    return norm_ok;
  Answer answer = hasSelfOverlap(output.view);
  return answer == Answer::No ? int32_t(norm_ok)
                              : reportSelfOverlap(output, answer);
}

/// Checks that a located output shares no byte with another located operand,
/// unless it may be operand `otherIndex` and is.
static int32_t checkApart(const Operand &output, const Operand &other,
                          int32_t otherIndex) {
  if (output.range.end <= other.range.begin ||
      other.range.end <= output.range.begin)
    return norm_ok;
  bool inPlace =
      otherIndex < 32 && (output.info->in_place_with >> otherIndex & 1);
  if (inPlace && isSameView(output.view, other.view))
    return norm_ok;
  Answer answer =
      hasOverlap(output.view, output.range, other.view, other.range);
  return answer == Answer::No ? int32_t(norm_ok)
                              : reportOverlap(output, other, inPlace, answer);
}

int32_t norm_check_arguments(const norm_function_info *info,
                             const void *const *operands) {
  if (!fitsVersion(info->runtime_version))
    return reportVersion(info->name, info->runtime_version);
  for (int32_t i = 0; i < info->num_arguments; ++i) {
    Operand operand;
    setOperand(operand, *info, i, operands);
    if (int32_t error = checkSizes(operand))
      return error;
  }
  int64_t numSizes = 0;
  for (int32_t i = info->num_arguments; i < info->num_operands; ++i)
    numSizes += std::max(info->operands[i].rank, 0);
  if (numSizes > 0 && !operands[info->num_arguments])
    return reportNullSizes(*info, numSizes);
  return norm_ok;
}

/// Sets the range of an operand that is right, not empty and row-major without
/// gaps. Returns false for any other.
static bool locatePacked(const norm_operand_info &info, const void *given,
                         ByteRange &range) {
  // What is smaller keeps all sums and products below 2^62.
  constexpr int64_t limit = int64_t(1) << 56;
  if (!given || info.rank < 0)
    return false;
  const auto *head = static_cast<const DescriptorHead *>(given);
  const int64_t *sizes = getSizes(given), *strides = sizes + info.rank;
  int64_t numElements = 1;
  for (int64_t dim = info.rank - 1; dim >= 0; --dim) {
    int64_t size = sizes[dim];
    if (size <= 0 || (size != info.sizes[dim] && info.sizes[dim] >= 0) ||
        (size != 1 && strides[dim] != numElements) ||
        __builtin_mul_overflow(numElements, size, &numElements))
      return false;
  }
  auto data = reinterpret_cast<intptr_t>(head->aligned);
  int64_t bytes = info.element_bytes;
  if (data <= 0 || data >= limit || (data & (bytes - 1)) != 0 ||
      head->offset < 0 || head->offset >= limit || numElements >= limit)
    return false;
  range.begin = uint64_t(data + head->offset * bytes);
  range.end = range.begin + uint64_t(numElements * bytes);
  return true;
}

/// Whether nothing is wrong with the operands, all of which are row-major
/// without gaps, and the outputs lie apart. Nearly all calls are such, and this
/// takes a third of the time of the checks that know all others.
static bool isPlainCall(const norm_function_info &info,
                        const void *const *operands) {
  constexpr int32_t maxOperands = 8;
  ByteRange ranges[maxOperands];
  if (info.num_operands > maxOperands)
    return false;
  for (int32_t i = 0; i < info.num_operands; ++i)
    if (!locatePacked(info.operands[i], operands[i], ranges[i]))
      return false;
  for (int32_t i = 0; i < info.num_operands; ++i) {
    if (!info.operands[i].is_output)
      continue;
    for (int32_t j = 0; j < info.num_operands; ++j)
      if (j != i && ranges[i].begin < ranges[j].end &&
          ranges[j].begin < ranges[i].end)
        return false;
  }
  return true;
}

int32_t norm_check_call(const norm_function_info *info,
                        const void *const *operands) {
  if (!fitsVersion(info->runtime_version))
    return reportVersion(info->name, info->runtime_version);
  if (isPlainCall(*info, operands))
    return norm_ok;
  // Operands beyond the kept ones are located again where they are needed.
  constexpr int32_t maxKept = 8;
  Operand kept[maxKept], spareOutput, spareOther;
  for (int32_t i = 0; i < info->num_operands; ++i) {
    Operand &operand = i < maxKept ? kept[i] : spareOther;
    setOperand(operand, *info, i, operands);
    if (int32_t error = checkSizes(operand))
      return error;
    if (int32_t error = locate(operand))
      return error;
    if (operand.info->is_output)
      if (int32_t error = checkDistinct(operand))
        return error;
  }

  auto getLocated = [&](int32_t index, Operand &spare) -> const Operand & {
    if (index < maxKept)
      return kept[index];
    setOperand(spare, *info, index, operands);
    locate(spare);
    return spare;
  };
  for (int32_t i = 0; i < info->num_operands; ++i) {
    if (!info->operands[i].is_output)
      continue;
    const Operand &output = getLocated(i, spareOutput);
    for (int32_t j = 0; j < info->num_operands; ++j) {
      // Two outputs are compared once.
      if (j == i || (j > i && info->operands[j].is_output))
        continue;
      if (int32_t error = checkApart(output, getLocated(j, spareOther), j))
        return error;
    }
  }
  return norm_ok;
}
