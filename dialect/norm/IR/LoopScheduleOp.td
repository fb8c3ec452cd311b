//===- LoopScheduleOp.td - Schedule of a loop --------------*- tablegen -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NORM_IR_LOOPSCHEDULEOP_TD
#define NORM_IR_LOOPSCHEDULEOP_TD

include "norm/IR/NormOpBase.td"

def Norm_LoopScheduleOp : Op<NormDialect, "loop_schedule", [
    DeclareOpInterfaceMethods<MemoryEffectsOpInterface>]> {
  let summary = "The schedule of the loop that holds this op";
  let description = [{
    Carries the `strategy` of a norm op from the pass that tiled it to the
    passes that act on memory, since an attribute on the loop itself would not
    survive upstream rewrites. `bytes` is the size of all tensors that the norm
    op reads and writes, known at run time. The last pass that needs the
    schedule erases the op; it has no effect on a result.

    Example:
    ```mlir
    norm.loop_schedule #norm.strategy<vector_bits = 256> bytes(%bytes)
    ```
  }];
  let arguments = (ins Norm_StrategyAttr:$strategy, Index:$bytes);
  let assemblyFormat = "$strategy `bytes` `(` $bytes `)` attr-dict";
}

#endif // NORM_IR_LOOPSCHEDULEOP_TD
