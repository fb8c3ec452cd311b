//===- HostTensor.h - A tensor that owns its memory -------------*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NORM_RUNNER_HOSTTENSOR_H
#define NORM_RUNNER_HOSTTENSOR_H

#include "norm/Reference/Tensor.h"
#include "norm/Target/DataType.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/Support/Error.h"

#include <memory>
#include <string>

namespace norm::runner {

using reference::ElementType;

/// The element type of the same name.
ElementType getElementType(DataType type);

/// The type of the same name; I64 for index.
DataType getDataType(ElementType type);

/// Bytes of one element in memory: 1 for i1, 8 for index.
size_t getByteSize(ElementType type);

/// Which dim of a tensor is contiguous in memory.
enum class Layout { RowMajor, ColumnMajor };

/// "4096x4096" for a tensor of rank 2, "scalar" for rank 0.
std::string formatShape(llvm::ArrayRef<int64_t> shape);

/// `value` with at most `digits` digits; "nan" whatever the sign of a NaN,
/// which means nothing and is another one on other CPUs.
std::string formatNumber(double value, int digits);

/// Bytes of a dense tensor. Fails on a negative size, and if the tensor would
/// have 2^63 bytes or more.
llvm::Expected<int64_t> computeBytes(ElementType type,
                                     llvm::ArrayRef<int64_t> shape);

/// Frees what allocateBytes gave.
struct FreeDeleter {
  void operator()(char *memory) const;
};
using AlignedBytes = std::unique_ptr<char, FreeDeleter>;

/// `bytes` (0 is legal) of memory aligned to 64 bytes, written with zeros so
/// that its pages are there before anything is timed; null if there is no
/// memory.
AlignedBytes allocateBytes(size_t bytes);

/// A dense tensor of any rank in memory of its own, 64-byte aligned. Move-only.
class HostTensor {
public:
  /// A rank-0 f32 tensor without memory, to be assigned to.
  HostTensor() = default;

  /// A tensor of zeros. Fails where computeBytes does, and without memory.
  static llvm::Expected<HostTensor> create(ElementType type,
                                           llvm::ArrayRef<int64_t> shape,
                                           Layout layout = Layout::RowMajor);

  ElementType getType() const { return type; }
  int64_t getRank() const { return shape.size(); }
  llvm::ArrayRef<int64_t> getShape() const { return shape; }
  Layout getLayout() const {
    return rowMajor ? Layout::RowMajor : Layout::ColumnMajor;
  }
  /// Distance of neighbours in each dim, in elements.
  llvm::ArrayRef<int64_t> getStrides() const { return strides; }
  /// Product of the sizes; 1 for rank 0.
  int64_t getNumElements() const { return numElements; }
  size_t getNumBytes() const { return numElements * getByteSize(type); }

  /// The first element; valid for getNumBytes() bytes.
  char *data() { return storage.get(); }
  const char *data() const { return storage.get(); }

  /// The element of a float tensor at `index`, counted in row-major order
  /// whatever the layout. 0 <= index < getNumElements().
  double getReal(int64_t index) const;
  /// Rounds `value` once, to nearest even, into the element at `index`.
  void setReal(int64_t index, double value);
  /// The same for the elements of an integer tensor; setInteger wraps `value`
  /// to the width of the type.
  int64_t getInteger(int64_t index) const;
  void setInteger(int64_t index, int64_t value);

  /// An independent copy with the same layout; fails without memory.
  llvm::Expected<HostTensor> clone() const;

private:
  char *getAddress(int64_t index) const;

  ElementType type = ElementType::F32;
  llvm::SmallVector<int64_t> shape;
  llvm::SmallVector<int64_t> strides;
  int64_t numElements = 1;
  bool rowMajor = true;
  AlignedBytes storage;
};

/// The elements of `tensor` as a value of the evaluator.
reference::Tensor toReference(const HostTensor &tensor);

/// Number `index` of the SplitMix64 sequence that starts at `seed`: the same
/// bits on every machine.
uint64_t getRandomBits(uint64_t seed, uint64_t index);

/// Fills `tensor` with values that depend on `seed`, `stream` and the row-major
/// index alone: floats uniform in [-1, 1), rounded to the type; integers
/// uniform in [0, 16), i1 in [0, 2). `stream` keeps the arguments of one run
/// apart.
void fillRandom(HostTensor &tensor, uint64_t seed, uint64_t stream);

} // namespace norm::runner

#endif // NORM_RUNNER_HOSTTENSOR_H
