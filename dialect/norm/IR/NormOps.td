//===- NormOps.td - The ops of the norm dialect ------------*- tablegen -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NORM_IR_NORMOPS_TD
#define NORM_IR_NORMOPS_TD

include "norm/IR/ChannelBackpropOps.td"
include "norm/IR/ChannelStatsOp.td"
include "norm/IR/LoopScheduleOp.td"
include "norm/IR/RMSNormGradOp.td"
include "norm/IR/RMSNormOp.td"
include "norm/IR/ReciprocalOps.td"

#endif // NORM_IR_NORMOPS_TD
