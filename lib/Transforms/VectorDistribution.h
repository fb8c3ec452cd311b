//===- VectorDistribution.h - The elements that a thread has ----*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NORM_LIB_TRANSFORMS_VECTORDISTRIBUTION_H
#define NORM_LIB_TRANSFORMS_VECTORDISTRIBUTION_H

#include "norm/IR/NormOps.h"

#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/IR/TypeUtilities.h"
#include "mlir/Interfaces/VectorInterfaces.h"
#include "mlir/Transforms/DialectConversion.h"

namespace norm {

/// Where the elements of a vector of `row_tile` elements are: thread t of
/// `row_threads` neighbours has the elements (i * row_threads + t) *
/// thread_elements + [0, thread_elements) as its part i. A tile of several rows
/// lies there row by row.
class Distribution {
public:
  /// `sharesBlock` says that a block has more than `row_threads` threads;
  /// `storesOnce` that these have the same vectors and the first ones store
  /// them.
  Distribution(mlir::gpu::GPUFuncOp kernel, GPUStrategyAttr gpu,
               bool sharesBlock, bool storesOnce = false);

  int64_t elements() const { return gpu.getThreadElements(); }
  int64_t parts() const {
    return gpu.getRowTile() / (gpu.getRowThreads() * elements());
  }
  bool isDistributed(mlir::Type type) const {
    auto vector = llvm::dyn_cast<mlir::VectorType>(type);
    if (!vector)
      return false;
    if (gpu.getTileRows() == 1)
      return vector.getRank() == 1 && vector.getDimSize(0) == gpu.getRowTile();
    return vector.getShape() == llvm::ArrayRef{gpu.getTileRows(), columns()};
  }
  /// Of a row of a tile.
  int64_t columns() const { return gpu.getRowTile() / gpu.getTileRows(); }
  mlir::VectorType partOf(mlir::Type type) const {
    return mlir::VectorType::get({elements()},
                                 mlir::getElementTypeOrSelf(type));
  }

  /// Beyond the last element that part `part` of any thread has.
  int64_t endOf(int64_t part) const {
    return (part + 1) * gpu.getRowThreads() * elements();
  }
  /// The index of the first element of part `part`.
  mlir::Value indexOf(mlir::OpBuilder &builder, mlir::Location loc,
                      int64_t part) const;

  mlir::gpu::GPUFuncOp kernel;
  GPUStrategyAttr gpu;
  /// The number of the thread in its row, and its first element.
  mlir::Value thread, first;
  /// Whether the thread stores vectors; null if all do.
  mlir::Value stores;
};

/// What the patterns share. Each is for the vectors of one distribution.
template <typename Base> struct DistributedPattern : Base {
  template <typename... Args>
  DistributedPattern(const Distribution &distribution, Args &&...args)
      : Base(std::forward<Args>(args)...), distribution(distribution) {}
  const Distribution &distribution;

  /// True if `op` takes or makes vectors of the distribution.
  bool isOwn(mlir::Operation *op) const {
    auto isDistributed = [&](mlir::Type type) {
      return distribution.isDistributed(type);
    };
    return llvm::any_of(op->getOperandTypes(), isDistributed) ||
           llvm::any_of(op->getResultTypes(), isDistributed);
  }
};

/// The number of elements that a mask keeps, if it keeps the first ones; else
/// null.
mlir::OpFoldResult keptElements(mlir::Value mask);

/// Reads and writes of one part, by one access where the row has all of its
/// elements and they are neighbours.
class PartAccess {
public:
  /// To part `part` of what `access` accesses.
  PartAccess(mlir::OpBuilder &builder, mlir::Location loc,
             const Distribution &distribution,
             mlir::VectorTransferOpInterface access, int64_t part);

  /// To the elements from `column` on of row `row` of what `access` starts at,
  /// of which `kept` elements of a row are there; null for all.
  PartAccess(mlir::OpBuilder &builder, mlir::Location loc,
             const Distribution &distribution,
             mlir::VectorTransferOpInterface access, mlir::Value row,
             mlir::Value column, mlir::OpFoldResult kept);

  /// The part, with zeros for elements that are not there.
  mlir::Value read(mlir::VectorType type);
  void write(mlir::Value value);

private:
  /// Of the elements from `offset` on those before `kept` are there.
  void keepFirst(mlir::OpFoldResult kept, mlir::Value offset);
  bool isContiguous();
  llvm::MaybeAlign alignment();
  mlir::Value readWhole(mlir::VectorType type);
  /// The elements before the end of the row.
  mlir::Value readSome(mlir::VectorType type, mlir::Value vector);
  void writeWhole(mlir::Value value);
  mlir::Value readElement(int64_t i);
  void writeElement(mlir::Value vector, int64_t i);
  llvm::SmallVector<mlir::Value> indicesOf(int64_t i);
  mlir::Value isAbove(int64_t limit);
  mlir::Value hasAll();
  void forEachElement(llvm::function_ref<void(mlir::Value, int64_t)> visit);

  mlir::OpBuilder &b;
  mlir::Location loc;
  mlir::Value base;
  llvm::SmallVector<mlir::Value> indices;
  int64_t elements;
  /// Rows start at multiples of the widest access.
  bool isAligned;
  /// The elements from this part to the end of the row; null for enough.
  mlir::Value rest;
  /// The row ends between two accesses.
  bool isWholeOrNone = false;
};

/// Adds the patterns for vectors that are tiles of several rows, and for their
/// sums.
void populateTilePatterns(const Distribution &distribution,
                          const mlir::TypeConverter &converter,
                          mlir::RewritePatternSet &patterns);

} // namespace norm

#endif // NORM_LIB_TRANSFORMS_VECTORDISTRIBUTION_H
