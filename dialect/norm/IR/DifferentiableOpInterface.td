//===- DifferentiableOpInterface.td - Rules of derivatives -*- tablegen -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NORM_IR_DIFFERENTIABLEOPINTERFACE_TD
#define NORM_IR_DIFFERENTIABLEOPINTERFACE_TD

include "mlir/IR/OpBase.td"

def DifferentiableOpInterface : OpInterface<"DifferentiableOpInterface"> {
  let cppNamespace = "::norm";
  let description = [{
    An op that knows its adjoint: how the cotangents of its operands follow from
    those of its results. `norm-differentiate` calls the rules of a function from
    its last op to its first. An op of another dialect gets its rule by an
    external model, see `registerDifferentiableOpInterfaceModels`.

    The cotangent of a value has the value's type. All floats, and ranked tensors
    of floats, have one.
  }];
  let methods = [
    InterfaceMethod<[{
      Builds the cotangents of the operands at `builder` and gives them to
      `cotangents`, which holds those of the results. At least one result has
      one; a result without one has the cotangent zero. The rule may read the
      op's operands and results.

      Fails, after an error on the op, where it has no rule for the results that
      have cotangents and the operands that want one.
    }], "llvm::LogicalResult", "differentiate",
      (ins "mlir::OpBuilder &":$builder, "::norm::Cotangents &":$cotangents)>,
    InterfaceMethod<[{
      Gives the op the results that its rule reads and that it does not have:
      returns the op itself, or an equal one with more results that has replaced
      it. Called on the op in a copy of the function, before any rule.
    }], "mlir::Operation *", "addResiduals",
      (ins "mlir::RewriterBase &":$rewriter), "", [{
        return $_op;
      }]>,
    InterfaceMethod<[{
      True if results that a derivative reads are worth keeping from the forward
      function, as those of a sum are; false if they are computed again, as those
      of elementwise ops and reshapes are.
    }], "bool", "keepsResults", (ins), "", [{
        return false;
      }]>,
  ];
}

#endif // NORM_IR_DIFFERENTIABLEOPINTERFACE_TD
