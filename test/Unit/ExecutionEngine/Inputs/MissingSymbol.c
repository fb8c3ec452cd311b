/*===- MissingSymbol.c - A library that needs a newer runtime -----------===*\
|*
|* Licensed under the Apache License v2.0 with LLVM Exceptions.
|* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
|*
\*===----------------------------------------------------------------------===*/

#include <stdint.h>

int32_t norm_of_a_later_version(void);
int32_t _mlir_ciface_scale(const void *x, float factor, const void *y) {
  (void)x, (void)factor, (void)y;
  return norm_of_a_later_version();
}
