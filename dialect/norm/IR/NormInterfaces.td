//===- NormInterfaces.td - Interfaces of norm ops ----------*- tablegen -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NORM_IR_NORMINTERFACES_TD
#define NORM_IR_NORMINTERFACES_TD

include "mlir/IR/OpBase.td"

def NormOpInterface : OpInterface<"NormOpInterface"> {
  let cppNamespace = "::norm";
  let description = [{
    What the passes need to know of any norm op: its inferred result types, its
    schedule, its row or channel structure, and the sizes that must agree when
    they are only known at run time.
  }];
  let methods = [
    InterfaceMethod<[{
      Infers the types of all results that the op can have, in order, as tensor
      types, from its operands and attributes. Reports an error through
      `emitError` and fails where they do not fit.
    }], "llvm::LogicalResult", "inferOutputTypes",
      (ins "llvm::function_ref<mlir::InFlightDiagnostic()>":$emitError,
           "llvm::SmallVectorImpl<mlir::RankedTensorType> &":$types)>,
    InterfaceMethod<[{
      Replaces the result types by refined ones, which must be cast-compatible;
      the types of absent optional results at the end are ignored.
    }], "void", "setOutputTypes", (ins "mlir::TypeRange":$types)>,
    InterfaceMethod<[{
      Collects the pairs of sizes that must be equal and are not both static:
      of operands among each other, and of a result whose static size says what
      an operand's size must be.
    }], "void", "collectSizeConstraints",
      (ins "llvm::SmallVectorImpl<::norm::SizeConstraint> &":$constraints)>,
    InterfaceMethod<"The schedule, or null.",
      "::norm::StrategyAttr", "getStrategyAttr">,
    InterfaceMethod<"Sets the schedule.",
      "void", "setStrategyAttr", (ins "::norm::StrategyAttr":$strategy)>,
    InterfaceMethod<"True in tensor form, false in memref form.",
      "bool", "hasTensorSemantics">,
  ];
}

#endif // NORM_IR_NORMINTERFACES_TD
