//===- NormDialect.td - The norm dialect -------------------*- tablegen -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NORM_IR_NORMDIALECT_TD
#define NORM_IR_NORMDIALECT_TD

include "mlir/IR/DialectBase.td"

def NormDialect : Dialect {
  let name = "norm";
  let cppNamespace = "::norm";
  let summary = "Normalization operators and their gradients";
  let description = [{
    Each op of this dialect is a whole operator with a fixed meaning: which
    values are rounded when, in which order sums are made, and what happens to
    zeros, infinities and NaN. The lowerings keep that meaning on every target.

    An op has two forms. In *tensor form* it has results and no `outs`. In
    *memref form* it writes to `outs`, in the order of the results, and has no
    results; bufferization turns the first into the second.
  }];
  // Canonicalization replaces norm ops by theirs.
  let dependentDialects = [
    "::mlir::arith::ArithDialect",
    "::mlir::tensor::TensorDialect",
  ];
  let useDefaultAttributePrinterParser = 1;
  let hasCanonicalizer = 1;
}

#endif // NORM_IR_NORMDIALECT_TD
