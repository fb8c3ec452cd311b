//===- BlockReduction.h - Sums over the threads of a row -------*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NORM_LIB_TRANSFORMS_BLOCKREDUCTION_H
#define NORM_LIB_TRANSFORMS_BLOCKREDUCTION_H

#include "norm/IR/NormOps.h"

#include "mlir/Dialect/GPU/IR/GPUDialect.h"

namespace norm {

/// Adds `value`, an f32 or f64, over the threads that share a row, at the
/// builder's place in `kernel`; every thread gets the same sum. Lane i is added
/// to lane i xor 1, 2, 4, .. of its warp, then the warps likewise, by
/// workgroup memory.
mlir::Value addThreads(mlir::OpBuilder &builder, mlir::gpu::GPUFuncOp kernel,
                       GPUStrategyAttr gpu, mlir::Value value);

/// Adds the rows of a tile of `tile_rows`, of which each thread has
/// `thread_elements` neighbours, `part`, a vector of f32 or f64. Returns the
/// sum of column t mod n of the n columns in thread t, a vector of one element.
/// Rows of a warp are added by the bits of their numbers, then the warps
/// likewise, by workgroup memory.
mlir::Value addTileRows(mlir::OpBuilder &builder, mlir::gpu::GPUFuncOp kernel,
                        GPUStrategyAttr gpu, mlir::Value part);

/// Makes the threads that share a row wait for each other, and see what the
/// others have written.
void synchronizeThreads(mlir::OpBuilder &builder, GPUStrategyAttr gpu,
                        mlir::Location loc);

/// Removes barriers behind sums of addThreads() that order nothing, once all
/// sums of `kernel` are made.
void removeNeedlessBarriers(mlir::gpu::GPUFuncOp kernel);

} // namespace norm

#endif // NORM_LIB_TRANSFORMS_BLOCKREDUCTION_H
