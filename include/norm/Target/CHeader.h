//===- CHeader.h - Declarations of compiled functions -----------*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NORM_TARGET_CHEADER_H
#define NORM_TARGET_CHEADER_H

#include "norm/Target/Signature.h"

namespace norm {

/// Where the functions of a header compute.
enum class HeaderTarget { CPU, GPU };

/// A C11 and C++17 header that declares the compiled functions of `signatures`:
/// `_mlir_ciface_f` and `norm_shape_f` over descriptors, and for C++ inline
/// functions `f` and `shape_f` over typed views, in a namespace called
/// `moduleName`_kernels (if it is empty, norm_kernels; if it ends with kernels,
/// as it is). For GPUs it is `_mlir_ciface_f_cuda`, which is `f` too, and there
/// are `norm_workspace_f` and `norm_load_f`, or `workspace_f` and `load_f`, as
/// well. `source`, the file they were compiled from, is named in a comment. The
/// header includes norm/Runtime/norm_runtime.h and norm/Runtime/norm_view.h.
/// Names that C or C++ do not accept, or that look like macros, are replaced by
/// close ones; the exported symbols stay as they are. Several such headers can
/// be included together.
std::string writeCHeader(llvm::ArrayRef<Signature> signatures,
                         llvm::StringRef moduleName, llvm::StringRef source,
                         HeaderTarget target);

} // namespace norm

#endif // NORM_TARGET_CHEADER_H
