/*===- testing.h - Failures of the runtime on demand ----------------------===*\
|*
|* Licensed under the Apache License v2.0 with LLVM Exceptions.
|* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
|*
|*===----------------------------------------------------------------------===*|
|* For tests of programs and of this library, not part of its stable interface.
\*===----------------------------------------------------------------------===*/

#ifndef NORM_RUNTIME_TESTING_H
#define NORM_RUNTIME_TESTING_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/** As malloc and free; may be called from any thread. */
typedef void *(*norm_allocate_fn)(size_t bytes);
typedef void (*norm_free_fn)(void *memory);

/** Installs what norm_scratch_acquire takes memory from, so that a test can
 * make it fail or count; null is malloc or free. First frees the memory that
 * the library keeps for the calling thread. No scratch may be in use, and no
 * other thread may have used scratch and still run. */
void norm_set_allocator(norm_allocate_fn allocate, norm_free_fn release);

#ifdef __cplusplus
} /* extern "C" */
#endif

#endif /* NORM_RUNTIME_TESTING_H */
