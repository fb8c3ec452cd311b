/*===- norm_view.h - Tensors as compiled kernels take them ----------------===*\
|*
|* Licensed under the Apache License v2.0 with LLVM Exceptions.
|* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
|*
|*===----------------------------------------------------------------------===*|
|* C11 and C++17.
\*===----------------------------------------------------------------------===*/

#ifndef NORM_RUNTIME_NORM_VIEW_H
#define NORM_RUNTIME_NORM_VIEW_H

#include <assert.h>
#include <stdint.h>

#ifdef __cplusplus
#include <array>
#include <cstddef>
#include <type_traits>
#endif

/** The bits of an IEEE 754 binary16 number. */
typedef struct norm_f16 {
  uint16_t bits;
} norm_f16;

/** The bits of a bfloat16 number: the upper half of a binary32 number. */
typedef struct norm_bf16 {
  uint16_t bits;
} norm_bf16;

/** Defines `norm_tensor_RANK`, the descriptor of a tensor with RANK >= 1 dims.
 * `data` is the address of the first element (`allocated` is the same or
 * anything else: it is not read), plus `offset` elements. Sizes are >= 0,
 * strides count elements. The data of an output is written although the pointer
 * is to const, which lets a caller pass inputs without a cast. The layout is
 * part of the binary interface: it is MLIR's descriptor of a memref. */
#define NORM_DEFINE_TENSOR(RANK)                                               \
  typedef struct norm_tensor_##RANK {                                          \
    const void *allocated;                                                     \
    const void *data;                                                          \
    int64_t offset;                                                            \
    int64_t sizes[RANK];                                                       \
    int64_t strides[RANK];                                                     \
  } norm_tensor_##RANK

/** The descriptor of a tensor of rank 0, as NORM_DEFINE_TENSOR says. */
typedef struct norm_tensor_0 {
  const void *allocated;
  const void *data;
  int64_t offset;
} norm_tensor_0;

NORM_DEFINE_TENSOR(1);
NORM_DEFINE_TENSOR(2);
NORM_DEFINE_TENSOR(3);
NORM_DEFINE_TENSOR(4);
NORM_DEFINE_TENSOR(5);
NORM_DEFINE_TENSOR(6);
NORM_DEFINE_TENSOR(7);
NORM_DEFINE_TENSOR(8);

static_assert(sizeof(norm_tensor_2) == 2 * sizeof(void *) + 5 * sizeof(int64_t),
              "compiled functions read descriptors without padding");

#ifdef __cplusplus

namespace norm {

/// Elements of type `T` in memory that somebody else owns: the element at
/// `indices` is `data[indices[0] * strides[0] + indices[1] * strides[1] + ..]`.
/// `T` is const for what is only read.
template <typename T, std::size_t Rank> struct View {
  using Index = std::array<int64_t, Rank>;

  T *data = nullptr;
  /// The number of elements along each dim.
  Index sizes = {};
  /// The distance of neighbours along each dim, in elements.
  Index strides = {};

  View() = default;

  /// Rows that lie without gaps, the last dim the fastest.
  View(T *pointer, const Index &extents)
      : data(pointer), sizes(extents), strides(contiguous(extents)) {}

  View(T *pointer, const Index &extents, const Index &steps)
      : data(pointer), sizes(extents), strides(steps) {}

  /// What can be written can be read.
  template <typename U,
            typename = std::enable_if_t<std::is_same<const U, T>::value &&
                                        !std::is_const<U>::value>>
  View(const View<U, Rank> &other)
      : data(other.data), sizes(other.sizes), strides(other.strides) {}

  /// The element at `indices`, one for each dim, which are not checked.
  template <typename... Indices> T &operator()(Indices... indices) const {
    static_assert(sizeof...(Indices) == Rank, "expected one index per dim");
    const Index index = {static_cast<int64_t>(indices)...};
    int64_t position = 0;
    for (std::size_t i = 0; i < Rank; ++i)
      position += index[i] * strides[i];
    return data[position];
  }

  /// The strides of elements without gaps in row-major order.
  static Index contiguous(const Index &extents) {
    Index steps = {};
    // Unsigned, as sizes that overflow are for the compiled function to refuse.
    uint64_t stride = 1;
    for (std::size_t i = Rank; i-- > 0;) {
      steps[i] = static_cast<int64_t>(stride);
      stride *= static_cast<uint64_t>(extents[i]);
    }
    return steps;
  }
};

/// The descriptor `Tensor` (a norm_tensor_N) of a view, for the duration of a
/// call.
template <typename Tensor> class Descriptor {
public:
  template <typename T, std::size_t Rank>
  explicit Descriptor(const View<T, Rank> &view) {
    tensor.allocated = view.data;
    tensor.data = view.data;
    tensor.offset = 0;
    if constexpr (Rank > 0) {
      static_assert(sizeof(tensor.sizes) == Rank * sizeof(int64_t),
                    "expected a view of the descriptor's rank");
      for (std::size_t i = 0; i < Rank; ++i) {
        tensor.sizes[i] = view.sizes[i];
        tensor.strides[i] = view.strides[i];
      }
    } else {
      static_assert(std::is_same<Tensor, norm_tensor_0>::value,
                    "expected a view of the descriptor's rank");
    }
  }

  const Tensor *get() const { return &tensor; }

private:
  Tensor tensor;
};

} // namespace norm

#endif /* __cplusplus */

#endif /* NORM_RUNTIME_NORM_VIEW_H */
