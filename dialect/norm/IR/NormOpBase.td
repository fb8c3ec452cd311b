//===- NormOpBase.td - Base classes of norm ops ------------*- tablegen -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NORM_IR_NORMOPBASE_TD
#define NORM_IR_NORMOPBASE_TD

include "mlir/Dialect/Bufferization/IR/BufferizableOpInterface.td"
include "mlir/Interfaces/InferTypeOpInterface.td"
include "mlir/Interfaces/SideEffectInterfaces.td"
include "mlir/Interfaces/TilingInterface.td"
include "norm/IR/NormAttrs.td"
include "norm/IR/NormInterfaces.td"

// The element types of the operators; rank and agreement are checked by each
// op under its own labels.
def Norm_Float : AnyTypeOf<[F16, BF16, F32, F64], "f16, bf16, f32 or f64">;
def Norm_Tensor : RankedTensorOf<[Norm_Float]>;
def Norm_Shaped : AnyTypeOf<[Norm_Tensor, MemRefOf<[Norm_Float]>],
    "ranked tensor or memref of f16, bf16, f32 or f64 values">;

class Norm_Op<string mnemonic, list<Trait> traits = []> :
    Op<NormDialect, mnemonic, traits # [
      DeclareOpInterfaceMethods<NormOpInterface>,
      DeclareOpInterfaceMethods<MemoryEffectsOpInterface>,
      DeclareOpInterfaceMethods<ReifyRankedShapedTypeOpInterface,
        ["reifyResultShapes"]>]> {
  let hasVerifier = 1;
}

#endif // NORM_IR_NORMOPBASE_TD
