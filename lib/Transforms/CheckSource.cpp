//===- CheckSource.cpp - What a compiled function may hold --------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "EntryPoints.h"

#include "norm/IR/NormOps.h"
#include "norm/Transforms/Passes.h"

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Bufferization/IR/BufferizableOpInterface.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Index/IR/IndexDialect.h"
#include "mlir/Dialect/Index/IR/IndexOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/UB/IR/UBOps.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/IR/IntegerSet.h"
#include "mlir/IR/Matchers.h"
#include "mlir/Interfaces/LoopLikeInterface.h"

namespace norm {
#define GEN_PASS_DEF_CHECKSOURCE
#include "norm/Transforms/Passes.h.inc"
} // namespace norm

using namespace mlir;
using namespace norm;

/// True if `size` is the size of dim `dim` of `source`.
static bool isSizeOf(OpFoldResult size, Value source, int64_t dim) {
  int64_t known = cast<RankedTensorType>(source.getType()).getDimSize(dim);
  if (std::optional<int64_t> constant = getConstantIntValue(size))
    return !ShapedType::isDynamic(known) && *constant == known;
  auto dimOp = cast<Value>(size).getDefiningOp<tensor::DimOp>();
  return dimOp && dimOp.getSource() == source &&
         dimOp.getConstantIndex() == dim;
}

/// True if a slice lies inside `source` whatever the values at run time.
static bool isInside(OffsetSizeAndStrideOpInterface slice, Value source) {
  ArrayRef<int64_t> shape = cast<RankedTensorType>(source.getType()).getShape();
  SmallVector<OpFoldResult> offsets = slice.getMixedOffsets();
  SmallVector<OpFoldResult> sizes = slice.getMixedSizes();
  SmallVector<OpFoldResult> strides = slice.getMixedStrides();
  for (auto [i, known] : llvm::enumerate(shape)) {
    std::optional<int64_t> offset = getConstantIntValue(offsets[i]);
    std::optional<int64_t> stride = getConstantIntValue(strides[i]);
    if (offset == 0 && stride == 1 && isSizeOf(sizes[i], source, i))
      continue;
    std::optional<int64_t> size = getConstantIntValue(sizes[i]);
    if (!offset || !stride || !size || ShapedType::isDynamic(known) ||
        *offset < 0 || *stride < 1 || *size < 0)
      return false;
    if (*size > 0 && *offset + (*size - 1) * *stride >= known)
      return false;
  }
  return true;
}

/// True if the indices of one element are constants inside `source`.
static bool isInside(ValueRange indices, Value source) {
  ArrayRef<int64_t> shape = cast<RankedTensorType>(source.getType()).getShape();
  return llvm::all_of_zip(indices, shape, [](Value index, int64_t size) {
    std::optional<int64_t> constant = getConstantIntValue(index);
    return constant && *constant >= 0 && !ShapedType::isDynamic(size) &&
           *constant < size;
  });
}

/// False for an op on tensors that would be left when all others are memrefs.
/// Elementwise ops become linalg ops before.
static bool canBeBufferized(Operation *op) {
  auto isTensor = llvm::IsaPred<TensorType>;
  return (llvm::none_of(op->getOperandTypes(), isTensor) &&
          llvm::none_of(op->getResultTypes(), isTensor)) ||
         op->hasTrait<OpTrait::Elementwise>() ||
         isa<bufferization::BufferizableOpInterface>(op);
}

/// True if an affine expression divides by what may be 0.
static bool hasUnknownDivisor(AffineExpr expr) {
  return expr
      .walk([](AffineExpr inner) {
        bool divides = inner.getKind() == AffineExprKind::Mod ||
                       inner.getKind() == AffineExprKind::FloorDiv ||
                       inner.getKind() == AffineExprKind::CeilDiv;
        if (!divides)
          return WalkResult::advance();
        auto divisor = dyn_cast<AffineConstantExpr>(
            cast<AffineBinaryOpExpr>(inner).getRHS());
        return divisor && divisor.getValue() > 0 ? WalkResult::advance()
                                                 : WalkResult::interrupt();
      })
      .wasInterrupted();
}

/// The same for all maps and sets that the op has.
static bool hasUnknownDivisor(Operation *op) {
  return op->getAttrDictionary()
      .walk([](Attribute attribute) {
        ArrayRef<AffineExpr> exprs;
        if (auto map = dyn_cast<AffineMapAttr>(attribute))
          exprs = map.getValue().getResults();
        else if (auto set = dyn_cast<IntegerSetAttr>(attribute))
          exprs = set.getValue().getConstraints();
        return llvm::any_of(exprs,
                            [](AffineExpr e) { return hasUnknownDivisor(e); })
                   ? WalkResult::interrupt()
                   : WalkResult::advance();
      })
      .wasInterrupted();
}

/// What is wrong with the numbers that an op divides by or steps by, or with
/// the dim whose size it takes.
static StringRef whyNotNumbers(Operation *op) {
  if (isa<arith::DivSIOp, arith::DivUIOp, arith::RemSIOp, arith::RemUIOp,
          arith::CeilDivSIOp, arith::CeilDivUIOp, arith::FloorDivSIOp,
          index::DivSOp, index::DivUOp, index::RemSOp, index::RemUOp,
          index::CeilDivSOp, index::CeilDivUOp, index::FloorDivSOp>(op)) {
    APInt divisor;
    if (!matchPattern(op->getOperand(1), m_ConstantInt(&divisor)) ||
        divisor.isZero() || divisor.isAllOnes())
      return "expected a constant divisor other than 0 and -1";
  }
  if (hasUnknownDivisor(op))
    return "expected floordiv, ceildiv and mod by constants >= 1 only";
  if (auto delinearize = dyn_cast<affine::AffineDelinearizeIndexOp>(op);
      delinearize && !llvm::all_of(delinearize.getStaticBasis(), [](int64_t n) {
        return n >= 1; // A dynamic size is negative.
      }))
    return "expected a basis of constants >= 1";
  if (auto loop = dyn_cast<LoopLikeOpInterface>(op))
    if (std::optional<SmallVector<OpFoldResult>> steps = loop.getLoopSteps();
        steps && !llvm::all_of(*steps, [](OpFoldResult step) {
          return getConstantIntValue(step).value_or(0) >= 1;
        }))
      return "expected a constant step >= 1";
  if (auto dim = dyn_cast<tensor::DimOp>(op)) {
    auto type = dyn_cast<RankedTensorType>(dim.getSource().getType());
    std::optional<int64_t> index = dim.getConstantIndex();
    if (!type || !index || *index < 0 || *index >= type.getRank())
      return "expected a constant dim of a ranked tensor";
  }
  return "";
}

/// What is wrong with an op; empty if it can be compiled safely.
static StringRef whyNot(Operation *op) {
  if (!op->getDialect() ||
      !isa<affine::AffineDialect, arith::ArithDialect, BuiltinDialect,
           func::FuncDialect, index::IndexDialect, linalg::LinalgDialect,
           math::MathDialect, NormDialect, scf::SCFDialect,
           tensor::TensorDialect, ub::UBDialect>(op->getDialect()))
    return "expected an op of affine, arith, func, index, linalg, math, norm, "
           "scf or tensor";
  if (!canBeBufferized(op))
    return "expected an op on tensors that can be bufferized: an elementwise "
           "one, or one with the BufferizableOpInterface";
  if (isa<ModuleOp>(op))
    return "expected no module inside a module";
  if (isa<tensor::GatherOp, tensor::ScatterOp, tensor::ReshapeOp>(op))
    return "expected no op whose accesses or sizes depend on the values of a "
           "tensor";
  if (auto slice = dyn_cast<tensor::ExtractSliceOp>(op);
      slice && !isInside(slice, slice.getSource()))
    return "expected a slice that is known to lie inside its source";
  if (auto slice = dyn_cast<tensor::InsertSliceOp>(op);
      slice && !isInside(slice, slice.getDest()))
    return "expected a slice that is known to lie inside its destination";
  if (auto slice = dyn_cast<tensor::ParallelInsertSliceOp>(op);
      slice && !isInside(slice, slice.getDest()))
    return "expected a slice that is known to lie inside its destination";
  if (auto extract = dyn_cast<tensor::ExtractOp>(op);
      extract && !isInside(extract.getIndices(), extract.getTensor()))
    return "expected constant indices inside the tensor";
  if (auto insert = dyn_cast<tensor::InsertOp>(op);
      insert && !isInside(insert.getIndices(), insert.getDest()))
    return "expected constant indices inside the tensor";
  if (StringRef reason = whyNotNumbers(op); !reason.empty())
    return reason;
  if (isa<func::CallOp, func::CallIndirectOp, func::ConstantOp>(op))
    return "expected only calls that can be inlined: of a function with a body "
           "of one block, which does not call itself";
  return "";
}

/// The functions that are made of the public function `name`, see
/// norm-make-shape-functions and norm-make-entry-points.
static SmallVector<std::string> getGeneratedNames(StringRef name) {
  return {("_mlir_ciface_" + name).str(), ("norm_shape_" + name).str(),
          (name + ".shape").str(), (name + ".unit_stride").str(),
          (name + ".strided").str(), (name + kContiguousSuffix).str(),
          // For GPUs.
          ("_mlir_ciface_" + name + "_cuda").str(),
          ("norm_workspace_" + name).str(), ("norm_load_" + name).str(),
          ("norm_unload_" + name).str(), (name + ".unaligned").str()};
}

/// Fails with a diagnostic if a function has the name of one that is generated
/// for another function.
static LogicalResult checkNames(ModuleOp module) {
  SymbolTable symbols(module);
  for (auto function : module.getOps<func::FuncOp>()) {
    if (!function.isPublic() || function.isExternal())
      continue;
    for (StringRef name : getGeneratedNames(function.getSymName()))
      if (auto other = symbols.lookup<func::FuncOp>(name))
        return other.emitOpError("cannot be compiled: expected another name, '")
               << name << "' is that of a function that is generated for '"
               << function.getSymName() << "'";
  }
  return success();
}

namespace {
struct CheckSourcePass : norm::impl::CheckSourceBase<CheckSourcePass> {
  void runOnOperation() override {
    WalkResult result = getOperation()->walk<WalkOrder::PreOrder>(
        [&](Operation *op) -> WalkResult {
          if (op == getOperation())
            return WalkResult::advance();
          StringRef reason = whyNot(op);
          if (auto function = dyn_cast<func::FuncOp>(op);
              function && function.getSymName().contains('\0'))
            reason = "expected a name without zero bytes";
          if (reason.empty())
            return WalkResult::advance();
          op->emitOpError("cannot be compiled: ") << reason;
          return WalkResult::interrupt();
        });
    if (result.wasInterrupted() || failed(checkNames(getOperation())))
      return signalPassFailure();
    markAllAnalysesPreserved();
  }
};
} // namespace
