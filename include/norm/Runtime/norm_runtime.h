/*===- norm_runtime.h - What a compiled kernel links to -------------------===*\
|*
|* Licensed under the Apache License v2.0 with LLVM Exceptions.
|* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
|*
|*===----------------------------------------------------------------------===*|
|* C11 and C++17. Every function may be called from several threads at once.
\*===----------------------------------------------------------------------===*/

#ifndef NORM_RUNTIME_NORM_RUNTIME_H
#define NORM_RUNTIME_NORM_RUNTIME_H

#include <stdint.h>

/** Version of this interface: 10000 * major + 100 * minor + patch. */
#define NORM_RUNTIME_VERSION 100

#ifdef __cplusplus
extern "C" {
#endif

/** What a compiled function returns: zero, or the reason why it did nothing.
 * The values are part of the binary interface. */
typedef enum norm_error {
  /** The call succeeded. */
  norm_ok = 0,
  /** The data pointer of a tensor that is not empty, or a pointer to a
   * descriptor or to a scalar result, is null. */
  norm_error_null_pointer = 1,
  /** A size is negative. */
  norm_error_negative_size = 2,
  /** Two sizes that must agree differ, or a size differs from the one that the
   * function was compiled for. */
  norm_error_size_mismatch = 3,
  /** A stride that the function was not compiled for, or an output whose
   * strides map two elements to one address. */
  norm_error_stride = 4,
  /** An output overlaps an input or another output where that is not allowed.
   */
  norm_error_overlap = 5,
  /** A data pointer is not a multiple of the alignment of its element type. */
  norm_error_alignment = 6,
  /** Memory that the call needs could not be allocated. */
  norm_error_out_of_memory = 7
} norm_error;

/** The text of the last error that a compiled function or this library reported
 * on the calling thread; "" if there was none. A later success does not clear
 * it. The text is valid until the next error of the same thread. */
const char *norm_last_error(void);

/** Stores the text of an error for norm_last_error() and returns `code`, so
 * that a compiled function can return the result of this call. `format` is text
 * ended by a zero byte (null: ""); each `{N}` with 0 <= N < `count` in it is
 * replaced by `values[N]` in decimal, everything else is copied. Text beyond
 * 1023 bytes is cut off. Allocates nothing. `values` may be null if `count` is
 * 0. */
int32_t norm_report_error(int32_t code, const char *format,
                          const int64_t *values, int32_t count);

/** NORM_RUNTIME_VERSION of the library that is linked, to be compared with that
 * of the header. */
int32_t norm_runtime_version(void);

#ifdef __cplusplus
} /* extern "C" */
#endif

#endif /* NORM_RUNTIME_NORM_RUNTIME_H */
