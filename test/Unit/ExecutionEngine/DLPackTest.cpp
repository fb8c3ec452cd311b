//===- DLPackTest.cpp - Tests of calling with DLPack tensors --------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "norm/ExecutionEngine/DLPack.h"

#include "norm/ExecutionEngine/KernelModule.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

using namespace norm;
using testing::ElementsAre;
using testing::HasSubstr;

namespace {

class DLPack : public testing::Test {
protected:
  /// A tensor of f32 of the sizes in `shape`.
  DLTensor getTensor(float *data) {
    DLTensor tensor = {};
    tensor.data = data;
    tensor.device = {kDLCPU, 0};
    tensor.ndim = 2;
    tensor.dtype = {kDLFloat, 32, 1};
    tensor.shape = shape;
    return tensor;
  }

  int64_t shape[2] = {2, 3};
  float x[8] = {1, 2, 3, 4, 5, 6, 7, 8};
};

TEST_F(DLPack, IsReadAndWrittenInPlace) {
  auto module = KernelModule::parse(
      "func.func @twice(%x: tensor<?x?xf32>) -> tensor<?x?xf32> {"
      "%y = arith.addf %x, %x : tensor<?x?xf32> return %y : tensor<?x?xf32> }");
  ASSERT_TRUE(module) << module.error();
  // Rows of x from its second element on; y by columns.
  DLTensor in = getTensor(x);
  in.byte_offset = sizeof(float);
  float y[6];
  DLTensor out = getTensor(y);
  int64_t strides[2] = {1, 2};
  out.strides = strides;
  Result<Argument> input = fromDLPack(in), output = fromDLPack(out);
  ASSERT_TRUE(input && output) << input.error() << output.error();
  Result<void> called = module->function("twice")->call({*input, *output});
  ASSERT_TRUE(called) << called.error();
  EXPECT_THAT(y, ElementsAre(4, 10, 6, 12, 8, 14));
}

TEST_F(DLPack, TypesOfElements) {
  EXPECT_EQ(getDataType(DLDataType{kDLFloat, 16, 1}), DataType::F16);
  EXPECT_EQ(getDataType(DLDataType{kDLBfloat, 16, 1}), DataType::BF16);
  EXPECT_EQ(getDataType(DLDataType{kDLFloat, 32, 1}), DataType::F32);
  EXPECT_EQ(getDataType(DLDataType{kDLFloat, 64, 1}), DataType::F64);
  EXPECT_EQ(getDataType(DLDataType{6, 8, 1}), DataType::I1);
  EXPECT_EQ(getDataType(DLDataType{kDLInt, 8, 1}), DataType::I8);
  EXPECT_EQ(getDataType(DLDataType{kDLUInt, 16, 1}), DataType::I16);
  EXPECT_EQ(getDataType(DLDataType{kDLInt, 32, 1}), DataType::I32);
  EXPECT_EQ(getDataType(DLDataType{kDLInt, 64, 1}), DataType::I64);
}

TEST_F(DLPack, MemoryOfAGPUIsRefusedByFunctionsForTheCPU) {
  auto module = KernelModule::parse(
      "func.func @f(%x: tensor<2x3xf32>) -> tensor<2x3xf32> {"
      "%y = arith.addf %x, %x : tensor<2x3xf32> return %y : tensor<2x3xf32> }");
  ASSERT_TRUE(module) << module.error();
  DLTensor tensor = getTensor(x);
  tensor.device.device_type = kDLCUDA;
  Result<Argument> ofGPU = fromDLPack(tensor);
  ASSERT_TRUE(ofGPU) << ofGPU.error();
  float y[6];
  EXPECT_EQ(
      module->function("f")->call({*ofGPU, *fromDLPack(getTensor(y))}).error(),
      "function 'f': argument 0: expected a tensor in memory of the "
      "host, found one in memory of a GPU: its kernels run on the CPU");
  EXPECT_THAT(
      module->function("f")->call({*fromDLPack(getTensor(y)), *ofGPU}).error(),
      HasSubstr("result 0: expected a tensor in memory of the host"));
  // Pinned and managed memory is for both.
  for (int both : {3, 13}) {
    tensor.device.device_type = static_cast<DLDeviceType>(both);
    Result<void> called = module->function("f")->call(
        {*fromDLPack(tensor), *fromDLPack(getTensor(y))});
    EXPECT_TRUE(called) << called.error();
    EXPECT_EQ(y[5], 12);
  }
}

TEST_F(DLPack, WhatIsNotSupportedIsAnError) {
  DLTensor tensor = getTensor(x);
  tensor.device.device_type = kDLVulkan;
  EXPECT_EQ(fromDLPack(tensor).error(),
            "DLPack tensor: expected one in memory of the CPU (device type 1) "
            "or of CUDA (2, 3, 13), found device type 7");
  tensor = getTensor(x);
  tensor.dtype.lanes = 4;
  EXPECT_THAT(fromDLPack(tensor).error(), HasSubstr("4 lanes"));
  tensor.dtype = {kDLComplex, 64, 1};
  EXPECT_THAT(fromDLPack(tensor).error(),
              HasSubstr("type code 5 with 64 bits"));
  tensor.dtype = {kDLInt, 4, 1};
  EXPECT_THAT(fromDLPack(tensor).error(), HasSubstr("4 bits"));
  tensor = getTensor(x);
  tensor.shape = nullptr;
  EXPECT_THAT(fromDLPack(tensor).error(), HasSubstr("expected a shape"));
}

} // namespace
