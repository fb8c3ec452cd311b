//===- ExecutionEngineTest.cpp - Tests of loading and calling -------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "norm/ExecutionEngine/ExecutionEngine.h"

#include "mlir/Conversion/Passes.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include <numeric>
#include <thread>

using namespace norm;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

namespace {

// Lowered by upstream passes, whose C interface is the calling convention of
// compiled functions: descriptors by pointer, scalars by value, a status.
constexpr const char *source = R"mlir(
!matrix = memref<?x?xf32, strided<[?, ?], offset: ?>>
func.func @scale(%x: !matrix, %factor: f32, %y: !matrix) -> i32
    attributes {llvm.emit_c_interface} {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %m = memref.dim %x, %c0 : !matrix
  %n = memref.dim %x, %c1 : !matrix
  scf.for %i = %c0 to %m step %c1 {
    scf.for %j = %c0 to %n step %c1 {
      %0 = memref.load %x[%i, %j] : !matrix
      %1 = arith.mulf %0, %factor : f32
      memref.store %1, %y[%i, %j] : !matrix
    }
  }
  %ok = arith.constant 0 : i32
  return %ok : i32
}

// The sizes of the result of @scale: those of its argument, exchanged, so that
// they tell themselves from a copy of the inputs.
llvm.func @norm_shape_scale(%x: !llvm.ptr, %factor: f32, %sizes: !llvm.ptr)
    -> i32 {
  %0 = llvm.getelementptr %x[24] : (!llvm.ptr) -> !llvm.ptr, i8
  %1 = llvm.getelementptr %x[32] : (!llvm.ptr) -> !llvm.ptr, i8
  %m = llvm.load %0 : !llvm.ptr -> i64
  %n = llvm.load %1 : !llvm.ptr -> i64
  %2 = llvm.getelementptr %sizes[8] : (!llvm.ptr) -> !llvm.ptr, i8
  llvm.store %n, %sizes : i64, !llvm.ptr
  llvm.store %m, %2 : i64, !llvm.ptr
  %ok = llvm.mlir.constant(0 : i32) : i32
  llvm.return %ok : i32
}

llvm.func @_mlir_ciface_mix(%a: f32, %b: f64, %c: i32, %d: i64,
                            %sum: !llvm.ptr) -> i32 {
  %0 = llvm.fpext %a : f32 to f64
  %1 = llvm.sitofp %c : i32 to f64
  %2 = llvm.sitofp %d : i64 to f64
  %3 = llvm.fadd %0, %b : f64
  %4 = llvm.fadd %3, %1 : f64
  %5 = llvm.fadd %4, %2 : f64
  llvm.store %5, %sum : f64, !llvm.ptr
  %ok = llvm.mlir.constant(0 : i32) : i32
  llvm.return %ok : i32
}

llvm.mlir.global internal constant @text("value {0} is wrong\00")
llvm.func @norm_report_error(i32, !llvm.ptr, !llvm.ptr, i32) -> i32
llvm.func @_mlir_ciface_reject(%value: i64) -> i32 {
  %one = llvm.mlir.constant(1 : i32) : i32
  %code = llvm.mlir.constant(3 : i32) : i32
  %text = llvm.mlir.addressof @text : !llvm.ptr
  %values = llvm.alloca %one x i64 : (i32) -> !llvm.ptr
  llvm.store %value, %values : i64, !llvm.ptr
  %status = llvm.call @norm_report_error(%code, %text, %values, %one)
      : (i32, !llvm.ptr, !llvm.ptr, i32) -> i32
  llvm.return %status : i32
}

llvm.func @_mlir_ciface_silent() -> i32 {
  %code = llvm.mlir.constant(42 : i32) : i32
  llvm.return %code : i32
}
)mlir";

ValueType scalarOf(DataType type) { return {type, false, {}}; }

const std::vector<Signature> signatures = {
    {"scale",
     {{DataType::F32, true, {mlir::ShapedType::kDynamic, 3}},
      scalarOf(DataType::F32)},
     {{DataType::F32, true, {mlir::ShapedType::kDynamic, 3}}}},
    {"mix",
     {scalarOf(DataType::F32), scalarOf(DataType::F64), scalarOf(DataType::I32),
      scalarOf(DataType::I64)},
     {scalarOf(DataType::F64)}},
    {"reject", {scalarOf(DataType::I64)}, {}},
    {"silent", {}, {}},
};

llvm::Expected<std::unique_ptr<ExecutionEngine>>
load(llvm::StringRef text, std::vector<Signature> signatures,
     CompileOptions options) {
  mlir::DialectRegistry registry;
  registry.insert<mlir::arith::ArithDialect, mlir::func::FuncDialect,
                  mlir::LLVM::LLVMDialect, mlir::memref::MemRefDialect,
                  mlir::scf::SCFDialect>();
  mlir::MLIRContext context(registry, mlir::MLIRContext::Threading::DISABLED);
  auto module = mlir::parseSourceString<mlir::ModuleOp>(text, &context);
  mlir::PassManager passes(&context);
  passes.addPass(mlir::createSCFToControlFlowPass());
  passes.addPass(mlir::createFinalizeMemRefToLLVMConversionPass());
  passes.addPass(mlir::createConvertFuncToLLVMPass());
  passes.addPass(mlir::createArithToLLVMConversionPass());
  passes.addPass(mlir::createConvertControlFlowToLLVMPass());
  passes.addPass(mlir::createReconcileUnrealizedCastsPass());
  if (!module || passes.run(*module).failed())
    return llvm::createStringError("the test's source is wrong");
  return ExecutionEngine::createFromLLVMStage(*module, std::move(signatures),
                                              options);
}

llvm::Expected<std::unique_ptr<ExecutionEngine>>
load(llvm::StringRef text, std::vector<Signature> signatures) {
  return load(text, std::move(signatures),
              CompileOptions(llvm::cantFail(TargetSpec::createHost())));
}

class Engine : public testing::Test {
protected:
  Engine() : engine(llvm::cantFail(load(source, signatures))) {}

  std::string call(llvm::StringRef name, llvm::ArrayRef<Argument> arguments) {
    return llvm::toString(engine->invoke(name, arguments));
  }

  std::unique_ptr<ExecutionEngine> engine;
  float x[12], y[12] = {};
};

TEST_F(Engine, StridesOfInputsAndOutputsCount) {
  std::iota(x, x + 12, 1.0f);
  // x: rows of 3 out of 4 columns, read backwards; y: columns contiguous.
  ASSERT_EQ(
      call("scale", {Argument::tensor(DataType::F32, x + 4, {2, 3}, {-4, 1}),
                     Argument::scalar(10.0f),
                     Argument::tensor(DataType::F32, y, {2, 3}, {1, 2})}),
      "");
  EXPECT_THAT(y, ElementsAre(50, 10, 60, 20, 70, 30, 0, 0, 0, 0, 0, 0));
}

TEST_F(Engine, ScalarsOfEachType) {
  double sum = 0;
  ASSERT_EQ(call("mix", {Argument::scalar(0.5f), Argument::scalar(0.25),
                         Argument::scalar(int32_t(-7)),
                         Argument::scalar(int64_t(1) << 40),
                         Argument::scalarResult(DataType::F64, &sum)}),
            "");
  EXPECT_EQ(sum, 0.75 - 7 + 1099511627776.0);
}

TEST_F(Engine, ErrorOfTheFunctionHasItsText) {
  EXPECT_EQ(call("reject", {Argument::scalar(int64_t(-5))}),
            "function 'reject': value -5 is wrong");
  // The text of an earlier error is not taken for that of a later one.
  EXPECT_EQ(call("silent", {}), "function 'silent': error 42");
}

TEST_F(Engine, ErrorsOfThreadsStayApart) {
  std::vector<std::thread> threads;
  std::vector<int> wrong(4, 0);
  for (int64_t thread = 0; thread < 4; ++thread)
    threads.emplace_back([&, thread] {
      std::string expected =
          "function 'reject': value " + std::to_string(thread) + " is wrong";
      for (int i = 0; i < 200; ++i)
        wrong[thread] += call("reject", {Argument::scalar(thread)}) != expected;
    });
  for (std::thread &thread : threads)
    thread.join();
  EXPECT_THAT(wrong, ElementsAre(0, 0, 0, 0));
}

TEST_F(Engine, UnknownFunctionListsTheKnown) {
  EXPECT_EQ(call("scael", {}),
            "no public function 'scael' in the module, which has: scale, mix, "
            "reject, silent");
  EXPECT_THAT(call("", {}), HasSubstr("name one of: scale, mix"));
  auto address = engine->getAddress("_mlir_ciface_none");
  ASSERT_FALSE(bool(address));
  EXPECT_THAT(llvm::toString(address.takeError()),
              HasSubstr("_mlir_ciface_none"));
}

TEST_F(Engine, ArgumentsAreChecked) {
  Argument factor = Argument::scalar(1.0f);
  Argument good = Argument::tensor(DataType::F32, x, {4, 3}, {3, 1});
  EXPECT_EQ(call("scale", {good, factor}),
            "function 'scale': expected 2 inputs and 1 outputs, found 2 "
            "arguments");
  EXPECT_EQ(call("scale", {good, factor,
                           Argument::tensor(DataType::F32, y, {4, 5}, {5, 1})}),
            "function 'scale': result 0: dim 1: expected size 3, found 5");
  EXPECT_EQ(call("scale",
                 {Argument::tensor(DataType::F32, x, {3}, {1}), factor, good}),
            "function 'scale': argument 0: expected a tensor of rank 2 of f32, "
            "found a tensor of rank 1 of f32");
  EXPECT_EQ(call("scale", {good, Argument::scalar(1.0), good}),
            "function 'scale': argument 1: expected a scalar f32, found a "
            "scalar f64");
  EXPECT_EQ(call("scale", {Argument::tensor(DataType::BF16, x, {4, 3}, {3, 1}),
                           factor, good}),
            "function 'scale': argument 0: expected a tensor of rank 2 of f32, "
            "found a tensor of rank 2 of bf16");
  EXPECT_EQ(call("scale", {Argument::tensor(DataType::F32, x, {4, 3}, {1}),
                           factor, good}),
            "function 'scale': argument 0: expected a stride for each of 2 "
            "dims, found 1 strides");
  EXPECT_EQ(
      call("scale", {good, Argument::scalarResult(DataType::F32, x), good}),
      "function 'scale': argument 1: expected a scalar input, found the "
      "place of a scalar result");
}

TEST_F(Engine, PreparedCallMovesAndRepeats) {
  std::iota(x, x + 12, 0.0f);
  PreparedCall first = llvm::cantFail(engine->prepare(
      "scale", {Argument::tensor(DataType::F32, x, {1, 3}, {3, 1}),
                Argument::scalar(2.0f),
                Argument::tensor(DataType::F32, y, {1, 3}, {3, 1})}));
  PreparedCall call = std::move(first);
  for (float start : {0.0f, 5.0f}) {
    x[0] = start;
    ASSERT_FALSE(bool(call()));
    EXPECT_EQ(y[0], 2 * start);
  }
}

TEST_F(Engine, ResultShapesComeFromTheFunction) {
  auto shapes = engine->resultShapes(
      "scale", {Argument::tensor(DataType::F32, nullptr, {5, 3}, {3, 1}),
                Argument::scalar(1.0f)});
  ASSERT_TRUE(bool(shapes));
  EXPECT_THAT(*shapes, ElementsAre(ElementsAre(3, 5)));
  auto none = engine->resultShapes("silent", {});
  ASSERT_FALSE(bool(none));
  EXPECT_THAT(llvm::toString(none.takeError()), HasSubstr("norm_shape_silent"));
}

TEST(EngineCreation, CodeMayCallTheMathematicsOfTheCLibrary) {
  constexpr const char *text = R"mlir(
    llvm.func @_mlir_ciface_f(%a: f64, %b: f32, %x: !llvm.ptr, %y: !llvm.ptr)
        -> i32 {
      %0 = llvm.intr.exp(%a) : (f64) -> f64
      %1 = llvm.intr.pow(%0, %a) : (f64, f64) -> f64
      %2 = llvm.intr.exp(%b) : (f32) -> f32
      %3 = llvm.intr.fma(%2, %b, %b) : (f32, f32, f32) -> f32
      llvm.store %1, %x : f64, !llvm.ptr
      llvm.store %3, %y : f32, !llvm.ptr
      %ok = llvm.mlir.constant(0 : i32) : i32
      llvm.return %ok : i32
    })mlir";
  // The baseline of the architecture, where x86 has no instruction for fma.
  llvm::StringRef cpu =
      llvm::cantFail(TargetSpec::createHost()).getTriple().isX86() ? "x86-64"
                                                                   : "generic";
  auto engine = llvm::cantFail(
      load(text,
           {{"f",
             {scalarOf(DataType::F64), scalarOf(DataType::F32)},
             {scalarOf(DataType::F64), scalarOf(DataType::F32)}}},
           CompileOptions(llvm::cantFail(TargetSpec::create("", cpu)))));
  double x = 0;
  float y = 0;
  ASSERT_FALSE(
      bool(engine->invoke("f", {Argument::scalar(1.5), Argument::scalar(2.5f),
                                Argument::scalarResult(DataType::F64, &x),
                                Argument::scalarResult(DataType::F32, &y)})));
  EXPECT_EQ(x, std::pow(std::exp(1.5), 1.5));
  EXPECT_EQ(y, std::fma(std::exp(2.5f), 2.5f, 2.5f));
}

std::string errorOf(llvm::Expected<std::unique_ptr<ExecutionEngine>> engine) {
  EXPECT_FALSE(bool(engine));
  return engine ? "" : llvm::toString(engine.takeError());
}

TEST(EngineCreation, MissingSymbolIsNamed) {
  EXPECT_THAT(errorOf(load(R"mlir(
    llvm.func @no_such_function() -> i32
    llvm.func @_mlir_ciface_f() -> i32 {
      %0 = llvm.call @no_such_function() : () -> i32
      llvm.return %0 : i32
    })mlir",
                           {{"f", {}, {}}})),
              HasSubstr("no_such_function"));
}

TEST(EngineCreation, SignaturesMustFitTheModule) {
  EXPECT_EQ(errorOf(load(source, {{"none", {}, {}}})),
            "the compiled module has no function '_mlir_ciface_none'");
  EXPECT_EQ(errorOf(load(source, {{"mix", {}, {}}})),
            "the compiled function '_mlir_ciface_mix' has 5 arguments, "
            "expected 0");
}

TEST(EngineCreation, TargetMustRunHere) {
  llvm::StringRef other =
      llvm::cantFail(TargetSpec::createHost()).getTriple().isX86()
          ? "aarch64-linux-gnu"
          : "x86_64-linux-gnu";
  EXPECT_THAT(errorOf(load(source, signatures,
                           CompileOptions(
                               llvm::cantFail(TargetSpec::create(other, ""))))),
              HasSubstr("does not run on this machine"));
}

TEST(EngineCreation, PhasesAreTimed) {
  PhaseTimes times;
  CompileOptions options(llvm::cantFail(TargetSpec::createHost()));
  options.times = &times;
  auto engine = llvm::cantFail(load(source, signatures, options));
  std::vector<std::string> names;
  for (const PhaseTime &time : times) {
    names.push_back(time.name);
    EXPECT_GE(time.milliseconds, 0);
  }
  EXPECT_THAT(names, ElementsAre("llvm-translate", "llvm-optimize", "llvm-emit",
                                 "adapters", "jit-load"));
  EXPECT_GT(engine->getObjectBytes(), 0u);
}

} // namespace
