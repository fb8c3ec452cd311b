//===- GPUMutationTest.cpp - GPU kernels without a barrier -----*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

// Shows that the checks of the emulator find what they are for in the kernels
// that are compiled here: every barrier is needed, and its lack is found.

#include "Buffer.h"
#include "DeviceMemory.h"
#include "Forms.h"
#include "RMSNormGradCase.h"

#include "norm/Emulator/Mutation.h"

#include "llvm/IR/Module.h"
#include "gtest/gtest.h"

using namespace norm;
using namespace norm::test;

namespace {

/// The error of running `form` for an x of `sizes` with one synchronization of
/// the kernels removed, the first that is found with any of some thread orders.
template <typename Case>
std::string runWithout(const Case &form, const Sizes &sizes, unsigned index) {
  Options options = {.isEmulated = true};
  options.editKernels = [&](llvm::Module &kernels) {
    EXPECT_FALSE(bool(emulator::removeSynchronization(kernels, index)));
  };
  Kernel kernel(form.getText("f"), options);
  std::vector<Buffer> buffers;
  for (const Array &input : form.makeInputs(sizes)) {
    buffers.emplace_back(input.type, input.sizes);
    buffers.back().write(input);
  }
  for (const Array &result : form.makeResults(sizes))
    buffers.emplace_back(result.type, result.sizes);
  std::vector<Operand> operands;
  for (Buffer &buffer : buffers)
    operands.push_back(buffer.operand());
  for (uint64_t seed = 1; seed <= 8; ++seed) {
    setThreadOrder(seed);
    if (std::string error = kernel.call("f", operands); !error.empty())
      return error;
  }
  return "";
}

/// Expects a report for each synchronization of the kernels whose name has
/// `kernelName` in it, of which there is at least one.
template <typename Case>
void expectEachIsNeeded(const Case &form, const Sizes &sizes,
                        const std::string &kernelName) {
  std::vector<std::string> all;
  Options options = {.isEmulated = true};
  options.editKernels = [&](llvm::Module &kernels) {
    all = emulator::listSynchronization(kernels);
  };
  Kernel kernel(form.getText("f"), options);
  unsigned tried = 0;
  for (unsigned i = 0; i < all.size(); ++i)
    if (all[i].find(kernelName) != std::string::npos) {
      ++tried;
      EXPECT_NE(runWithout(form, sizes, i), "") << "without " << all[i];
    }
  EXPECT_GT(tried, 0u);
}

// Blocks of this grid have two rows, so that the next row waits for the sum of
// the one before.
TEST(GPUMutation, BlockSumsOfRows) {
  expectEachIsNeeded(RMSNormGradCase{.numResults = 1 + 1}, {280, 8},
                     "f_unit_stride_0");
}

} // namespace
