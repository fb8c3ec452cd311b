//===- Tensor.h - Values of the evaluator -----------------------*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NORM_REFERENCE_TENSOR_H
#define NORM_REFERENCE_TENSOR_H

#include "norm/Reference/Rounding.h"

#include "mlir/IR/Types.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/Support/Error.h"

#include <vector>

namespace norm::reference {

/// The most elements that one tensor of the evaluator may have: eight bytes
/// each, they are all held in memory.
inline constexpr int64_t maxElements = int64_t(1) << 31;

/// A ranked tensor, or a scalar as a tensor of rank 0. Owns its elements.
struct Tensor {
  ElementType type = ElementType::F64;
  /// The sizes; empty for a scalar.
  llvm::SmallVector<int64_t> shape;
  /// The elements of a float tensor in row-major order, each a value of `type`;
  /// empty for integers.
  std::vector<double> real;
  /// The elements of an integer tensor in row-major order, as `wrapTo` gives
  /// them; empty for floats.
  std::vector<int64_t> integer;
  /// What `real` was before the op that computed it rounded it to `type`;
  /// empty where nothing was rounded.
  std::vector<double> exact;
  /// Where the elements are sums or differences of a norm op, which may cancel:
  /// the sum of the magnitudes of what was added, the unit that the errors of
  /// any computation of it are proportional to. Empty where that is |real|.
  std::vector<double> magnitude;
  /// The most elements that were summed on the way from the function's
  /// arguments to an element, in all sums one behind the other.
  int64_t numSummands = 0;
  /// By how much, relative to an element, another computation may differ since
  /// values on the way to it were rounded to types of 16 bits: one ULP for each
  /// such rounding, which may find the neighbour. Without the last one, that of
  /// the element itself.
  double priorRounding = 0;

  int64_t getRank() const { return shape.size(); }
  /// The product of the sizes; 1 for a scalar.
  int64_t getNumElements() const;
  /// Element `i` in row-major order, before rounding as far as it is known.
  double getExact(int64_t i) const {
    return exact.empty() ? real[i] : exact[i];
  }

  /// What relative errors of element `i` refer to: its magnitude, at least
  /// |exact|.
  double getScale(int64_t i) const;

  /// A float tensor. `values` are rounded to `type`, and kept in `exact` if
  /// that changes one of them and `keepExact` is set.
  static Tensor getFloat(ElementType type, llvm::ArrayRef<int64_t> shape,
                         std::vector<double> values, bool keepExact = false);
  /// An integer tensor. `values` are wrapped to `type`.
  static Tensor getInteger(ElementType type, llvm::ArrayRef<int64_t> shape,
                           std::vector<int64_t> values);
  /// Scalars.
  static Tensor getFloat(ElementType type, double value);
  static Tensor getInteger(ElementType type, int64_t value);
};

/// The element type of a ranked tensor type, or the scalar type itself, as the
/// evaluator's type. An error names a type that it has no values for.
llvm::Expected<ElementType> getElementType(mlir::Type type);

/// The product of `shape`. An error if a size is negative or the product is
/// above `maxElements`.
llvm::Expected<int64_t> getNumElements(llvm::ArrayRef<int64_t> shape);

/// The sizes joined by `x`, with the element type, as in `4x8xf32`.
std::string describe(ElementType type, llvm::ArrayRef<int64_t> shape);

/// Checks that `value` is well-formed and can be a value of `type`: the same
/// element type and rank, equal static sizes, as many elements as the sizes
/// say. The error says what was expected and found.
llvm::Error checkValue(const Tensor &value, mlir::Type type);

} // namespace norm::reference

#endif // NORM_REFERENCE_TENSOR_H
