//===- CheckCall.cpp - The checks at the entry of compiled functions ------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ErrorText.h"
#include "Operand.h"

using namespace norm::runtime;

// Compiled code holds constants of these structs.
static_assert(sizeof(norm_operand_info) == 32 &&
                  sizeof(norm_function_info) == 32,
              "the layout is part of the binary interface");

static void appendVersion(ErrorWriter &text, int64_t version) {
  text << version / 10000 << '.' << version / 100 % 100 << '.' << version % 100;
}

/// As long as the major version is 0, only patches keep the interface.
static int32_t checkVersion(const norm_function_info &info) {
  if (info.runtime_version / 100 == NORM_RUNTIME_VERSION / 100)
    return norm_ok;
  ErrorWriter text;
  text << info.name << ": expected a runtime library that fits version ";
  appendVersion(text, info.runtime_version);
  text << ", found version ";
  appendVersion(text, NORM_RUNTIME_VERSION);
  return norm_error_version;
}

static Operand getOperand(const norm_function_info &info, int32_t index,
                          const void *const *operands) {
  return {info, info.operands[index], operands[index], {}, {}};
}

/// Whether `output`, operand `index`, may be the same view as operand `other`.
static bool isInPlace(const norm_operand_info &output, int32_t other) {
  return other < 32 && (output.in_place_with >> other & 1);
}

/// Checks output `index` against the inputs and the outputs before it.
static int32_t checkApart(const norm_function_info &info, int32_t index,
                          const void *const *operands) {
  Operand output = getOperand(info, index, operands);
  if (int32_t error = output.locate())
    return error;
  for (int32_t i = 0; i < info.num_operands; ++i) {
    if (i == index || (i > index && info.operands[i].is_output))
      continue;
    Operand other = getOperand(info, i, operands);
    if (int32_t error = other.locate())
      return error;
    if (int32_t error = output.checkApart(other, isInPlace(output.info, i)))
      return error;
  }
  return norm_ok;
}

int32_t norm_check_arguments(const norm_function_info *info,
                             const void *const *operands) {
  if (int32_t error = checkVersion(*info))
    return error;
  for (int32_t i = 0; i < info->num_arguments; ++i)
    if (int32_t error = getOperand(*info, i, operands).checkSizes())
      return error;
  return norm_ok;
}

int32_t norm_check_call(const norm_function_info *info,
                        const void *const *operands) {
  if (int32_t error = checkVersion(*info))
    return error;
  for (int32_t i = 0; i < info->num_operands; ++i) {
    Operand operand = getOperand(*info, i, operands);
    if (int32_t error = operand.checkSizes())
      return error;
    if (int32_t error = operand.locate())
      return error;
    if (operand.info.is_output)
      if (int32_t error = operand.checkDistinct())
        return error;
  }
  for (int32_t i = 0; i < info->num_operands; ++i)
    if (info->operands[i].is_output)
      if (int32_t error = checkApart(*info, i, operands))
        return error;
  return norm_ok;
}
