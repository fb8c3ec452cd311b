//===- MathTest.cpp - Math functions in compiled code ----------*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "RMSNormCase.h"

#include "llvm/ADT/bit.h"
#include "gtest/gtest.h"

#include <cmath>
#include <limits>

using namespace norm::test;

namespace {

const std::string functions[] = {"exp",  "exp2", "expm1", "log", "log1p",
                                 "log2", "tanh", "erf",   "erfc"};

/// The functions on tensors `?x` of a type, each under its name.
std::string getText(const std::string &type) {
  std::string tensor = "tensor<?x" + type + ">", text;
  for (const std::string &name : functions)
    text += "func.func @" + name + "(%x: " + tensor + ") -> " + tensor +
            " {\n%y = math." + name + " %x : " + tensor +
            "\nreturn %y : " + tensor + "\n}\n";
  return text;
}

/// Values from all binades of f32 and both sides of where exp and exp2
/// overflow, fall below the normal numbers and to zero.
Array makeInputs() {
  constexpr double inf = std::numeric_limits<double>::infinity();
  std::vector<double> values = {
      0, -0.0, 1, -1, inf, -inf, NAN, 0x1p-126, -0x1p-126, 0x1p-149, -0x1p-149};
  for (double edge :
       {88.72, 87.33, 103.97, 64.0, 9.2, 0.6931, 127.999, 126.0, 149.5, 0.5})
    for (float x : {float(edge), std::nextafter(float(edge), 1e9f)}) {
      values.push_back(x);
      values.push_back(-x);
    }
  constexpr uint64_t step = 16381; // A prime: every low bit of the mantissa.
  for (uint64_t bits = 0; bits < uint64_t(1) << 32; bits += step)
    values.push_back(llvm::bit_cast<float>(uint32_t(bits)));
  return {ElementType::F32, {int64_t(values.size())}, values};
}

// The bounds are those of norm-expand-math's description.
TEST(Math, AllBinadesOfF32) {
  Array x = makeInputs();
  for (const std::string &cpu : getTestedCPUs()) {
    Kernel kernel(getText("f32"), {cpu, 2});
    for (const std::string &name : functions) {
      auto found = kernel.run(name, {x}), expected = kernel.evaluate(name, {x});
      ASSERT_EQ(found.size(), 1u);
      ASSERT_EQ(expected.size(), 1u);
      EXPECT_EQ(Accuracy().check(found[0], expected[0], 5), "")
          << name << " for " << cpu;
    }
  }
}

TEST(Math, SignOfZero) {
  Kernel kernel(getText("f32"));
  Array x{ElementType::F32, {2}, {0.0, -0.0}};
  for (std::string name : {"expm1", "log1p", "tanh", "erf"}) {
    auto found = kernel.run(name, {x});
    ASSERT_EQ(found.size(), 1u);
    for (int i = 0; i < 2; ++i)
      EXPECT_TRUE(found[0].values[i] == 0 &&
                  std::signbit(found[0].values[i]) == (i == 1))
          << name << " of " << x.values[i];
  }
}

// The C library's functions on f64 are within 1 ULP, on both sides of the
// comparison.
TEST(Math, F64IsAccurate) {
  Kernel kernel(getText("f64"));
  Array x{ElementType::F64, {1}, {}};
  for (double value = 1e-300; value < 1e300; value *= 1.37)
    x.values.insert(x.values.end(), {value, -value});
  x.sizes[0] = int64_t(x.values.size());
  for (const std::string &name : functions) {
    auto found = kernel.run(name, {x}), expected = kernel.evaluate(name, {x});
    ASSERT_EQ(found.size(), 1u);
    ASSERT_EQ(expected.size(), 1u);
    EXPECT_EQ(Accuracy().check(found[0], expected[0], 2), "") << name;
  }
}

} // namespace
