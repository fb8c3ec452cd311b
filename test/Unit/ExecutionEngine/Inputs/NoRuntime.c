/*===- NoRuntime.c - A library that is linked to no runtime -------------===*\
|*
|* Licensed under the Apache License v2.0 with LLVM Exceptions.
|* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
|*
\*===----------------------------------------------------------------------===*/

#include <stdint.h>

int32_t _mlir_ciface_scale(const void *x, float factor, const void *y) {
  (void)x, (void)factor, (void)y;
  return 0;
}
