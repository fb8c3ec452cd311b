//===- MapToGPU.cpp - Row loops as kernels --------------------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "EntryPoints.h"
#include "GPUStrategy.h"
#include "RowOps.h"

#include "norm/IR/NormOps.h"
#include "norm/Transforms/Passes.h"

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/MemRef/Utils/MemRefUtils.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "mlir/Interfaces/VectorInterfaces.h"
#include "mlir/Transforms/RegionUtils.h"

#include "llvm/ADT/StringExtras.h"

namespace norm {
#define GEN_PASS_DEF_MAPTOGPU
#include "norm/Transforms/Passes.h.inc"
} // namespace norm

using namespace mlir;
using namespace norm;

namespace {

/// Makes a launch of one row loop.
class LoopMapper {
public:
  LoopMapper(scf::ForallOp loop, GPUStrategyAttr gpu)
      : loop(loop), gpu(gpu), builder(loop), loc(loop.getLoc()) {}

  void map(StringAttr module, StringAttr name) {
    SmallVector<Value> bounds;
    for (OpFoldResult bound : loop.getMixedUpperBound())
      bounds.push_back(getValueOrCreateConstantIndexOp(builder, loc, bound));
    Value rows = bounds[0];
    for (Value bound : ArrayRef(bounds).drop_front())
      rows = arith::MulIOp::create(builder, loc, rows, bound);
    // The runtime launches no empty grid.
    Value one = index(1);
    auto clusterAttr = loop->getAttrOfType<IntegerAttr>(kClusterAttr);
    int64_t ofCluster = clusterAttr ? clusterAttr.getInt() : 1;
    Value cluster = clusterAttr ? index(ofCluster) : Value();
    Value oneCluster = clusterAttr ? one : Value();
    Value blocks = arith::MinUIOp::create(
        builder, loc,
        arith::CeilDivUIOp::create(builder, loc, rows,
                                   index(gpu.getBlockRows())),
        index(maxBlocks / ofCluster * ofCluster));
    Value threads = index(gpu.getRowThreads() * gpu.getBlockRows());
    auto launch = gpu::LaunchOp::create(
        builder, loc, blocks, one, one, threads, one, one,
        /*dynamicSharedMemorySize=*/Value(), /*asyncTokenType=*/Type(),
        /*asyncDependencies=*/ValueRange(),
        /*workgroupAttributions=*/TypeRange(),
        /*privateAttributions=*/TypeRange(), cluster, oneCluster, oneCluster,
        FlatSymbolRefAttr::get(module), FlatSymbolRefAttr::get(name));
    // Upstream's builder makes none for the numbers and sizes of clusters.
    for (unsigned i = 0, end = clusterAttr ? 6 : 0; i < end; ++i)
      launch.getBody().addArgument(builder.getIndexType(), loc);
    builder.setInsertionPointToEnd(&launch.getBody().front());
    fill(launch, rows, bounds);
    gpu::TerminatorOp::create(builder, loc);
    makeConstantsInside(launch);
    loop.erase();
  }

private:
  /// The largest x dim of a grid.
  static constexpr int64_t maxBlocks = (int64_t(1) << 31) - 1;

  /// Each block takes `block_rows` rows, then those as many further on as the
  /// grid has.
  void fill(gpu::LaunchOp launch, Value rows, ValueRange bounds) {
    Value blockRows = index(gpu.getBlockRows());
    Value row =
        arith::MulIOp::create(builder, loc, launch.getBlockIds().x, blockRows);
    if (gpu.getBlockRows() > 1)
      row = arith::AddIOp::create(
          builder, loc, row,
          arith::DivUIOp::create(builder, loc, launch.getThreadIds().x,
                                 index(gpu.getRowThreads())));
    Value step =
        arith::MulIOp::create(builder, loc, launch.getGridSize().x, blockRows);
    scf::ForOp::create(
        builder, loc, row, rows, step, ValueRange(),
        [&](OpBuilder &, Location, Value current, ValueRange) {
          IRMapping map;
          if (bounds.size() == 1) {
            map.map(loop.getInductionVar(0), current);
          } else {
            auto coordinates = affine::AffineDelinearizeIndexOp::create(
                builder, loc, current, bounds);
            map.map(loop.getInductionVars(), coordinates.getResults());
          }
          for (Operation &op : loop.getBody()->without_terminator())
            builder.clone(op, map);
          scf::YieldOp::create(builder, loc);
        });
  }

  /// A vector is no kernel argument, and a constant tensor of the host no
  /// memory of the device: a mask or constant from outside is made again.
  void makeConstantsInside(gpu::LaunchOp launch) {
    builder.setInsertionPointToStart(&launch.getBody().front());
    llvm::SetVector<Value> used;
    getUsedValuesDefinedAbove(launch.getBody(), used);
    IRMapping map;
    for (Value value : used)
      if (isa<VectorType>(value.getType()) || isConstantTensor(value)) {
        makeInside(value, map);
        replaceAllUsesInRegionWith(value, map.lookup(value), launch.getBody());
      }
  }

  static bool isConstantTensor(Value value) {
    auto memref = dyn_cast<MemrefValue>(value);
    return memref &&
           memref::skipViewLikeOps(memref).getDefiningOp<memref::GetGlobalOp>();
  }

  /// Clones what makes `value`, a vector or a view of a constant tensor.
  void makeInside(Value value, IRMapping &map) {
    if (map.contains(value))
      return;
    Operation *definition = value.getDefiningOp();
    for (Value operand : definition->getOperands())
      if (isConstantTensor(operand))
        makeInside(operand, map);
    builder.clone(*definition, map);
  }

  Value index(int64_t value) {
    return arith::ConstantIndexOp::create(builder, loc, value);
  }

  scf::ForallOp loop;
  GPUStrategyAttr gpu;
  OpBuilder builder;
  Location loc;
};

/// What a function does on memory outside of its row loops, as row loops of one
/// iteration.
class RunWrapper {
public:
  explicit RunWrapper(func::FuncOp function) : function(function) {}

  LogicalResult wrap() {
    allocateFirst();
    for (auto copy : llvm::make_early_inc_range(
             function.getBody().front().getOps<memref::CopyOp>()))
      copyElements(copy);
    for (Operation *op : llvm::map_to_vector(
             function.getBody().front(), [](Operation &op) { return &op; })) {
      if (isa<memref::AllocOp>(op))
        continue;
      if (isa<scf::ForallOp, LoopScheduleOp>(op) ||
          op->hasTrait<OpTrait::IsTerminator>())
        loop = {};
      else if (needsDevice(op) && failed(move(op)))
        return failure();
    }
    for (scf::ForallOp kernel : moved)
      if (failed(passOn(kernel)))
        return failure();
    return success();
  }

private:
  /// Puts all allocations in front of what uses memory: a buffer between two
  /// ops does not keep them apart.
  void allocateFirst() {
    Block &body = function.getBody().front();
    auto first = llvm::find_if(body, [](Operation &op) {
      return !isMemoryEffectFree(&op) && !isa<memref::AllocOp>(op);
    });
    for (Operation *op :
         llvm::map_to_vector(body, [](Operation &op) { return &op; }))
      if (isa<memref::AllocOp>(op) && first->isBeforeInBlock(op)) {
        computeBefore(op, &*first);
        op->moveBefore(&*first);
      }
  }

  /// A copy between any strides: each thread takes an element.
  static void copyElements(memref::CopyOp copy) {
    OpBuilder builder(copy);
    Location loc = copy.getLoc();
    auto type = cast<MemRefType>(copy.getSource().getType());
    SmallVector<OpFoldResult> bounds =
        memref::getMixedSizes(builder, loc, copy.getSource());
    if (bounds.empty())
      bounds.push_back(builder.getIndexAttr(1));
    auto loop = scf::ForallOp::create(builder, loc, bounds, ValueRange(),
                                      /*mapping=*/std::nullopt);
    builder.setInsertionPointToStart(loop.getBody());
    createSchedule(builder, loc, getElementGPUStrategy(builder.getContext()));
    ValueRange indices =
        ValueRange(loop.getInductionVars()).take_front(type.getRank());
    Value element =
        memref::LoadOp::create(builder, loc, copy.getSource(), indices);
    memref::StoreOp::create(builder, loc, element, copy.getTarget(), indices);
    copy.erase();
  }

  static void createSchedule(OpBuilder &builder, Location loc,
                             GPUStrategyAttr gpu) {
    auto strategy =
        StrategyAttr::get(builder.getContext(), /*vector_bits=*/128,
                          std::nullopt, /*stream_columns=*/512, std::nullopt,
                          /*grain_bytes=*/1, RowSplitAttr(), gpu);
    Value zero = arith::ConstantIndexOp::create(builder, loc, 0);
    LoopScheduleOp::create(builder, loc, strategy, zero);
  }

  bool needsDevice(Operation *op) {
    return !isMemoryEffectFree(op) ||
           llvm::any_of(op->getOperands(), [&](Value operand) {
             Operation *definition = operand.getDefiningOp();
             return definition &&
                    llvm::is_contained(moved, definition->getParentOp());
           });
  }

  LogicalResult move(Operation *op) {
    auto holdsRowLoop = [](scf::ForallOp) { return WalkResult::interrupt(); };
    if (op->walk(holdsRowLoop).wasInterrupted())
      return op->emitOpError("cannot be mapped to a GPU: expected ops on "
                             "tensors outside of loops and branches");
    if (!loop) {
      GPUStrategyAttr gpu = gpuStrategyOf(op);
      if (!gpu)
        return op->emitOpError("cannot be mapped to a GPU: expected a GPU "
                               "strategy in front of it or on its function");
      OpBuilder builder(op);
      loop =
          scf::ForallOp::create(builder, op->getLoc(),
                                ArrayRef<OpFoldResult>(builder.getIndexAttr(1)),
                                ValueRange(), /*mapping=*/std::nullopt);
      builder.setInsertionPointToStart(loop.getBody());
      createSchedule(builder, op->getLoc(), gpu);
      moved.push_back(loop);
    }
    computeBefore(op, loop);
    op->moveBefore(loop.getBody()->getTerminator());
    return success();
  }

  /// Moves what `op` needs, and what stands behind `first`, in front of it.
  /// Sizes are free of effects; upstream's moveValueDefinitions refuses
  /// divisions.
  static void computeBefore(Operation *op, Operation *first) {
    op->walk([&](Operation *inner) {
      for (Value operand : inner->getOperands()) {
        Operation *definition = operand.getDefiningOp();
        if (!definition || definition->getBlock() != first->getBlock() ||
            !first->isBeforeInBlock(definition))
          continue;
        computeBefore(definition, first);
        definition->moveBefore(first);
      }
    });
  }

  /// Puts the numbers of `kernel` that others take into memory: a launch
  /// returns nothing.
  LogicalResult passOn(scf::ForallOp kernel) {
    for (Operation *op :
         llvm::map_to_vector(kernel.getBody()->without_terminator(),
                             [](Operation &inner) { return &inner; }))
      for (Value result : op->getResults()) {
        llvm::MapVector<Operation *, SmallVector<OpOperand *>> uses;
        for (OpOperand &use : result.getUses()) {
          Operation *user =
              function.getBody().front().findAncestorOpInBlock(*use.getOwner());
          if (user == kernel)
            continue;
          // The bounds of a loop are those of a grid.
          if (!isa<scf::ForallOp>(user) || user == use.getOwner() ||
              !result.getType().isIntOrIndexOrFloat())
            return op->emitOpError("cannot be mapped to a GPU: the host takes "
                                   "its result, which a kernel computes; "
                                   "expected this to be used by kernels, as a "
                                   "number");
          uses[user].push_back(&use);
        }
        if (!uses.empty())
          passOn(result, uses.getArrayRef());
      }
    return success();
  }

  void passOn(Value number,
              ArrayRef<std::pair<Operation *, SmallVector<OpOperand *>>>
                  usesOfKernels) {
    Location loc = number.getLoc();
    auto builder = OpBuilder::atBlockBegin(&function.getBody().front());
    Value memory = memref::AllocOp::create(
        builder, loc, MemRefType::get({}, number.getType()));
    builder.setInsertionPointAfter(number.getDefiningOp());
    memref::StoreOp::create(builder, loc, number, memory);
    for (const auto &[user, uses] : usesOfKernels) {
      builder.setInsertionPointToStart(cast<scf::ForallOp>(user).getBody());
      Value read = memref::LoadOp::create(builder, loc, memory);
      for (OpOperand *use : uses)
        use->set(read);
    }
  }

  func::FuncOp function;
  /// Of the ops that stand together; null between them.
  scf::ForallOp loop;
  /// All such loops.
  SmallVector<scf::ForallOp> moved;
};

bool isMultipleOf(Value value, int64_t factor) {
  if (std::optional<int64_t> known = getConstantIntValue(value))
    return *known % factor == 0;
  auto apply = value.getDefiningOp<affine::AffineApplyOp>();
  return apply && apply.getAffineMap().getResult(0).isMultipleOf(factor);
}

/// True if all rows of a buffer start at multiples of 16 bytes.
bool hasAlignedRows(memref::AllocOp alloc) {
  MemRefType type = alloc.getType();
  if (type.getRank() < 2)
    return true;
  int64_t factor =
      llvm::divideCeil(rowAlignment * 8, type.getElementTypeBitWidth());
  return type.isDynamicDim(type.getRank() - 1)
             ? isMultipleOf(alloc.getDynamicSizes().back(), factor)
             : type.getShape().back() % factor == 0;
}

/// Marks the accesses to rows that start at multiples of 16 bytes: those of
/// arguments, if the entry has checked it, and those of buffers by their sizes.
void markAlignedAccesses(func::FuncOp function) {
  bool argumentsAreAligned = !function->hasAttr(kUnalignedAttr);
  function.walk([&](VectorTransferOpInterface access) {
    Value root = memref::skipViewLikeOps(cast<MemrefValue>(access.getBase()));
    auto alloc = root.getDefiningOp<memref::AllocOp>();
    bool isArgument = llvm::is_contained(function.getArguments(), root);
    if (alloc ? hasAlignedRows(alloc) : isArgument && argumentsAreAligned)
      access->setAttr(kAlignedAttr, UnitAttr::get(access->getContext()));
  });
}

/// `name` of the characters that PTX has in names. Outlining makes kernels of
/// the same name distinct.
std::string toPTXName(StringRef name) {
  std::string spelling = llvm::isDigit(name.front()) ? "_" : "";
  for (char c : name)
    spelling += llvm::isAlnum(c) || c == '$' ? c : '_';
  return spelling;
}

struct MapToGPUPass : norm::impl::MapToGPUBase<MapToGPUPass> {
  /// Kernels take memrefs; the entries that call them work on the host.
  static bool returnsCode(func::FuncOp function) {
    return function.isPrivate() &&
           function.getResultTypes() ==
               ArrayRef<Type>(IntegerType::get(function.getContext(), 32));
  }

  void runOnOperation() override {
    StringAttr module = StringAttr::get(&getContext(), "norm.kernels");
    SmallVector<func::FuncOp> functions(getOperation().getOps<func::FuncOp>());
    for (func::FuncOp function : functions) {
      if (function.isExternal())
        continue;
      if (!returnsCode(function))
        continue;
      if (failed(RunWrapper(function).wrap()))
        return signalPassFailure();
      markAlignedAccesses(function);
      for (auto schedule : llvm::make_early_inc_range(
               function.getBody().front().getOps<LoopScheduleOp>()))
        schedule.erase();
      std::string prefix = toPTXName(function.getSymName());
      unsigned number = 0;
      for (auto loop : llvm::make_early_inc_range(
               function.getBody().front().getOps<scf::ForallOp>())) {
        auto schedules = loop.getBody()->getOps<LoopScheduleOp>();
        GPUStrategyAttr gpu = schedules.empty()
                                  ? GPUStrategyAttr()
                                  : (*schedules.begin()).getStrategy().getGpu();
        if (!gpu || loop.getNumResults() != 0 || !loop.isNormalized()) {
          loop.emitOpError("cannot be mapped to a GPU: expected a row loop on "
                           "memrefs whose schedule has a GPU strategy");
          return signalPassFailure();
        }
        LoopMapper(loop, gpu).map(
            module,
            StringAttr::get(&getContext(), prefix + "_" + Twine(number++)));
      }
    }
  }
};

} // namespace
