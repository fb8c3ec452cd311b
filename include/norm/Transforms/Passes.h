//===- Passes.h - Transform passes ------------------------------*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NORM_TRANSFORMS_PASSES_H
#define NORM_TRANSFORMS_PASSES_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Pass/Pass.h"

namespace norm {

/// The global that stands for the code of the kernels of a module of stage
/// nvvm, which is made of its gpu.module when code is emitted.
inline constexpr llvm::StringRef kCUDAImage = "norm.cuda_image";

#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "norm/Transforms/Passes.h.inc"

} // namespace norm

#endif // NORM_TRANSFORMS_PASSES_H
