//===- NestBuilder.h - Affine loops of a norm op ----------------*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NORM_CONVERSION_NORMTOAFFINE_NESTBUILDER_H
#define NORM_CONVERSION_NORMTOAFFINE_NESTBUILDER_H

#include "AccArithmetic.h"

#include "norm/IR/NormOps.h"

namespace norm {

/// Why `op` cannot become affine loops, as the end of a sentence about it;
/// empty if it can. Loops need the memref form, without strides or offset since
/// upstream's affine passes do, and sizes that are affine symbols.
std::string whyNotAffine(NormOpInterface op);

/// Builds affine loops, and accesses and arithmetic in them, where `builder`
/// stands.
class NestBuilder : public AccArithmetic {
public:
  /// Indices of one element, one for each of some dims.
  using Indices = llvm::ArrayRef<mlir::Value>;
  /// Builds the body of the innermost loop for the indices of its element.
  using BodyFn = llvm::function_ref<void(Indices)>;
  /// The same for sums so far; returns them with what the element adds.
  using SumFn = llvm::function_ref<llvm::SmallVector<mlir::Value>(
      Indices, mlir::ValueRange)>;

  /// For an op with elements of `type`.
  NestBuilder(mlir::OpBuilder &builder, mlir::Location loc, mlir::Type type)
      : AccArithmetic(builder, loc, getAccumulatorType(type), type) {}

  /// The sizes of a memref that whyNotAffine has no objection to.
  llvm::SmallVector<mlir::OpFoldResult> getSizes(mlir::Value memref);

  /// A loop for each of `sizes`, the last one innermost.
  void forEach(llvm::ArrayRef<mlir::OpFoldResult> sizes, BodyFn body);

  /// The same for a body that accumulates. Then there is always a loop, without
  /// sizes one of one iteration: affine-loop-fusion does not see what goes from
  /// a loop to another one of the same block through scalars, and would join
  /// the loop of a sum with one that needs the sum.
  void forEachWithSum(llvm::ArrayRef<mlir::OpFoldResult> sizes, BodyFn body);

  /// The same as forEach with values that go from one element to the next in
  /// row-major order, `inits` first. Returns the last ones.
  llvm::SmallVector<mlir::Value>
  accumulate(llvm::ArrayRef<mlir::OpFoldResult> sizes, mlir::ValueRange inits,
             SumFn body);

  mlir::Value load(mlir::Value memref, Indices indices);
  void store(mlir::Value value, mlir::Value memref, Indices indices);

  /// A new memref for values between nests.
  mlir::Value allocate(llvm::ArrayRef<mlir::OpFoldResult> sizes,
                       mlir::Type elementType);
  void deallocate(mlir::Value memref);
};

} // namespace norm

#endif // NORM_CONVERSION_NORMTOAFFINE_NESTBUILDER_H
