//===- ColumnLoop.h - What a loop over columns accesses ---------*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NORM_LIB_TRANSFORMS_COLUMNLOOP_H
#define NORM_LIB_TRANSFORMS_COLUMNLOOP_H

#include "norm/IR/NormOps.h"

#include "mlir/Dialect/SCF/IR/SCF.h"

namespace norm {

/// The bytes of a cache line of the CPUs that kernels are made for.
inline constexpr int64_t lineBytes = 64;

/// The row that an access `base[indices]` in `loop` takes the current columns
/// of, either as row[j] or as element 0 of a tile row[j .. j + lanes). Null if
/// it accesses other elements, or if the row is not the same for all columns.
mlir::Value rowOfAccess(mlir::scf::ForOp loop, mlir::Value base,
                        mlir::ValueRange indices);

/// The address of element 0 of a memref, an index.
mlir::Value createAddress(mlir::OpBuilder &builder, mlir::Location loc,
                          mlir::Value memref);

/// The cache that a prefetch brings a line into.
enum class CacheLevel { First, Second };

/// Prefetches the line of the address `address`, an index, plus `offset` bytes.
/// No access: an address behind the data does no harm.
void createPrefetch(mlir::OpBuilder &builder, mlir::Location loc,
                    mlir::Value address, int64_t offset, CacheLevel level);

/// Whether `loop` writes rows that may be stored past the caches.
bool isStreamable(mlir::scf::ForOp loop);

/// Gives a streamable loop a second form that stores whole lines past the
/// caches and prefetches by `strategy`, for rows that start at a line or have
/// the columns to start at any element. It runs where `stream`, an i1 before
/// the loop, is true. Elements of at least `minMaskedBits` have masked stores;
/// none if it is 0.
void streamRows(mlir::scf::ForOp loop, mlir::Value stream,
                StrategyAttr strategy, unsigned minMaskedBits);

/// Prefetches what `loop` reads of rows of `rowLoop`, ahead of its columns: in
/// the next row if a row has at most `rowBytes` bytes, in the same one if it is
/// longer or the last. Nothing of rows with gaps between them. Without a row
/// loop (null) all rows are prefetched in themselves.
void prefetchRows(mlir::scf::ForOp loop, mlir::scf::ForOp rowLoop,
                  int64_t rowBytes);

/// Prefetches the next row in the sums over rows in `block`, if it writes no
/// vectors: those of a memref in the first loop that reads it, or a share in
/// each of the first loops if they read parts of its tiles.
void prefetchSums(mlir::Block &block, int64_t rowBytes);

/// Prefetches the next iteration's rows of `blockLoop` where sums over rows
/// read the current ones for the last time, row by row, if the blocks of all
/// operands together have at most `blockBytes` bytes.
void prefetchBlocks(mlir::scf::ForOp blockLoop, int64_t blockBytes);

} // namespace norm

#endif // NORM_LIB_TRANSFORMS_COLUMNLOOP_H
