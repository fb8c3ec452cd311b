/*===- OldKernel.c - A kernel that was compiled for another version -----===*\
|*
|* Licensed under the Apache License v2.0 with LLVM Exceptions.
|* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
|*
\*===----------------------------------------------------------------------===*/

#include "norm/Runtime/norm_runtime.h"

static const norm_function_info info = {.runtime_version = 20304,
                                        .name = "scale"};

int32_t _mlir_ciface_scale(const void *x, float factor, const void *y) {
  (void)x, (void)factor, (void)y;
  return norm_check_call(&info, (const void *const *)0);
}
int32_t norm_shape_scale(const void *x, float factor, int64_t *sizes) {
  (void)x, (void)factor, (void)sizes;
  return norm_check_arguments(&info, (const void *const *)0);
}
