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

#include <stddef.h>
#include <stdint.h>

/** Version of this interface: 10000 * major + 100 * minor + patch. */
#define NORM_RUNTIME_VERSION 100

#ifdef __cplusplus
extern "C" {
#endif

/** What a compiled function returns: zero, or the reason why it did nothing
 * (norm_error_parallel: not all). The values are part of the binary interface.
 */
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
  /** A stride that the function was not compiled for, an output whose strides
   * map two elements to one address, or elements that lie outside of the
   * address space. */
  norm_error_stride = 4,
  /** An output overlaps an input or another output where that is not allowed.
   */
  norm_error_overlap = 5,
  /** A data pointer is not a multiple of the alignment of its element type. */
  norm_error_alignment = 6,
  /** Memory that the call needs could not be allocated. */
  norm_error_out_of_memory = 7,
  /** The program's own parallel loop failed. Results may be written in part. */
  norm_error_parallel = 8,
  /** The function was compiled for another version of this library. */
  norm_error_version = 9,
  /** The CUDA driver is missing, too old, or finds no device. */
  norm_error_cuda_driver = 10,
  /** The calling thread has no current CUDA context, or the stream belongs to
   * another one. */
  norm_error_cuda_context = 11,
  /** The kernels were not compiled for the GPU, or could not be loaded. */
  norm_error_cuda_module = 12,
  /** A data pointer is none that the GPU can access. */
  norm_error_cuda_pointer = 13,
  /** The workspace is too small, misaligned, or no device memory. */
  norm_error_cuda_workspace = 14,
  /** A kernel could not be launched, or one before it has failed. */
  norm_error_cuda_launch = 15
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

/** What a compiled function knows of one operand. An operand is a tensor,
 * passed as a pointer to a descriptor `{void *allocated, *aligned; int64_t
 * offset, sizes[rank], strides[rank]}` (sizes, strides and offset in elements),
 * or a pointer to a scalar result. Scalar arguments are no operands. */
typedef struct norm_operand_info {
  /** For error texts, for example "argument 0 'x'". */
  const char *name;
  /** The sizes that the function was compiled for, -1 for any; `rank` many. */
  const int64_t *sizes;
  /** The number of dims, or -1 for a scalar result (`sizes` is not read). */
  int32_t rank;
  /** Bytes of an element, a power of two, which is also the alignment that data
   * must have. */
  int32_t element_bytes;
  /** Not 0 if the function writes the operand. */
  int32_t is_output;
  /** Bit i is set if this output may be the identical view of operand i. */
  uint32_t in_place_with;
} norm_operand_info;

/** What a compiled function knows of its operands: first the tensors among its
 * arguments, then all results. */
typedef struct norm_function_info {
  /** NORM_RUNTIME_VERSION that the function was compiled with. */
  int32_t runtime_version;
  /** The number of tensors among the arguments. */
  int32_t num_arguments;
  /** The same and the number of results. */
  int32_t num_operands;
  /** 0. */
  int32_t reserved;
  /** The name of the function, for error texts. */
  const char *name;
  /** `num_operands` many. */
  const norm_operand_info *operands;
} norm_function_info;

/** Checks the arguments (not the results) of a call, for norm_shape_f: that
 * this library has the major and minor version that the function was compiled
 * for, no descriptor is null, no size is negative, and each size is the one
 * compiled for. `operands` holds a pointer to each argument in the order of
 * `info` and, after them, the pointer to the sizes of the results, which may be
 * null if no result has any. Returns norm_ok, or an error code whose text names
 * the function, the operand, the dim, what was expected and what was found. */
int32_t norm_check_arguments(const norm_function_info *info,
                             const void *const *operands);

/** Checks all operands of a call: what norm_check_arguments checks, for the
 * results too, and for tensors with elements that no data pointer is null or
 * misaligned, the elements lie in the address space (within less than 2^62
 * bytes), no output has two elements that share a byte, and no output shares a
 * byte with another operand, other than as the identical view where
 * `in_place_with` of one that is an output allows it. Identical are views of
 * the same address, sizes, element size and strides, apart from the strides of
 * dims of size 1. Views that interleave without sharing a byte are legal, and
 * so are inputs that share some. The answer is exact for all but contrived
 * strides; an overlap that cannot be excluded in about a millisecond is an
 * error, whose text says so. Allocates nothing. */
int32_t norm_check_call(const norm_function_info *info,
                        const void *const *operands);

/** Begins a call of a kernel on operands that norm_check_call has checked, of
 * which it takes only those with `fits[i]` not 0 as they are: `used[i]` becomes
 * `operands[i]` for these, and for scalars and tensors of rank 0, else a
 * descriptor of a copy without gaps in row-major order, in scratch memory,
 * which has the elements if it is an argument. All have `info->num_operands`
 * entries, and `used` one more, which is the library's. Copies run on all
 * threads if they are large. Returns norm_ok, after which norm_end_copies must
 * be called by the same thread, or an error code: no memory, or a loop that
 * failed. */
int32_t norm_begin_copies(const norm_function_info *info,
                          const void *const *operands, const int8_t *fits,
                          const void **used);

/** Ends what norm_begin_copies has begun with the same `info`, `operands` and
 * `used`: copies the outputs back if `status`, what the kernel has returned, is
 * norm_ok. Returns `status`, or the code of an error of its own. */
int32_t norm_end_copies(const norm_function_info *info,
                        const void *const *operands, const void *const *used,
                        int32_t status);

/** A part of a parallel loop: the iterations [begin, end) of `ctx`. */
typedef void (*norm_body)(void *ctx, int64_t begin, int64_t end);

/** Runs `body` over [0, n), in ranges whose bounds are multiples of `grain`
 * (>= 1) except the last end, each once, in any order, on any threads, and
 * returns when all have run. If n <= grain, or there is one thread, the caller
 * runs it and no other thread is woken; if n <= 0 nothing runs. Returns
 * norm_ok, or norm_error_parallel with a text if the program's own function
 * failed. Within a body, the default runs a further loop on the calling thread,
 * and so it does within any other OpenMP region. A body of the default must not
 * throw.
 */
int32_t norm_parallel_for(int64_t n, int64_t grain, norm_body body, void *ctx);

/** A program's own norm_parallel_for, called with the `user` pointer that it
 * was installed with, for n > grain >= 1, also from within a body. It must run
 * every range as described there before it returns, and return 0, or another
 * value if it could not, for example because a body threw an exception, which
 * it must catch. */
typedef int32_t (*norm_parallel_for_fn)(void *user, int64_t n, int64_t grain,
                                        norm_body body, void *ctx);

/** Installs `fn` for all later loops of the process; null installs the default,
 * which uses OpenMP. The library is linked to none and opens the first that it
 * finds: LLVM's (libomp.so.5), GCC's (libgomp.so.1); without one the caller
 * runs all. Must not be called while a compiled function runs. */
void norm_set_parallel_for(norm_parallel_for_fn fn, void *user);

/** The number of threads that the default uses at the most: 0 (the initial
 * value) or less is as many as OpenMP offers. */
void norm_set_num_threads(int32_t num_threads);

/** Memory for the duration of a call: at least `bytes` bytes, aligned to
 * `align` (a power of two), or null if there is none. The library keeps it for
 * the calling thread's next calls after norm_scratch_release, which must be
 * called by the same thread, in any order (null: nothing happens). What is kept
 * is as many blocks as the thread used at once, each grown to the largest
 * request, until the thread ends. */
void *norm_scratch_acquire(size_t bytes, size_t align);
void norm_scratch_release(void *scratch);

/** NORM_RUNTIME_VERSION of the library that is linked, to be compared with that
 * of the header. */
int32_t norm_runtime_version(void);

#ifdef __cplusplus
} /* extern "C" */
#endif

#endif /* NORM_RUNTIME_NORM_RUNTIME_H */
