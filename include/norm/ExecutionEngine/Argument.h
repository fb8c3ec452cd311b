//===- Argument.h - What a function is called with --------------*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

// Needs no LLVM: programs that call kernels include it.

#ifndef NORM_EXECUTIONENGINE_ARGUMENT_H
#define NORM_EXECUTIONENGINE_ARGUMENT_H

#include "norm/Runtime/norm_view.h"
#include "norm/Target/DataType.h"

#include <type_traits>
#include <utility>
#include <vector>

namespace norm {

/// The data type of a value of type `T`: float, double, bool, an integer of 1,
/// 2, 4 or 8 bytes (signed or not), norm_f16 or norm_bf16.
template <typename T> constexpr DataType getDataTypeOf() {
  if constexpr (std::is_same_v<T, float>)
    return DataType::F32;
  else if constexpr (std::is_same_v<T, double>)
    return DataType::F64;
  else if constexpr (std::is_same_v<T, norm_f16>)
    return DataType::F16;
  else if constexpr (std::is_same_v<T, norm_bf16>)
    return DataType::BF16;
  else if constexpr (std::is_same_v<T, bool>)
    return DataType::I1;
  else {
    static_assert(std::is_integral_v<T>, "no data type has values of type T");
    return sizeof(T) == 1   ? DataType::I8
           : sizeof(T) == 2 ? DataType::I16
           : sizeof(T) == 4 ? DataType::I32
                            : DataType::I64;
  }
}

/// One argument of a call: a tensor in memory of the caller, a scalar, or the
/// place of a scalar result. A plain value; memory is never owned.
class Argument {
public:
  /// A tensor whose first element is at `data`, for input or output. `sizes`
  /// and `strides` (in elements) have one entry for each dim.
  static Argument tensor(DataType type, void *data, std::vector<int64_t> sizes,
                         std::vector<int64_t> strides);

  /// A tensor that is not written: as an output it is an error.
  static Argument constTensor(DataType type, const void *data,
                              std::vector<int64_t> sizes,
                              std::vector<int64_t> strides);

  /// The same tensor, said to be in memory that a GPU alone can access: an
  /// error for a function whose kernels run on the CPU. Memory of which nothing
  /// is said is believed to be right.
  Argument inGPUMemory() const {
    Argument copy = *this;
    copy.isOfGPU = true;
    return copy;
  }
  bool isInGPUMemory() const { return isOfGPU; }

  /// A tensor of elements of type `T`, which is const for inputs that are not
  /// written, as for getDataTypeOf.
  template <typename T>
  static Argument tensor(T *data, std::vector<int64_t> sizes,
                         std::vector<int64_t> strides) {
    constexpr DataType type = getDataTypeOf<std::remove_const_t<T>>();
    if constexpr (std::is_const_v<T>)
      return constTensor(type, data, std::move(sizes), std::move(strides));
    else
      return tensor(type, data, std::move(sizes), std::move(strides));
  }

  /// A tensor without gaps in row-major order.
  template <typename T>
  static Argument tensor(T *data, std::vector<int64_t> sizes) {
    std::vector<int64_t> strides = getContiguousStrides(sizes);
    return tensor(data, std::move(sizes), std::move(strides));
  }

  /// The tensor of a view.
  template <typename T, std::size_t Rank>
  Argument(const View<T, Rank> &view)
      : Argument(tensor(view.data, {view.sizes.begin(), view.sizes.end()},
                        {view.strides.begin(), view.strides.end()})) {}

  /// A scalar input: float, double, or an integer of 4 or 8 bytes.
  template <typename T, typename = std::enable_if_t<std::is_arithmetic_v<T>>>
  Argument(T value) : Argument(scalar(value)) {}

  /// A scalar input.
  static Argument scalar(float value);
  static Argument scalar(double value);
  static Argument scalar(int32_t value);
  static Argument scalar(int64_t value);
  template <typename T> static Argument scalar(T value) {
    static_assert(std::is_integral_v<T> && sizeof(T) >= 4,
                  "a scalar is float, double or an integer of 4 or 8 bytes");
    if constexpr (sizeof(T) == 4)
      return scalar(static_cast<int32_t>(value));
    else
      return scalar(static_cast<int64_t>(value));
  }

  /// A scalar input of `type`, whose value at `value` is copied.
  static Argument scalar(DataType type, const void *value);

  /// The place, one value of `type`, that a scalar result is stored to.
  static Argument scalarResult(DataType type, void *place);
  template <typename T> static Argument scalarResult(T *place) {
    return scalarResult(getDataTypeOf<T>(), place);
  }

  /// The strides of a tensor of `sizes` without gaps in row-major order. Sizes
  /// that are negative or too large give strides that mean nothing.
  static std::vector<int64_t>
  getContiguousStrides(const std::vector<int64_t> &sizes);

private:
  friend class PreparedCall;
  enum class Kind { Tensor, Scalar, ScalarResult };

  Argument(Kind kind, DataType type) : kind(kind), type(type) {}

  Kind kind;
  DataType type;
  bool isConst = false;
  bool isOfGPU = false;
  /// The bits of a scalar, in its lowest bytes.
  uint64_t bits = 0;
  void *data = nullptr;
  std::vector<int64_t> sizes;
  std::vector<int64_t> strides;
};

} // namespace norm

#endif // NORM_EXECUTIONENGINE_ARGUMENT_H
