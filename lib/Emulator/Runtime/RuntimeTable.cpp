//===- RuntimeTable.cpp - The functions that compiled kernels call --------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "RuntimeTable.h"

using namespace llvm;
using namespace norm::emulator;

RuntimeTable::RuntimeTable() {
  addHooks(*this);
  addSpecialRegisters(*this);
  addWarpFunctions(*this);
  addBarrierFunctions(*this);
  addCopyFunctions(*this);
  addArithmetic(*this);
  addApproximations(*this);
  addConversions(*this);
}

const RuntimeTable &RuntimeTable::get() {
  static const RuntimeTable table;
  return table;
}

const RuntimeFunction *RuntimeTable::find(StringRef name) const {
  auto it = functions.find(name);
  return it == functions.end() ? nullptr : &it->second;
}
