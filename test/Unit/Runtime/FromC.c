/*===- FromC.c - Uses the runtime's header from C -------------------------===*\
|*
|* Licensed under the Apache License v2.0 with LLVM Exceptions.
|* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
|*
\*===----------------------------------------------------------------------===*/

#include "norm/Runtime/norm_runtime.h"

_Static_assert(sizeof(norm_error) == sizeof(int32_t), "compiled functions "
                                                      "return int32_t");

int32_t reportFromC(int64_t value) {
  return norm_report_error(norm_error_size_mismatch, "from C: {0}", &value, 1);
}
