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
      Checks operands and attributes, all but `outs`: reports an error through
      `emitError` and fails where they do not fit.
    }], "llvm::LogicalResult", "verifyInputs",
      (ins "llvm::function_ref<mlir::InFlightDiagnostic()>":$emitError)>,
    InterfaceMethod<[{
      Describes all outputs that the op can have, in order. The inputs have been
      verified.
    }], "llvm::SmallVector<::norm::OutputDescription>", "describeOutputs">,
    InterfaceMethod<[{
      Infers the types of all results that the op can have, in order, as tensor
      types, from its operands and attributes. Reports an error through
      `emitError` and fails where they do not fit.
    }], "llvm::LogicalResult", "inferOutputTypes",
      (ins "llvm::function_ref<mlir::InFlightDiagnostic()>":$emitError,
           "llvm::SmallVectorImpl<mlir::RankedTensorType> &":$types), "", [{
        if (failed($_op.verifyInputs(emitError)))
          return llvm::failure();
        for (const ::norm::OutputDescription &output : $_op.describeOutputs())
          types.push_back(output.getType());
        return llvm::success();
      }]>,
    InterfaceMethod<[{
      Replaces the result types by refined ones, which must be cast-compatible;
      the types of absent optional results at the end are ignored.
    }], "void", "setOutputTypes", (ins "mlir::TypeRange":$types), "", [{
        for (auto [output, type] : llvm::zip($_op->getResults(), types))
          output.setType(type);
      }]>,
    InterfaceMethod<[{
      The operands over which the first output may be written, in memref form as
      the identical view.
    }], "llvm::SmallVector<mlir::Value>", "getInPlaceOperands", (ins), "", [{
        return {};
      }]>,
    InterfaceMethod<"Memref form: where the outputs are written; else empty.",
      "mlir::OperandRange", "getOuts">,
    InterfaceMethod<[{
      The outputs that the op has: results in tensor form, outs in memref form.
    }], "mlir::ValueRange", "getOutputValues", (ins), "", [{
        return $_op.hasTensorSemantics() ? mlir::ValueRange($_op->getResults())
                                         : mlir::ValueRange($_op.getOuts());
      }]>,
    InterfaceMethod<"Output `number`, or null if the op does not have it.",
      "mlir::Value", "getOutput", (ins "unsigned":$number), "", [{
        mlir::ValueRange outputs = $_op.getOutputValues();
        return number < outputs.size() ? outputs[number] : mlir::Value();
      }]>,
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
      "bool", "hasTensorSemantics", (ins), "", [{
        return llvm::isa<mlir::TensorType>($_op->getOperand(0).getType());
      }]>,
  ];
}

def NormRowOpInterface : OpInterface<"NormRowOpInterface", [NormOpInterface]> {
  let cppNamespace = "::norm";
  let description = [{
    A norm op whose operand `x` is a tensor or memref of rows: `[rows.., row..]`.
  }];
  let methods = [
    InterfaceMethod<"The operand whose dims are those of the rows and the row.",
      "mlir::Value", "getX">,
    InterfaceMethod<"The first dim of x that is one of the row.",
      "int64_t", "getCanonicalAxis", (ins), "", [{
        auto axis = static_cast<int64_t>($_op.getAxis()); // ODS reads i64 as unsigned
        return axis < 0 ? axis + $_op.getXType().getRank() : axis;
      }]>,
    InterfaceMethod<"Sets the first dim of x that is one of the row.",
      "void", "setCanonicalAxis", (ins "int64_t":$axis), "", [{
        $_op.setAxis(axis);
      }]>,
    InterfaceMethod<"How the input operand `number`, no `outs`, is shaped.",
      "::norm::RowPart", "getInputPart", (ins "unsigned":$number)>,
    InterfaceMethod<"How the output `number` is shaped.",
      "::norm::RowPart", "getOutputPart", (ins "unsigned":$number)>,
    InterfaceMethod<"How any operand is shaped.",
      "::norm::RowPart", "getOperandPart", (ins "unsigned":$number), "", [{
        unsigned firstOut = $_op->getNumOperands() - $_op.getOuts().size();
        return number < firstOut ? $_op.getInputPart(number)
                                 : $_op.getOutputPart(number - firstOut);
      }]>,
  ];
}

#endif // NORM_IR_NORMINTERFACES_TD
