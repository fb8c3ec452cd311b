/*===- OtherRuntime.c - A library with a runtime of version 2.3.4 -------===*\
|*
|* Licensed under the Apache License v2.0 with LLVM Exceptions.
|* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
|*
\*===----------------------------------------------------------------------===*/

#include <stdint.h>

int32_t norm_runtime_version(void) { return 20304; }
const char *norm_last_error(void) { return ""; }
int32_t norm_report_error(int32_t code, const char *format,
                          const int64_t *values, int32_t count) {
  (void)format, (void)values, (void)count;
  return code;
}
int32_t _mlir_ciface_scale(const void *x, float factor, const void *y) {
  (void)x, (void)factor, (void)y;
  return 0;
}
