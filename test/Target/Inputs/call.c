/*===- call.c - Calls compiled functions from C ---------------------------===*\
|*
|* Licensed under the Apache License v2.0 with LLVM Exceptions.
|* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
|*
\*===----------------------------------------------------------------------===*/

#include "kernels.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static int failures = 0;

static void expect(int condition, const char *what) {
  if (condition)
    return;
  printf("not true: %s\n", what);
  ++failures;
}
#define EXPECT(CONDITION) expect(CONDITION, #CONDITION)

int main(void) {
  /* The roots of the mean squares are 5 / sqrt(2) and 13 / sqrt(2). */
  const float rows[4] = {3, 4, 5, -12};
  const double roots[2] = {5 / sqrt(2.), 13 / sqrt(2.)};
  float results[4] = {0, 0, 0, 0};
  norm_tensor_2 x = {rows, rows, 0, {2, 2}, {2, 1}};
  norm_tensor_2 y = {results, results, 0, {2, 2}, {2, 1}};
  EXPECT(_mlir_ciface_rms(&x, &y) == norm_ok);
  for (int i = 0; i < 4; ++i)
    EXPECT(fabs(results[i] - rows[i] / roots[i / 2]) < 1e-6);

  int64_t sizes[2] = {0, 0};
  EXPECT(norm_shape_rms(&x, sizes) == norm_ok);
  EXPECT(sizes[0] == 2 && sizes[1] == 2);

  /* The second row alone, by its offset. */
  norm_tensor_2 row = {rows, rows, 2, {1, 2}, {2, 1}};
  norm_tensor_2 rowResult = {results, results, 0, {1, 2}, {2, 1}};
  EXPECT(_mlir_ciface_rms(&row, &rowResult) == norm_ok);
  EXPECT(fabs(results[1] - rows[3] / roots[1]) < 1e-6);

  norm_tensor_2 wide = {rows, rows, 0, {1, 3}, {3, 1}};
  results[0] = 7;
  EXPECT(_mlir_ciface_rms(&wide, &rowResult) == norm_error_size_mismatch);
  EXPECT(strstr(norm_last_error(), "rms") != NULL);
  EXPECT(strstr(norm_last_error(), "3") != NULL);
  EXPECT(results[0] == 7);

  EXPECT(_mlir_ciface_rms(NULL, &rowResult) == norm_error_null_pointer);
  EXPECT(_mlir_ciface_rms(&row, NULL) == norm_error_null_pointer);
  EXPECT(norm_shape_rms(NULL, sizes) == norm_error_null_pointer);
  EXPECT(norm_shape_rms(&x, NULL) == norm_error_null_pointer);
  EXPECT(strstr(norm_last_error(), "2 sizes") != NULL);
  norm_tensor_2 empty = {NULL, NULL, 0, {1, 2}, {2, 1}};
  EXPECT(_mlir_ciface_rms(&empty, &rowResult) == norm_error_null_pointer);
  norm_tensor_2 same = {results, results, 0, {2, 2}, {0, 1}};
  EXPECT(_mlir_ciface_rms(&x, &same) == norm_error_stride);
  norm_tensor_2 shifted = {rows, rows, 1, {1, 2}, {2, 1}};
  EXPECT(_mlir_ciface_rms(&row, &shifted) == norm_error_overlap);
  EXPECT(results[0] == 7);

  double sum = 0;
  EXPECT(_mlir_ciface_add(1.5, 2, &sum) == norm_ok);
  EXPECT(sum == 3.5);
  EXPECT(_mlir_ciface_add(1.5, 2, NULL) == norm_error_null_pointer);
  printf("%d failures\n", failures);
  return failures != 0;
}
