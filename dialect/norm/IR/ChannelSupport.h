//===- ChannelSupport.h - What the ops over channels share ------*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NORM_DIALECT_CHANNELSUPPORT_H
#define NORM_DIALECT_CHANNELSUPPORT_H

#include "OpSupport.h"

namespace norm {

/// Checks that x has a channel, by the rule `rankLabel`, and that its bytes can
/// be counted.
llvm::LogicalResult verifyChannels(mlir::ShapedType x,
                                   llvm::StringRef rankLabel,
                                   llvm::StringRef bytesLabel,
                                   EmitErrorFn emitError);

/// Checks that the operand `name` has one value of `elementType` for each
/// channel of x.
llvm::LogicalResult verifyChannelVector(mlir::Value vector,
                                        llvm::StringRef name,
                                        mlir::ShapedType x, int64_t channelDim,
                                        mlir::Type elementType,
                                        llvm::StringRef label,
                                        EmitErrorFn emitError);

/// The description of an output with a value of the accumulator's type for each
/// channel of x.
OutputDescription describeChannelVector(llvm::StringLiteral name,
                                        llvm::StringLiteral label,
                                        mlir::Value x, int64_t channelDim);

/// The type of such an output in tensor form. A rank that is too low is left to
/// the verifier, which words the error.
mlir::RankedTensorType getChannelVectorType(mlir::Value x,
                                            ChannelLayout layout);

/// Adds the constraint that `vector`, which may be null, has as many values as
/// x has channels.
void addChannelVectorConstraint(
    llvm::SmallVectorImpl<SizeConstraint> &constraints, llvm::StringRef name,
    mlir::Value vector, mlir::Value x, int64_t channelDim);

} // namespace norm

#endif // NORM_DIALECT_CHANNELSUPPORT_H
