//===- DeviceMemory.h - Calls of GPU kernels on host memory ----*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NORM_TEST_INTEGRATION_DEVICEMEMORY_H
#define NORM_TEST_INTEGRATION_DEVICEMEMORY_H

#include "Kernel.h"

namespace norm {
class Argument;
class ExecutionEngine;
} // namespace norm

namespace norm::test {

/// `operand` as an argument of a call.
Argument toArgument(const Operand &operand);

/// Makes the emulated driver that of the process, and its device current.
void useEmulatedDriver();

/// The order in which emulated threads run from now on.
void setThreadOrder(uint64_t seed);

/// Calls `function` of `engine`, whose kernels run on the GPU of the driver in
/// use, with copies of the memory of `operands` on the device. What lies
/// together on the host does so there, with the same alignment, and all of it
/// is copied back. Returns the text of an error of the call or of the driver,
/// or what the emulator reports; "" for success.
std::string callOnDevice(const ExecutionEngine &engine,
                         const std::string &function,
                         const std::vector<Operand> &operands);

} // namespace norm::test

#endif // NORM_TEST_INTEGRATION_DEVICEMEMORY_H
