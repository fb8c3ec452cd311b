//===- Operand.cpp - An operand of a call ---------------------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Operand.h"

#include "CheckErrors.h"

using namespace norm::runtime;

// Compiled code builds descriptors and holds constants of the other structs.
static_assert(sizeof(DescriptorHead) == 24 && sizeof(norm_operand_info) == 32 &&
                  sizeof(norm_function_info) == 32,
              "the layout is part of the binary interface");

int32_t norm::runtime::locate(Operand &operand) {
  const norm_operand_info &info = *operand.info;
  View &view = operand.view;
  view = {0, nullptr, nullptr, 0, info.element_bytes};
  operand.range = {0, 0};
  int64_t base, offset = 0;
  if (info.rank < 0) {
    base = reinterpret_cast<intptr_t>(operand.given);
  } else {
    const auto *head = static_cast<const DescriptorHead *>(operand.given);
    base = reinterpret_cast<intptr_t>(head->aligned);
    offset = head->offset;
    view.rank = info.rank;
    view.sizes = getSizes(operand.given);
    view.strides = view.sizes + info.rank;
    for (int64_t dim = 0; dim < view.rank; ++dim)
      if (view.sizes[dim] == 0)
        return norm_ok;
  }

  if (base == 0)
    return reportNullData(operand);
  int64_t offsetBytes, address = 0;
  bool overflows =
      __builtin_mul_overflow(offset, view.elementBytes, &offsetBytes) ||
      __builtin_add_overflow(base, offsetBytes, &address);
  view.address = uint64_t(address);
  if (overflows || !getByteRange(view, operand.range))
    return reportAddressSpace(operand, offset);
  if ((view.address & uint64_t(view.elementBytes - 1)) != 0)
    return reportAlignment(operand);
  return norm_ok;
}
