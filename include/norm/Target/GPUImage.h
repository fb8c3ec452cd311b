//===- GPUImage.h - Code for GPUs -------------------------------*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NORM_TARGET_GPUIMAGE_H
#define NORM_TARGET_GPUIMAGE_H

#include "norm/Target/Compile.h"

namespace norm {

/// The forms of the kernels of a module.
enum class ImageForm {
  /// LLVM IR as text, optimized.
  LLVMIR,
  /// PTX as text, which the driver compiles for the GPU that it finds: one for
  /// the oldest chip of the target, which all later ones run.
  PTX,
  /// Machine code for one chip.
  Cubin,
  /// A cubin for each chip, and PTX of the latest for later ones.
  Fatbin
};

/// The kernels of `module`, which is of stage nvvm and compiled for
/// `options.gpu`, as `form`. A cubin takes ptxas, a fatbin fatbinary as well:
/// programs of the CUDA toolkit, which are looked for in PATH and in
/// /usr/local/cuda/bin. The error says that one is missing, or what it wrote.
llvm::Expected<std::string>
emitImage(mlir::ModuleOp module, const CompileOptions &options, ImageForm form);

/// Puts the kernels of `module`, as in emitImage, into its host code, which
/// alone is left. They are what `options.gpu` makes of them; if it says
/// nothing, a fatbin, or PTX if the programs for that are missing or, with a
/// warning, fail.
llvm::Error embedImage(mlir::ModuleOp module, const CompileOptions &options);

/// What embedImage depends on besides its arguments: the programs for a fatbin
/// that it finds, with the size of each and the time when it was changed; empty
/// if one is missing.
std::string describeImageTools();

} // namespace norm

#endif // NORM_TARGET_GPUIMAGE_H
