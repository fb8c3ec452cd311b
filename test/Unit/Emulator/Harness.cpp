//===- Harness.cpp - Kernels on the emulator in tests ---------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Harness.h"

#include "mlir/Conversion/ArithToLLVM/ArithToLLVM.h"
#include "mlir/Conversion/ControlFlowToLLVM/ControlFlowToLLVM.h"
#include "mlir/Conversion/MemRefToLLVM/MemRefToLLVM.h"
#include "mlir/Conversion/Passes.h"
#include "mlir/Dialect/ControlFlow/IR/ControlFlow.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Target/LLVMIR/Dialect/Builtin/BuiltinToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Dialect/GPU/GPUToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Dialect/LLVMIR/LLVMToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Dialect/NVVM/NVVMToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Export.h"
#include "mlir/Transforms/Passes.h"
#include "llvm/IRReader/IRReader.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/SourceMgr.h"

using namespace norm::emulator;

std::vector<Schedule> test::getSchedules() {
  using Policy = Schedule::Policy;
  return {{Policy::LIFO, 0},         {Policy::Uniform, 1},
          {Policy::Uniform, 2},      {Policy::WarpPriority, 3},
          {Policy::WarpPriority, 4}, {Policy::WarpPriority, 5},
          {Policy::WarpPriority, 6}};
}

LaunchOptions test::withSchedule(const Schedule &schedule) {
  LaunchOptions options;
  options.schedule = schedule;
  return options;
}

LaunchShape test::makeShape(uint32_t blocks, uint32_t threads,
                            uint32_t clusterBlocks,
                            uint32_t dynamicSharedBytes) {
  LaunchShape shape;
  shape.grid.x = blocks;
  shape.block.x = threads;
  shape.cluster.x = clusterBlocks;
  shape.dynamicSharedBytes = dynamicSharedBytes;
  return shape;
}

std::unique_ptr<llvm::Module> test::translate(llvm::StringRef source,
                                              llvm::LLVMContext &context) {
  mlir::MLIRContext mlirContext;
  mlir::DialectRegistry registry;
  registry.insert<mlir::arith::ArithDialect, mlir::cf::ControlFlowDialect,
                  mlir::gpu::GPUDialect, mlir::LLVM::LLVMDialect,
                  mlir::memref::MemRefDialect, mlir::NVVM::NVVMDialect,
                  mlir::scf::SCFDialect>();
  mlir::arith::registerConvertArithToLLVMInterface(registry);
  mlir::cf::registerConvertControlFlowToLLVMInterface(registry);
  mlir::registerConvertMemRefToLLVMInterface(registry);
  mlir::registerBuiltinDialectTranslation(registry);
  mlir::registerGPUDialectTranslation(registry);
  mlir::registerLLVMDialectTranslation(registry);
  mlir::registerNVVMDialectTranslation(registry);
  mlirContext.appendDialectRegistry(registry);
  auto module = mlir::parseSourceString<mlir::ModuleOp>(source, &mlirContext);
  if (!module) {
    ADD_FAILURE() << "the source is not valid";
    return nullptr;
  }
  mlir::PassManager passes(&mlirContext);
  passes.addPass(mlir::createSCFToControlFlowPass());
  mlir::ConvertGpuOpsToNVVMOpsOptions options;
  options.useBarePtrCallConv = true;
  auto &kernels = passes.nest<mlir::gpu::GPUModuleOp>();

  kernels.addPass(mlir::createConvertGpuOpsToNVVMOps(options));
  kernels.addPass(mlir::createConvertNVVMToLLVMPass());
  kernels.addPass(mlir::createCanonicalizerPass());
  kernels.addPass(mlir::createReconcileUnrealizedCastsPass());
  if (failed(passes.run(*module))) {
    ADD_FAILURE() << "the source was not lowered";
    return nullptr;
  }
  for (auto gpuModule : module->getOps<mlir::gpu::GPUModuleOp>())
    return mlir::translateModuleToLLVMIR(gpuModule, context);
  ADD_FAILURE() << "the source has no gpu.module";
  return nullptr;
}

std::string test::readInput(llvm::StringRef name) {
  auto buffer =
      llvm::MemoryBuffer::getFile(NORM_TEST_INPUTS + ("/" + name).str());
  if (!buffer) {
    ADD_FAILURE() << "no file " << name.str();
    return "";
  }
  return (*buffer)->getBuffer().str();
}

std::unique_ptr<llvm::Module> test::parse(llvm::StringRef text,
                                          llvm::LLVMContext &context) {
  llvm::SMDiagnostic diagnostic;
  auto module = llvm::parseIR(llvm::MemoryBufferRef(text, "kernels.ll"),
                              diagnostic, context);
  if (!module)
    ADD_FAILURE() << diagnostic.getLineNo() << ": "
                  << diagnostic.getMessage().str();
  return module;
}

bool test::Harness::load(llvm::StringRef ir) {
  llvm::LLVMContext context;
  auto parsed = parse(ir, context);
  return parsed && load(std::move(parsed));
}

bool test::Harness::load(std::unique_ptr<llvm::Module> loaded) {
  if (!loaded)
    return false;
  auto result = emulator.load(std::move(loaded));
  if (!result) {
    ADD_FAILURE() << llvm::toString(result.takeError());
    return false;
  }
  module = *result;
  return true;
}

Reports test::Harness::launchWith(llvm::StringRef name,
                                  const LaunchShape &shape,
                                  const LaunchOptions &options,
                                  std::vector<const void *> arguments) {
  auto kernel = emulator.lookup(*module, name);
  if (!kernel) {
    ADD_FAILURE() << llvm::toString(kernel.takeError());
    return {};
  }
  auto reports = emulator.launch(**kernel, shape, arguments, options);
  if (!reports) {
    ADD_FAILURE() << llvm::toString(reports.takeError());
    return {};
  }
  return std::move(*reports);
}
