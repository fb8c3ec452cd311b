//===- GPUMutationTest.cpp - GPU kernels without a barrier -----*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

// Shows that the checks of the emulator find what they are for in the kernels
// that are compiled here: every barrier and every wait is needed, and its lack
// is found. Grids are made of two blocks, where a kernel would have one for
// each row up to the largest grid: so that a block goes on to a next row.

#include "Buffer.h"
#include "ChannelCase.h"
#include "DeviceMemory.h"
#include "Forms.h"
#include "RMSNormGradCase.h"

#include "norm/Emulator/EmulatedDriver.h"
#include "norm/Emulator/Mutation.h"

#include "llvm/IR/LLVMContext.h"
#include "llvm/IR/Module.h"
#include "llvm/IRReader/IRReader.h"
#include "llvm/Support/MemoryBufferRef.h"
#include "llvm/Support/SourceMgr.h"
#include "gtest/gtest.h"

#include <algorithm>
#include <map>
#include <set>

using namespace norm;
using namespace norm::cuda;
using namespace norm::test;

namespace {

/// Where the tensors of a call lie, and so which variant of the kernels runs.
enum class Variant { UnitStride, Unaligned, Strided };

/// In the names of the kernels of `variant`.
std::string getName(Variant variant) {
  return variant == Variant::UnitStride  ? "unit_stride"
         : variant == Variant::Unaligned ? "unaligned"
                                         : "strided";
}

class GPUMutation : public testing::Test {
protected:
  void SetUp() override {
    useEmulatedDriver();
    driver = emulator::getEmulatedDriver();
    driver.cuModuleLoadDataEx = [](CUmodule *module, const void *,
                                   unsigned numOptions, CUjit_option *options,
                                   void **values) {
      return emulator::getEmulatedDriver().cuModuleLoadDataEx(
          module, loaded.data(), numOptions, options, values);
    };
    driver.cuLaunchKernel =
        [](CUfunction function, unsigned gridX, unsigned gridY, unsigned gridZ,
           unsigned blockX, unsigned blockY, unsigned blockZ,
           unsigned sharedBytes, CUstream stream, void **params, void **extra) {
          return emulator::getEmulatedDriver().cuLaunchKernel(
              function, std::min(gridX, 2u), gridY, gridZ, blockX, blockY,
              blockZ, sharedBytes, stream, params, extra);
        };
    driver.cuLaunchKernelEx = [](const CUlaunchConfig *config,
                                 CUfunction function, void **params,
                                 void **extra) {
      unsigned cluster = 1;
      for (unsigned i = 0; i < config->numAttrs; ++i) {
        const CUlaunchAttribute &attribute = config->attrs[i];
        if (attribute.id == CU_LAUNCH_ATTRIBUTE_CLUSTER_DIMENSION)
          cluster = attribute.value.clusterDim.x;
        else
          launchedDependent.insert(kernelNames[function]);
      }
      CUlaunchConfig few = *config;
      few.gridDimX = std::min(few.gridDimX, 2 * cluster);
      return emulator::getEmulatedDriver().cuLaunchKernelEx(&few, function,
                                                            params, extra);
    };
    driver.cuModuleGetFunction = [](CUfunction *function, CUmodule module,
                                    const char *name) {
      CUresult result = emulator::getEmulatedDriver().cuModuleGetFunction(
          function, module, name);
      if (result == CUDA_SUCCESS)
        kernelNames[*function] = name;
      return result;
    };
    setDriver(&driver);
  }
  void TearDown() override { setDriver(&emulator::getEmulatedDriver()); }

  /// Expects a report for each synchronization of the kernels of `form` for
  /// `variant` when it is removed, with one of some sizes of x, for which that
  /// variant runs, and of some thread orders; and none when all are there.
  /// Returns how many there are.
  template <typename Case>
  size_t removeEach(const Case &form, const std::vector<Sizes> &sizes,
                    Variant variant = Variant::UnitStride) {
    std::string whole;
    std::vector<std::string> all;
    Options options = {.isEmulated = true};
    options.editKernels = [&](llvm::Module &kernels) {
      whole = emulator::makeModuleImage(kernels);
      all = emulator::listSynchronization(kernels);
    };
    Kernel kernel(form.getText("f"), options);
    launchedDependent.clear();
    EXPECT_EQ(run(kernel, form, sizes, variant, whole, /*orders=*/2), "");
    // Of two kernels behind each other, one of which has an empty grid, none
    // waits for the other.
    auto waitsInVain = [&](const std::string &name) {
      return name.find("griddepcontrol.wait") == 0 &&
             llvm::none_of(launchedDependent, [&](const std::string &kernel) {
               return name.find("@" + kernel + " ") != std::string::npos ||
                      llvm::StringRef(name).ends_with("@" + kernel);
             });
    };
    size_t tried = 0;
    for (size_t i = 0; i < all.size(); ++i)
      if (all[i].find("f_" + getName(variant)) != std::string::npos &&
          !waitsInVain(all[i])) {
        ++tried;
        EXPECT_NE(run(kernel, form, sizes, variant, removeFrom(whole, i),
                      /*orders=*/8),
                  "")
            << "without " << all[i] << " of " << form.describe();
      }
    return tried;
  }

private:
  /// `image` without the synchronization number `index`.
  static std::string removeFrom(const std::string &image, unsigned index) {
    llvm::LLVMContext context;
    llvm::SMDiagnostic diagnostic;
    auto module = llvm::parseIR(llvm::MemoryBufferRef(image, "kernels"),
                                diagnostic, context);
    if (!module || emulator::removeSynchronization(*module, index)) {
      ADD_FAILURE() << "no synchronization " << index;
      return "";
    }
    return emulator::makeModuleImage(*module);
  }

  /// Calls @f of `kernel` with the kernels of `image`, in some thread orders.
  /// Returns the first error that is found.
  template <typename Case>
  static std::string run(const Kernel &kernel, const Case &form,
                         const std::vector<Sizes> &sizes, Variant variant,
                         const std::string &image, unsigned orders) {
    loaded = image;
    // Into a new context kernels are loaded anew.
    CUcontext context = nullptr;
    EXPECT_EQ(driver.cuDevicePrimaryCtxRelease(0), CUDA_SUCCESS);
    EXPECT_EQ(driver.cuDevicePrimaryCtxRetain(&context, 0), CUDA_SUCCESS);
    EXPECT_EQ(driver.cuCtxSetCurrent(context), CUDA_SUCCESS);
    for (const Sizes &ofX : sizes) {
      std::vector<Buffer> buffers;
      for (const Array &input : form.makeInputs(ofX)) {
        buffers.push_back(makeBuffer(input, variant));
        buffers.back().write(input);
      }
      for (const Array &result : form.makeResults(ofX))
        buffers.push_back(makeBuffer(result, variant));
      std::vector<Operand> operands;
      for (Buffer &buffer : buffers)
        operands.push_back(buffer.operand());
      for (uint64_t seed = 1; seed <= orders; ++seed) {
        setThreadOrder(seed);
        if (std::string error = kernel.call("f", operands); !error.empty())
          return error;
      }
    }
    return "";
  }

  static Buffer makeBuffer(const Array &array, Variant variant) {
    if (variant == Variant::UnitStride)
      return Buffer(array.type, array.sizes);
    if (variant == Variant::Unaligned)
      return Buffer(array.type, array.sizes, Place{.shift = 1});
    Sizes strides = getDenseStrides(array.sizes);
    for (int64_t &stride : strides)
      stride *= 2;
    return Buffer(array.type, array.sizes, strides);
  }

  static Driver driver;
  /// What is loaded in place of the kernels.
  static std::string loaded;
  static std::map<CUfunction, std::string> kernelNames;
  /// Kernels that were launched before those in front of them had ended.
  static std::set<std::string> launchedDependent;
};

Driver GPUMutation::driver;
std::string GPUMutation::loaded;
std::map<CUfunction, std::string> GPUMutation::kernelNames;
std::set<std::string> GPUMutation::launchedDependent;

// A warp writes its part of the sum, all read them, and the next row's parts
// take their place.
TEST_F(GPUMutation, RowOfABlock) {
  for (Variant variant :
       {Variant::UnitStride, Variant::Unaligned, Variant::Strided})
    EXPECT_GT(
        removeEach(RMSNormCase{.gamma = RowVector{}, .staticSizes = {-1, 1024}},
                   {{5, 1024}}, variant),
        0u);
}

// In chunks, by one block and by several.
TEST_F(GPUMutation, RowOfAnyWidth) {
  EXPECT_GT(removeEach(RMSNormCase{.type = ElementType::BF16,
                                   .beta = RowVector{},
                                   .strategy = getChunkStrategy(3)},
                       {{5, 1304}, {2, 1304}}),
            0u);
}

TEST_F(GPUMutation, RowWiderThanTheRegistersOfABlock) {
  EXPECT_GT(removeEach(RMSNormCase{.type = ElementType::F64,
                                   .gamma = RowVector{},
                                   .staticSizes = {-1, 1300},
                                   .strategy = getChunkStrategy(3)},
                       {{3, 1300}, {2, 1300}}),
            0u);
}

// The lanes of a warp shuffle.
TEST_F(GPUMutation, RowsOfAWarpHaveNone) {
  for (int64_t width : {1, 8, 24, 128})
    EXPECT_EQ(removeEach(
                  RMSNormCase{.gamma = RowVector{}, .staticSizes = {-1, width}},
                  {{600, width}}),
              0u);
}

TEST_F(GPUMutation, GradientOfX) {
  EXPECT_GT(removeEach(RMSNormGradCase{.gamma = RowVector{},
                                       .numResults = 1,
                                       .staticSizes = {-1, 1024}},
                       {{5, 1024}}),
            0u);
}

TEST_F(GPUMutation, GradientsWithSumsOverRows) {
  EXPECT_GT(removeEach(RMSNormGradCase{.gamma = RowVector{},
                                       .staticSizes = {-1, 1024}},
                       {{280, 1024}}),
            0u);
  EXPECT_GT(
      removeEach(RMSNormGradCase{.gamma = RowVector{}}, {{280, 8}, {3, 132}}),
      0u);
}

// Rows of a warp have no barrier; their sums do: the rows of a tile are added
// by workgroup memory, and the next columns take their place, for dgamma and
// dbeta, which wait for the partial sums.
TEST_F(GPUMutation, SumsOverRowsOfAWarp) {
  for (ElementType type : {ElementType::F32, ElementType::BF16})
    EXPECT_EQ(removeEach(RMSNormGradCase{.type = type,
                                         .gamma = RowVector{},
                                         .staticSizes = {-1, 104}},
                         {{280, 104}}),
              6u);
}

// With the rows of a channel beside each other, whose several sums need one
// barrier each, and with one pixel an image.
TEST_F(GPUMutation, ChannelSums) {
  for (ChannelCase::Op op :
       {ChannelCase::Op::Stats, ChannelCase::Op::BackpropStats})
    EXPECT_GT(removeEach(ChannelCase{.op = op}, {{6, 5, 3, 8}, {40, 36, 1, 1}}),
              0u);
}

// A thread has the channels of an access to itself; the sums of all blocks
// wait.
TEST_F(GPUMutation, ChannelsThatAreNeighboursHaveNoBarrier) {
  for (ChannelCase::Op op :
       {ChannelCase::Op::Stats, ChannelCase::Op::BackpropStats})
    EXPECT_EQ(removeEach(ChannelCase{.op = op, .isNHWC = true}, {{6, 3, 8, 4}}),
              1u);
}

TEST_F(GPUMutation, ElementsHaveNone) {
  ChannelCase form = {.op = ChannelCase::Op::Backprop, .gamma = RowVector{}};
  EXPECT_EQ(removeEach(form, {{6, 5, 3, 8}}), 0u);
}

} // namespace
