//===- NormBufferization.cpp - From tensor form to memref form -*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "norm/IR/NormOps.h"

#include "mlir/Dialect/Bufferization/IR/BufferizableOpInterface.h"
#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace mlir::bufferization;
using namespace norm;

namespace {

/// An op in tensor form reads all its operands, writes none of them, and gets a
/// new buffer for each result. The segment of `outs` is the last one of each op.
template <typename OpTy>
struct NormOpModel
    : BufferizableOpInterface::ExternalModel<NormOpModel<OpTy>, OpTy> {
  bool bufferizesToMemoryRead(Operation *, OpOperand &,
                              const AnalysisState &) const {
    return true;
  }
  bool bufferizesToMemoryWrite(Operation *, OpOperand &,
                               const AnalysisState &) const {
    return false;
  }
  AliasingValueList getAliasingValues(Operation *, OpOperand &,
                                      const AnalysisState &) const {
    return {};
  }
  bool bufferizesToAllocation(Operation *, Value) const { return true; }

  LogicalResult bufferize(Operation *op, RewriterBase &rewriter,
                          const BufferizationOptions &options,
                          BufferizationState &state) const {
    auto normOp = cast<OpTy>(op);
    if (!normOp.hasTensorSemantics())
      return success();
    SmallVector<Value> operands;
    for (Value operand : op->getOperands()) {
      FailureOr<Value> buffer = getBuffer(rewriter, operand, options, state);
      if (failed(buffer))
        return failure();
      operands.push_back(*buffer);
    }
    ReifiedRankedShapedTypeDims shapes;
    if (failed(normOp.reifyResultShapes(rewriter, shapes)))
      return failure();
    SmallVector<Value> outs;
    for (auto [output, shape] : llvm::zip(normOp.getOutputs(), shapes)) {
      auto tensorType = cast<RankedTensorType>(output.getType());
      auto type =
          MemRefType::get(tensorType.getShape(), tensorType.getElementType());
      SmallVector<Value> sizes;
      for (auto [i, size] : llvm::enumerate(shape))
        if (type.isDynamicDim(i))
          sizes.push_back(getValueOrCreateConstantIndexOp(rewriter, op->getLoc(), size));
      FailureOr<Value> out = options.createAlloc(rewriter, op->getLoc(), type, sizes);
      if (failed(out))
        return failure();
      outs.push_back(*out);
    }
    llvm::append_range(operands, outs);
    auto properties = normOp.getProperties();
    properties.operandSegmentSizes.back() = outs.size();
    OpTy::create(rewriter, op->getLoc(), TypeRange(), operands, properties,
                 op->getDiscardableAttrDictionary().getValue());
    replaceOpWithBufferizedValues(rewriter, op, outs);
    return success();
  }
};

} // namespace

void norm::registerBufferizableOpInterfaceModels(DialectRegistry &registry) {
  registry.addExtension(+[](MLIRContext *context, NormDialect *) {
    RMSNormOp::attachInterface<NormOpModel<RMSNormOp>>(*context);
  });
}
