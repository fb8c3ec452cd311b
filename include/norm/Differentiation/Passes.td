//===- Passes.td - Differentiation -------------------------*- tablegen -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NORM_DIFFERENTIATION_PASSES_TD
#define NORM_DIFFERENTIATION_PASSES_TD

include "mlir/Pass/PassBase.td"

def Differentiate : Pass<"norm-differentiate", "mlir::ModuleOp"> {
  let summary = "Generate the backward function of a function";
  let description = [{
    For a function `@f`, generates `@f_vjp`, which multiplies a vector by the
    Jacobian of `@f` (reverse mode). Its arguments are those of `@f`, then a
    cotangent for each differentiable result, of its type; its results are a
    cotangent for each argument that is differentiated by, of its type.
    Floats and ranked tensors of floats are differentiable, integers and indices
    are not.

    ```mlir
    func.func @f(%x: tensor<?x64xf32>, %r: tensor<?x64xf32>, %g: tensor<64xf32>)
        -> tensor<?x64xf32> {
      %h = arith.addf %x, %r : tensor<?x64xf32>
      %y = norm.rmsnorm %h gamma(%g) axis(1) epsilon(1.0e-6)
        : (tensor<?x64xf32>, tensor<64xf32>) -> tensor<?x64xf32>
      return %y : tensor<?x64xf32>
    }
    ```
    gets
    ```mlir
    func.func @f_vjp(%x: tensor<?x64xf32>, %r: tensor<?x64xf32>,
                     %g: tensor<64xf32>, %dy: tensor<?x64xf32>)
        -> (tensor<?x64xf32>, tensor<?x64xf32>, tensor<64xf32>) {
      %h = arith.addf %x, %r : tensor<?x64xf32>
      %y, %rrms = norm.rmsnorm %h gamma(%g) axis(1) epsilon(1.0e-6) : ..
      %dh, %dg = norm.rmsnorm_grad %dy, %h, %rrms gamma(%g) axis(1) : ..
      return %dh, %dh, %dg : ..
    }
    ```

    Each op between such an argument and such a result gives its rule by
    `norm::DifferentiableOpInterface`; the pass brings those of arith, linalg,
    math and tensor ops. Cotangents of a value with several uses are added; that
    of a result that nothing reads is zero, as is that of an argument that no
    result depends on. What the backward function does not need of the forward
    one is not computed.

    With `residuals=return`, the results of norm ops and reductions that the
    backward function reads are not computed again, nor are the results of `@f`:
    `@f_fwd` returns them, behind the results of `@f` if they are not among them,
    and `@f_vjp` takes them behind the cotangents. The attribute `norm.residuals`
    of `@f_fwd` says which of its results each of these arguments is. Elementwise
    ops, casts, broadcasts and reshapes are computed again: that costs less than
    reading their results.

    Errors: an op without a rule, or one whose rule does not cover a use, such as
    one of `rrms`; calls (inline them first) and control flow; side effects that
    depend on an argument; a function of that name that exists; an argument that
    is not differentiable. Without `function`, functions that have nothing to
    differentiate are left alone.
  }];
  let options = [
    Option<"function", "function", "std::string", "",
           "The function to differentiate; all public ones if not given">,
    ListOption<"arguments", "arguments", "int64_t",
               "Numbers of the arguments to differentiate by, in the order of "
               "the results; all differentiable ones if not given">,
    Option<"residuals", "residuals", "norm::Residuals",
           "norm::Residuals::Recompute",
           "What becomes of the forward values that the backward function reads",
           [{::llvm::cl::values(
             clEnumValN(::norm::Residuals::Recompute, "recompute",
                        "compute them again"),
             clEnumValN(::norm::Residuals::Return, "return",
                        "let the forward function return them"))}]>];
}

#endif // NORM_DIFFERENTIATION_PASSES_TD
