//===- Npy.h - Reading and writing .npy files -------------------*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NORM_RUNNER_NPY_H
#define NORM_RUNNER_NPY_H

#include "norm/Runner/HostTensor.h"

namespace norm::runner {

/// Reads a .npy file of format 1.0, 2.0 or 3.0 whose elements, in the byte
/// order of the machine, are of `type`: f2, f4, f8, b1, i1, i2, i4 or i8; u2 or
/// V2, as raw bits, for bf16. A file in Fortran order gives a column-major
/// tensor. Every failure names the file and what was expected and found; bytes
/// missing from or following the data are one.
llvm::Expected<HostTensor> readNpy(llvm::StringRef path, ElementType type);

/// Writes `tensor` as a .npy file of format 1.0, in Fortran order if it is
/// column-major; bf16 elements are written as u2. The file appears whole or not
/// at all. The error names the file.
llvm::Error writeNpy(llvm::StringRef path, const HostTensor &tensor);

/// Writes each of `tensors` to the path at its place in `paths`, or none if one
/// cannot be written.
llvm::Error writeNpyFiles(llvm::ArrayRef<std::string> paths,
                          llvm::ArrayRef<HostTensor> tensors);

} // namespace norm::runner

#endif // NORM_RUNNER_NPY_H
