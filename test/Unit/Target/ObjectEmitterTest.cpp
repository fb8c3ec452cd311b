//===- ObjectEmitterTest.cpp - Tests of code generation -------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "norm/Target/ObjectEmitter.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Parser/Parser.h"
#include "llvm/IR/LLVMContext.h"
#include "llvm/IR/Module.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

using namespace norm;
using testing::HasSubstr;
using testing::Not;

namespace {

// A product and a sum, to be fused or not; a wide vector; an inner function.
constexpr const char *source = R"mlir(
llvm.func @_mlir_ciface_separate(%a: f32, %b: f32, %c: f32) -> f32 {
  %0 = llvm.fmul %a, %b : f32
  %1 = llvm.fadd %0, %c : f32
  llvm.return %1 : f32
}
llvm.func @_mlir_ciface_fused(%a: f32, %b: f32, %c: f32) -> f32 {
  %0 = llvm.intr.fma(%a, %b, %c) : (f32, f32, f32) -> f32
  llvm.return %0 : f32
}
llvm.func @_mlir_ciface_vector_fma(%p: !llvm.ptr) {
  %0 = llvm.load %p : !llvm.ptr -> vector<4xf32>
  %1 = llvm.intr.fmuladd(%0, %0, %0)
      : (vector<4xf32>, vector<4xf32>, vector<4xf32>) -> vector<4xf32>
  llvm.store %1, %p : vector<4xf32>, !llvm.ptr
  llvm.return
}
llvm.func @_mlir_ciface_wide(%p: !llvm.ptr, %q: !llvm.ptr) {
  %0 = llvm.load %p {alignment = 4 : i64} : !llvm.ptr -> vector<16xf32>
  %1 = llvm.fadd %0, %0 : vector<16xf32>
  llvm.store %1, %q {alignment = 4 : i64} : vector<16xf32>, !llvm.ptr
  llvm.return
}
llvm.func @helper(%a: f32) -> f32 attributes {passthrough = ["noinline"]} {
  %0 = llvm.fmul %a, %a : f32
  llvm.return %0 : f32
}
llvm.func @_mlir_ciface_calls(%a: f32) -> f32 {
  %0 = llvm.call @helper(%a) : (f32) -> f32
  llvm.return %0 : f32
}
)mlir";

class Emitter : public testing::Test {
protected:
  Emitter() : context(mlir::MLIRContext::Threading::DISABLED) {
    context.loadDialect<mlir::LLVM::LLVMDialect>();
  }

  /// `text` as `form` for `cpu` of `triple`, or "error: " and its text.
  std::string compile(llvm::StringRef text, CodeForm form, llvm::StringRef cpu,
                      unsigned optLevel = 2,
                      llvm::StringRef triple = "x86_64-linux-gnu") {
    auto module = mlir::parseSourceString<mlir::ModuleOp>(text, &context);
    llvm::Expected<std::string> code =
        compile(*module, form, cpu, optLevel, triple);
    return code ? *code : "error: " + llvm::toString(code.takeError());
  }

  llvm::Expected<std::string> compile(mlir::ModuleOp module, CodeForm form,
                                      llvm::StringRef cpu, unsigned optLevel,
                                      llvm::StringRef triple) {
    llvm::Expected<TargetSpec> spec = TargetSpec::create(triple, cpu);
    if (!spec)
      return spec.takeError();
    auto emitter = ObjectEmitter::create(*spec, optLevel);
    if (!emitter)
      return emitter.takeError();
    llvm::LLVMContext llvmContext;
    auto translated = emitter->translate(module, llvmContext, {});
    if (!translated)
      return translated.takeError();
    if (llvm::Error error = emitter->optimize(**translated))
      return error;
    llvm::SmallVector<char, 0> code;
    if (llvm::Error error = emitter->emit(**translated, form, code))
      return error;
    return std::string(code.begin(), code.end());
  }

  mlir::MLIRContext context;
};

/// The part of the assembly `text` that belongs to the function `name`.
std::string functionOf(const std::string &text, const std::string &name) {
  size_t begin = text.find("\n" + name + ":");
  return text.substr(begin, text.find(".Lfunc_end", begin) - begin);
}

TEST_F(Emitter, OnlyExplicitMultiplyAddsAreFused) {
  for (unsigned optLevel : {0, 1, 2, 3}) {
    std::string text =
        compile(source, CodeForm::Assembly, "x86-64-v3", optLevel);
    EXPECT_THAT(functionOf(text, "_mlir_ciface_separate"), HasSubstr("vmulss"));
    EXPECT_THAT(functionOf(text, "_mlir_ciface_separate"),
                Not(HasSubstr("vfmadd")));
    EXPECT_THAT(functionOf(text, "_mlir_ciface_fused"), HasSubstr("vfmadd"));
    EXPECT_THAT(functionOf(text, "_mlir_ciface_vector_fma"),
                HasSubstr("vfmadd"));
  }
}

TEST_F(Emitter, MultiplyAddsAreFusedWithoutTheInstruction) {
  std::string text = compile(source, CodeForm::Assembly, "x86-64");
  EXPECT_THAT(functionOf(text, "_mlir_ciface_fused"), HasSubstr("fmaf"));
  EXPECT_THAT(functionOf(text, "_mlir_ciface_vector_fma"), HasSubstr("fmaf"));
}

TEST_F(Emitter, VectorsAreAsWideAsTheCPU) {
  // Sapphire Rapids prefers 256 bits unless it is told otherwise.
  for (const char *cpu : {"x86-64-v4", "sapphirerapids", "znver4"})
    EXPECT_THAT(compile(source, CodeForm::Assembly, cpu), HasSubstr("zmm"));
  std::string text = compile(source, CodeForm::Assembly, "x86-64-v3");
  EXPECT_THAT(text, HasSubstr("ymm"));
  EXPECT_THAT(text, Not(HasSubstr("zmm")));
}

TEST_F(Emitter, OnlyExportedNamesAreVisible) {
  std::string text = compile(source, CodeForm::Assembly, "x86-64-v3");
  EXPECT_THAT(text, HasSubstr(".globl\t_mlir_ciface_calls"));
  EXPECT_THAT(text, HasSubstr("\nhelper:"));
  EXPECT_THAT(text, Not(HasSubstr(".globl\thelper")));
}

TEST_F(Emitter, FunctionsHaveNoUnwindTables) {
  // Not optimized: the optimizer would find out by itself.
  EXPECT_THAT(compile(source, CodeForm::Assembly, "x86-64-v3", 0),
              Not(HasSubstr(".cfi")));
}

TEST_F(Emitter, ObjectsOfEachPlatform) {
  auto start = [&](llvm::StringRef triple) {
    return compile(source, CodeForm::Object, "", 2, triple).substr(0, 4);
  };
  EXPECT_EQ(start("x86_64-linux-gnu"), "\x7f"
                                       "ELF");
  EXPECT_EQ(start("aarch64-linux-gnu"), "\x7f"
                                        "ELF");
  EXPECT_EQ(start("arm64-apple-macosx14.0"), "\xcf\xfa\xed\xfe");
  EXPECT_EQ(start("x86_64-pc-windows-msvc").substr(0, 2), "\x64\x86");
}

TEST_F(Emitter, SameObjectEachTime) {
  EXPECT_EQ(compile(source, CodeForm::Object, "native"),
            compile(source, CodeForm::Object, "native"));
}

TEST_F(Emitter, InvalidInlineAssemblyIsAnError) {
  constexpr const char *invalid = R"mlir(
    llvm.func @_mlir_ciface_f() {
      llvm.inline_asm has_side_effects "no_such_instruction", "" : () -> ()
      llvm.return
    })mlir";
  EXPECT_THAT(compile(invalid, CodeForm::Object, "x86-64-v3"),
              HasSubstr("error: LLVM: "));
}

TEST_F(Emitter, OpThatHasNoTranslationIsNamed) {
  context.loadDialect<mlir::arith::ArithDialect>();
  constexpr const char *arith = R"mlir(
    llvm.func @_mlir_ciface_f(%a: f32) -> f32 {
      %0 = arith.addf %a, %a : f32
      llvm.return %0 : f32
    })mlir";
  EXPECT_THAT(compile(arith, CodeForm::LLVMIR, "x86-64-v3"),
              HasSubstr("arith.addf"));
}

TEST_F(Emitter, OptimizationLevelIsChecked) {
  EXPECT_EQ(compile(source, CodeForm::LLVMIR, "x86-64-v3", 4),
            "error: expected an optimization level of 0 to 3, found 4");
}

} // namespace
