//===- LowerLaunches.cpp - Launches by the runtime ------------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "EntryPoints.h"

#include "norm/Runtime/norm_cuda.h"
#include "norm/Transforms/Passes.h"

#include "mlir/Conversion/LLVMCommon/MemRefBuilder.h"
#include "mlir/Conversion/LLVMCommon/TypeConverter.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/LLVMIR/FunctionCallUtils.h"

namespace norm {
#define GEN_PASS_DEF_LOWERLAUNCHES
#include "norm/Transforms/Passes.h.inc"
} // namespace norm

using namespace mlir;
using namespace norm;

namespace {

/// A kernel and what its launches need.
struct KernelEntry {
  std::string name;
  int64_t dynamicSharedBytes = 0;
};

/// Replaces the launches of one function.
class LaunchLowering {
public:
  explicit LaunchLowering(func::FuncOp function)
      : function(function), builder(function), loc(function.getLoc()),
        converter(function.getContext()),
        pointer(LLVM::LLVMPointerType::get(function.getContext())) {}

  /// `kernel` is the number of the kernel, `launchFunction` of the runtime.
  void lower(gpu::LaunchFuncOp launch, int64_t kernel,
             LLVM::LLVMFuncOp launchFunction) {
    builder.setInsertionPoint(launch);
    loc = launch.getLoc();
    SmallVector<Value> parameters;
    for (Value operand : launch.getKernelOperands())
      appendFields(operand, parameters);
    Value array = allocate(pointer, parameters.size());
    for (auto [i, parameter] : llvm::enumerate(parameters)) {
      Value place = allocate(parameter.getType(), 1);
      LLVM::StoreOp::create(builder, loc, parameter, place);
      LLVM::StoreOp::create(builder, loc, place, elementOf(array, pointer, i));
    }
    LLVM::CallOp::create(builder, loc, launchFunction,
                         ValueRange{function.getArguments().back(),
                                    constant(builder.getI32Type(), kernel),
                                    makeShape(launch), array});
    launch.erase();
  }

private:
  /// A norm_cuda_launch_shape.
  Value makeShape(gpu::LaunchFuncOp launch) {
    Type i64 = builder.getI64Type();
    SmallVector<Value> words;
    auto add = [&](gpu::KernelDim3 dims) {
      for (Value size : {dims.x, dims.y, dims.z})
        words.push_back(toI64(size));
    };
    add(launch.getGridSizeOperandValues());
    add(launch.getBlockSizeOperandValues());
    if (launch.hasClusterSize())
      add(launch.getClusterSizeOperandValues());
    else
      words.append(3, constant(i64, 1));
    words.push_back(launch.getDynamicSharedMemorySize()
                        ? toI64(launch.getDynamicSharedMemorySize())
                        : constant(i64, 0));
    Value shape = allocate(i64, words.size());
    for (auto [i, word] : llvm::enumerate(words))
      LLVM::StoreOp::create(builder, loc, word, elementOf(shape, i64, i));
    return shape;
  }

  /// What a kernel takes for `operand`.
  void appendFields(Value operand, SmallVectorImpl<Value> &fields) {
    Type type = converter.convertType(operand.getType());
    Value value = operand;
    if (type != operand.getType())
      value = UnrealizedConversionCastOp::create(builder, loc, type, operand)
                  .getResult(0);
    if (auto memref = dyn_cast<MemRefType>(operand.getType()))
      MemRefDescriptor::unpack(builder, loc, value, memref, fields);
    else
      fields.push_back(value);
  }

  Value allocate(Type type, int64_t count) {
    return LLVM::AllocaOp::create(
        builder, loc, pointer, type,
        constant(builder.getI32Type(), std::max<int64_t>(count, 1)));
  }
  Value elementOf(Value array, Type type, int64_t i) {
    return LLVM::GEPOp::create(builder, loc, pointer, type, array,
                               ArrayRef<LLVM::GEPArg>{static_cast<int32_t>(i)});
  }
  Value constant(Type type, int64_t value) {
    return LLVM::ConstantOp::create(builder, loc, type, value);
  }
  Value toI64(Value value) {
    if (value.getType().isIndex())
      return arith::IndexCastOp::create(builder, loc, builder.getI64Type(),
                                        value);
    return value.getType().isInteger(64)
               ? value
               : arith::ExtUIOp::create(builder, loc, builder.getI64Type(),
                                        value);
  }

  func::FuncOp function;
  OpBuilder builder;
  Location loc;
  LLVMTypeConverter converter;
  LLVM::LLVMPointerType pointer;
};

struct LowerLaunchesPass : norm::impl::LowerLaunchesBase<LowerLaunchesPass> {
  using LowerLaunchesBase::LowerLaunchesBase;

  void runOnOperation() override {
    ModuleOp module = getOperation();
    SmallVector<KernelEntry> kernels;
    llvm::StringMap<int64_t> numbers;
    for (auto gpuModule : module.getOps<gpu::GPUModuleOp>())
      for (auto kernel : gpuModule.getOps<FunctionOpInterface>())
        if (kernel->hasAttr(gpu::GPUDialect::getKernelFuncAttrName())) {
          numbers[kernel.getName()] = kernels.size();
          kernels.push_back({kernel.getName().str()});
        }
    SmallVector<func::FuncOp> functions(module.getOps<func::FuncOp>());
    for (func::FuncOp function : functions)
      if (failed(lower(function, kernels, numbers)))
        return signalPassFailure();
    if (auto global = module.lookupSymbol<LLVM::GlobalOp>(kCUDAModule))
      fill(global, kernels);
  }

  LogicalResult lower(func::FuncOp function, MutableArrayRef<KernelEntry> table,
                      const llvm::StringMap<int64_t> &numbers) {
    MLIRContext *context = &getContext();
    Type pointer = LLVM::LLVMPointerType::get(context);
    Type i32 = IntegerType::get(context, 32);
    SmallVector<gpu::LaunchFuncOp> launches;
    function.walk(
        [&](gpu::LaunchFuncOp launch) { launches.push_back(launch); });
    if (launches.empty())
      return success();
    if (function.getNumArguments() == 0 ||
        function.getArgumentTypes().back() != pointer ||
        function.getResultTypes() != ArrayRef<Type>(i32))
      return function.emitOpError(
          "cannot launch kernels: expected a norm_cuda_call as its last "
          "argument and an error code as its only result");
    OpBuilder builder(context);
    auto getLaunchFunction = [&](bool dependent) {
      return LLVM::lookupOrCreateFn(
          builder, getOperation(),
          dependent ? "norm_cuda_launch_dependent" : "norm_cuda_launch",
          {pointer, i32, pointer, pointer}, LLVM::LLVMVoidType::get(context));
    };
    auto statusFunction = LLVM::lookupOrCreateFn(
        builder, getOperation(), "norm_cuda_status", {pointer}, i32);
    if (failed(statusFunction))
      return failure();
    LaunchLowering lowering(function);
    for (gpu::LaunchFuncOp launch : launches) {
      int64_t number = numbers.lookup(launch.getKernelName());
      IntegerAttr bytes;
      if (Value dynamic = launch.getDynamicSharedMemorySize())
        if (matchPattern(dynamic, m_Constant(&bytes)))
          table[number].dynamicSharedBytes =
              std::max(table[number].dynamicSharedBytes, bytes.getInt());
      auto launchFunction = getLaunchFunction(launch->hasAttr(kDependent));
      if (failed(launchFunction))
        return failure();
      lowering.lower(launch, number, *launchFunction);
    }
    Operation *terminator = function.getBody().back().getTerminator();
    builder.setInsertionPoint(terminator);
    Value status =
        LLVM::CallOp::create(builder, terminator->getLoc(), *statusFunction,
                             function.getArguments().back())
            .getResult();
    terminator->setOperand(0, status);
    return success();
  }

  /// Makes the declaration `global` a norm_cuda_module.
  void fill(LLVM::GlobalOp global, ArrayRef<KernelEntry> kernels) {
    OpBuilder builder(global);
    Location loc = global.getLoc();
    Type i32 = builder.getI32Type(), i64 = builder.getI64Type();
    Type pointer = LLVM::LLVMPointerType::get(&getContext());
    auto declare = [&](Type type, const Twine &name, Attribute value,
                       LLVM::Linkage linkage) {
      return LLVM::GlobalOp::create(builder, loc, type, /*isConstant=*/true,
                                    linkage, name.str(), value);
    };
    auto text = [&](const Twine &name, std::string value) {
      value.push_back('\0');
      return declare(
          LLVM::LLVMArrayType::get(builder.getI8Type(), value.size()),
          kCUDAModule + "." + name, builder.getStringAttr(value),
          LLVM::Linkage::Internal);
    };
    SmallVector<LLVM::GlobalOp> names;
    for (auto [i, kernel] : llvm::enumerate(kernels))
      names.push_back(text("kernel" + Twine(i), kernel.name));
    LLVM::GlobalOp targetText = text("target", target);
    auto entryType =
        LLVM::LLVMStructType::getLiteral(&getContext(), {pointer, i64});
    LLVM::GlobalOp table =
        declare(LLVM::LLVMArrayType::get(entryType, kernels.size()),
                kCUDAModule + ".kernels", Attribute(), LLVM::Linkage::Internal);
    LLVM::GlobalOp image = declare(builder.getI8Type(), kCUDAImage, Attribute(),
                                   LLVM::Linkage::External);

    auto insert = [&](Value into, Value value, ArrayRef<int64_t> position) {
      return LLVM::InsertValueOp::create(builder, loc, into, value, position)
          .getResult();
    };
    auto constant = [&](Type type, int64_t value) {
      return LLVM::ConstantOp::create(builder, loc, type, value).getResult();
    };
    auto addressOf = [&](LLVM::GlobalOp of) {
      return LLVM::AddressOfOp::create(builder, loc, of).getResult();
    };
    builder.createBlock(&table.getInitializerRegion());
    Value entries = LLVM::UndefOp::create(builder, loc, table.getType());
    for (auto [i, kernel] : llvm::enumerate(kernels)) {
      int64_t at = i;
      entries = insert(entries, addressOf(names[i]), {at, 0});
      entries =
          insert(entries, constant(i64, kernel.dynamicSharedBytes), {at, 1});
    }
    LLVM::ReturnOp::create(builder, loc, entries);

    global.setLinkage(LLVM::Linkage::Internal);
    builder.createBlock(&global.getInitializerRegion());
    Value fields = LLVM::UndefOp::create(builder, loc, global.getType());
    fields = insert(fields, constant(i32, NORM_RUNTIME_VERSION), {0});
    fields = insert(fields, constant(i32, kernels.size()), {1});
    fields = insert(fields, addressOf(table), {2});
    fields = insert(fields, addressOf(image), {3});
    fields = insert(fields, addressOf(targetText), {4});
    fields = insert(fields, LLVM::ZeroOp::create(builder, loc, pointer), {5});
    LLVM::ReturnOp::create(builder, loc, fields);
  }
};

} // namespace
