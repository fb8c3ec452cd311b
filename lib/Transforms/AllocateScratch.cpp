//===- AllocateScratch.cpp - Buffers of a kernel in scratch memory --------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "EntryPoints.h"

#include "norm/Runtime/norm_cuda.h"
#include "norm/Transforms/Passes.h"

#include "mlir/Analysis/SliceAnalysis.h"
#include "mlir/Analysis/TopologicalSortUtils.h"
#include "mlir/Conversion/LLVMCommon/MemRefBuilder.h"
#include "mlir/Conversion/LLVMCommon/TypeConverter.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/ControlFlow/IR/ControlFlowOps.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/FunctionCallUtils.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/IR/Dominance.h"
#include "mlir/Interfaces/DataLayoutInterfaces.h"
#include "mlir/Interfaces/LoopLikeInterface.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "mlir/Interfaces/ValueBoundsOpInterface.h"
#include "mlir/Transforms/LoopInvariantCodeMotionUtils.h"

namespace norm {
#define GEN_PASS_DEF_ALLOCATESCRATCH
#include "norm/Transforms/Passes.h.inc"
} // namespace norm

using namespace mlir;

namespace {

/// Gives the buffers of one kernel their places, before its op `first`.
class ScratchAllocator {
public:
  ScratchAllocator(func::FuncOp kernel, Operation *first, bool gpu)
      : kernel(kernel), first(first),
        alignment(gpu ? kGPUAlignment : kAlignment),
        cudaCall(gpu ? kernel.getArguments().back() : Value()), builder(first),
        loc(first->getLoc()), i32(builder.getI32Type()),
        i64(builder.getI64Type()),
        pointer(LLVM::LLVMPointerType::get(kernel.getContext())) {}

  LogicalResult run(MutableArrayRef<memref::AllocOp> allocs) {
    SmallVector<Value> offsets;
    Value total = constant(0);
    for (memref::AllocOp alloc : allocs) {
      offsets.push_back(total);
      FailureOr<Value> bytes = bytesOf(alloc);
      if (failed(bytes))
        return failure();
      total = add(total, *bytes);
    }
    FailureOr<Value> scratch =
        cudaCall ? call("norm_cuda_workspace", {cudaCall, total}, pointer)
                 : call("norm_scratch_acquire", {total, constant(alignment)},
                        pointer);
    if (failed(scratch) || failed(returnIfNull(*scratch, total)))
      return failure();
    Value bytes = asMemRef(*scratch, total);
    for (auto [alloc, offset] : llvm::zip_equal(allocs, offsets)) {
      for (Operation *user : llvm::make_early_inc_range(alloc->getUsers()))
        if (isa<memref::DeallocOp>(user))
          user->erase();
      Value place = arith::IndexCastOp::create(builder, loc,
                                               builder.getIndexType(), offset);
      // Sizes that are not known before the loop are known where it stands.
      OpBuilder here(alloc);
      Value view = memref::ViewOp::create(
          areKnown(alloc.getDynamicSizes()) ? builder : here, alloc.getLoc(),
          alloc.getType(), bytes, place, alloc.getDynamicSizes());
      alloc.replaceAllUsesWith(view);
    }
    for (memref::AllocOp alloc : allocs)
      alloc.erase();
    if (cudaCall)
      return success();
    builder.setInsertionPoint(kernel.getBody().back().getTerminator());
    return call("norm_scratch_release", *scratch,
                LLVM::LLVMVoidType::get(kernel.getContext()));
  }

private:
  /// A cache line, and a vector of 512 bits.
  static constexpr int64_t kAlignment = 64;
  /// That of device memory.
  static constexpr int64_t kGPUAlignment = NORM_CUDA_WORKSPACE_ALIGNMENT;

  /// The bytes of a buffer as a multiple of the alignment. Where the loop
  /// around it makes a size, such as that of a chunk of elements, as many as it
  /// can have at most.
  FailureOr<Value> bytesOf(memref::AllocOp alloc) {
    MemRefType type = alloc.getType();
    Value bytes = constant(DataLayout::closest(alloc)
                               .getTypeSize(type.getElementType())
                               .getFixedValue());
    for (int64_t size : type.getShape())
      if (!ShapedType::isDynamic(size))
        bytes = multiply(bytes, constant(size));
    for (Value size : alloc.getDynamicSizes()) {
      if (succeeded(computeBefore(size))) {
        bytes = multiply(bytes,
                         arith::IndexCastOp::create(builder, loc, i64, size));
        continue;
      }
      FailureOr<int64_t> most = ValueBoundsConstraintSet::computeConstantBound(
          presburger::BoundType::UB, size, /*stopCondition=*/nullptr,
          /*closedUB=*/true);
      if (failed(most))
        return alloc.emitOpError("cannot be compiled: expected a tensor whose "
                                 "sizes are known before the loop around it");
      bytes = multiply(bytes, constant(*most));
    }
    return arith::AndIOp::create(builder, loc,
                                 add(bytes, constant(alignment - 1)),
                                 constant(-alignment))
        .getResult();
  }

  /// Whether `sizes` are computed before the first buffer.
  bool areKnown(ValueRange sizes) {
    DominanceInfo dominance(kernel);
    return llvm::all_of(sizes, [&](Value size) {
      return dominance.properlyDominates(size, first);
    });
  }

  /// Moves what computes `value` before the first buffer. Upstream's
  /// moveValueDefinitions refuses divisions, which cannot trap there either:
  /// all of the block is run.
  LogicalResult computeBefore(Value value) {
    DominanceInfo dominance(kernel);
    BackwardSliceOptions options;
    options.inclusive = true;
    options.omitUsesFromAbove = false;
    options.filter = [&](Operation *op) {
      return !dominance.properlyDominates(op, first);
    };
    SetVector<Operation *> slice;
    if (failed(getBackwardSlice(value, &slice, options)))
      return failure();
    if (llvm::any_of(slice, [&](Operation *op) {
          return op->getBlock() != first->getBlock() || !isMemoryEffectFree(op);
        }))
      return failure();
    for (Operation *op : topologicalSort(slice))
      op->moveBefore(first);
    return success();
  }

  // Sizes are unsigned. One that is too large for 64 bits becomes the largest,
  // which no allocator grants.

  Value multiply(Value a, Value b) {
    auto product = arith::MulUIExtendedOp::create(builder, loc, a, b);
    Value overflow = arith::CmpIOp::create(
        builder, loc, arith::CmpIPredicate::ne, product.getHigh(), constant(0));
    return arith::SelectOp::create(builder, loc, overflow, constant(-1),
                                   product.getLow());
  }
  Value add(Value a, Value b) {
    auto sum = arith::AddUIExtendedOp::create(builder, loc, a, b);
    return arith::SelectOp::create(builder, loc, sum.getOverflow(),
                                   constant(-1), sum.getSum());
  }
  Value constant(int64_t value) {
    return arith::ConstantOp::create(builder, loc,
                                     builder.getI64IntegerAttr(value));
  }

  /// Calls a function of the runtime.
  FailureOr<Value> call(StringRef name, ValueRange operands, Type result) {
    FailureOr<LLVM::LLVMFuncOp> function = LLVM::lookupOrCreateFn(
        builder, kernel->getParentOfType<ModuleOp>(), name,
        llvm::to_vector(operands.getTypes()), result);
    if (failed(function))
      return failure();
    auto call = LLVM::CallOp::create(builder, loc, *function, operands);
    return call.getNumResults() ? call.getResult() : Value();
  }

  /// Leaves the kernel with an error if there is no memory, else goes on.
  LogicalResult returnIfNull(Value scratch, Value bytes) {
    Value null = LLVM::ZeroOp::create(builder, loc, pointer);
    Value isNull = LLVM::ICmpOp::create(builder, loc, LLVM::ICmpPredicate::eq,
                                        scratch, null);
    Block *block = first->getBlock();
    Block *next = block->splitBlock(first);
    Block *failed = builder.createBlock(next);
    FailureOr<Value> reported = cudaCall
                                    ? call("norm_cuda_status", cudaCall, i32)
                                    : reportOutOfMemory(bytes);
    if (mlir::failed(reported))
      return failure();
    func::ReturnOp::create(builder, loc, *reported);
    builder.setInsertionPointToEnd(block);
    cf::CondBranchOp::create(builder, loc, isNull, failed, next);
    builder.setInsertionPointToStart(next);
    return success();
  }

  /// The code of an error that says how many bytes there are not.
  FailureOr<Value> reportOutOfMemory(Value bytes) {
    StringRef name = kernel.getSymName();
    Value text = LLVM::createGlobalString(
        loc, builder, (name + ".out_of_memory").str(),
        (norm::functionOf(kernel) +
         ": expected {0} bytes of memory for copies of operands or for values "
         "between two loops, found none")
                .str() +
            '\0',
        LLVM::Linkage::Internal);
    Value code = arith::ConstantOp::create(
        builder, loc, builder.getI32IntegerAttr(norm_error_out_of_memory));
    Value one = LLVM::ConstantOp::create(builder, loc, i32, 1);
    Value values = LLVM::AllocaOp::create(builder, loc, pointer, i64, one);
    LLVM::StoreOp::create(builder, loc, bytes, values);
    return call("norm_report_error", {code, text, values, one}, i32);
  }

  Value asMemRef(Value scratch, Value bytes) {
    auto type = MemRefType::get(ShapedType::kDynamic, builder.getI8Type());
    LLVMTypeConverter converter(kernel.getContext());
    Value descriptor = MemRefDescriptor::pack(
        builder, loc, converter, type,
        {scratch, scratch, constant(0), bytes, constant(1)});
    return UnrealizedConversionCastOp::create(builder, loc, type, descriptor)
        .getResult(0);
  }

  func::FuncOp kernel;
  Operation *first;
  int64_t alignment;
  /// The `norm_cuda_call` of a kernel for a GPU; else null.
  Value cudaCall;
  OpBuilder builder;
  Location loc;
  Type i32, i64;
  LLVM::LLVMPointerType pointer;
};

/// True unless the op is known to read at most.
bool mayWrite(Operation *op) {
  std::optional<SmallVector<MemoryEffects::EffectInstance>> effects =
      getEffectsRecursively(op);
  return !effects || llvm::any_of(*effects, [](auto &effect) {
    return !isa<MemoryEffects::Read>(effect.getEffect());
  });
}

struct AllocateScratchPass
    : norm::impl::AllocateScratchBase<AllocateScratchPass> {
  using AllocateScratchBase::AllocateScratchBase;

  void runOnOperation() override {
    for (auto kernel : getOperation().getOps<func::FuncOp>())
      if (!kernel.isExternal() && failed(allocate(kernel)))
        return signalPassFailure();
  }

  LogicalResult allocate(func::FuncOp kernel) {
    SmallVector<memref::AllocOp> allocs;
    kernel.walk([&](memref::AllocOp alloc) { allocs.push_back(alloc); });
    if (allocs.empty())
      return success();
    if (kernel.getResultTypes() !=
            ArrayRef<Type>(IntegerType::get(&getContext(), 32)) ||
        !kernel.getBody().hasOneBlock())
      return kernel.emitOpError("cannot be given scratch memory: expected one "
                                "block that returns an error code");
    // Sizes are computed before the loops.
    kernel.walk([](LoopLikeOpInterface loop) { moveLoopInvariantCode(loop); });
    // Before anything is written.
    Operation *first = &*llvm::find_if(
        kernel.getBody().front(), [](Operation &op) { return mayWrite(&op); });
    return ScratchAllocator(kernel, first, gpu).run(allocs);
  }
};

} // namespace
