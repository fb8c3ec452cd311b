//===- jit.cpp - Compiles and loads kernels -------------------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
// Compiles the source when it runs, loads the library that the build made of
// it, and compares both with the kernel that was linked in.

#include "data.h"

#include <kernels.h>
#include <norm/ExecutionEngine/KernelModule.h>

#include <cstdio>
#include <cstring>

static int fail(const std::string &text) {
  std::fprintf(stderr, "jit: error: %s\n", text.c_str());
  return 1;
}

int main() {
  std::vector<float> x = makeInput(), gamma = makeGamma();
  norm::View<const float, 2> in(x.data(), {numRows, numColumns});
  norm::View<const float, 1> factors(gamma.data(), {numColumns});
  std::vector<float> linked(x.size());
  if (norm_kernels::rmsnorm(in, factors, {linked.data(), in.sizes}) != norm_ok)
    return fail(norm_last_error());

  struct {
    const char *name;
    norm::Result<norm::KernelModule> module;
  } modules[] = {
      {"compiled", norm::KernelModule::parseFile(SOURCE)},
      {"loaded", norm::KernelModule::load(
                     LIBRARY, "func.func private @rmsnorm(tensor<?x1024xf32>, "
                              "tensor<1024xf32>) -> tensor<?x1024xf32>")}};
  for (const auto &[name, module] : modules) {
    if (!module)
      return fail(module.error());
    norm::Result<norm::KernelFunction> rmsnorm = module->function("rmsnorm");
    if (!rmsnorm)
      return fail(rmsnorm.error());
    auto shapes = rmsnorm->resultShapes({in, factors});
    if (!shapes)
      return fail(shapes.error());
    const std::vector<int64_t> &shape = shapes->front();
    std::vector<float> y(shape[0] * shape[1]);
    norm::Result<void> called =
        rmsnorm->call({in, factors, norm::Argument::tensor(y.data(), shape)});
    if (!called)
      return fail(called.error());
    if (std::memcmp(y.data(), linked.data(), y.size() * sizeof(float)) != 0)
      return fail(std::string(name) + " and linked kernels differ");
    std::printf("jit: %s and linked kernels agree, largest relative error "
                "%.1e\n",
                name, getLargestError(x, gamma, y));
  }

  // Every failure is a value with a text.
  norm::Result<norm::KernelFunction> unknown =
      modules[0].module->function("layernorm");
  std::printf("jit: refused: %s\n", unknown.error().c_str());
  return 0;
}
