//===- Compile.h - From a file or module to code ----------------*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NORM_TARGET_COMPILE_H
#define NORM_TARGET_COMPILE_H

#include "norm/Pipelines/CPUPipeline.h"
#include "norm/Target/Diagnostics.h"
#include "norm/Target/ObjectEmitter.h"
#include "norm/Target/TargetSpec.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"

#include <chrono>
#include <functional>
#include <optional>

namespace norm {

/// How long each phase of a compilation took, in order.
struct PhaseTime {
  std::string name;
  double milliseconds;
};
using PhaseTimes = std::vector<PhaseTime>;

/// Adds the time from its construction to its destruction to `times` (null:
/// nowhere).
class PhaseTimer {
public:
  PhaseTimer(PhaseTimes *times, llvm::StringRef name)
      : times(times), name(name), start(std::chrono::steady_clock::now()) {}
  ~PhaseTimer() {
    std::chrono::duration<double, std::milli> passed =
        std::chrono::steady_clock::now() - start;
    if (times)
      times->push_back({name.str(), passed.count()});
  }

private:
  PhaseTimes *times;
  llvm::StringRef name;
  std::chrono::steady_clock::time_point start;
};

/// Writes `times` and their sum as a table.
void printTimes(llvm::raw_ostream &os, const PhaseTimes &times);

/// That kernels run on a GPU.
struct GPUOptions {
  /// The GPUs.
  GPUTarget target;

  /// Makes what the driver loads of the optimized LLVM IR of the kernels, for a
  /// driver that takes something else than NVIDIA's. May be empty.
  std::function<llvm::Expected<std::string>(const llvm::Module &kernels)>
      writeImage;
};

/// What a compilation is asked for.
struct CompileOptions {
  explicit CompileOptions(TargetSpec target) : target(std::move(target)) {}

  /// The CPU to compile for; that of the host code if kernels run on a GPU.
  TargetSpec target;

  /// Where kernels run, if not on the CPU; `lowering` is Lowering::Vector then.
  std::optional<GPUOptions> gpu;

  /// The way from norm ops to loops: fast, or easy to read.
  Lowering lowering = Lowering::Vector;

  /// Optimization level of LLVM, 0 to 3.
  unsigned optLevel = 2;

  /// If not empty: a folder, made if it is missing, that gets the module after
  /// each stage in a file like "02-linalg.mlir".
  std::string dumpDirectory;

  /// Where warnings and remarks go.
  MessageOptions messages;

  /// Phases are added here. Not owned; null: they are not measured.
  PhaseTimes *times = nullptr;
};

/// Makes everything known that a source may contain and the pipeline needs, and
/// no more: registering all of upstream would cost every start of a tool.
void registerCompilerDialects(mlir::DialectRegistry &registry);

/// Reads the module in the file `path` ("-": standard input), as text or
/// bytecode. Names of text are kept as setSourceNames does it. The error names
/// the file, or is a DiagnosticError with locations.
llvm::Expected<mlir::OwningOpRef<mlir::ModuleOp>>
parseModule(llvm::StringRef path, mlir::MLIRContext *context,
            const MessageOptions &messages, PhaseTimes *times = nullptr);

/// Reads the module in `text` as parseModule does; `name` stands for the file
/// in messages.
llvm::Expected<mlir::OwningOpRef<mlir::ModuleOp>>
parseModuleText(llvm::StringRef text, llvm::StringRef name,
                mlir::MLIRContext *context, const MessageOptions &messages,
                PhaseTimes *times = nullptr);

/// The stages of a compilation, in order.
llvm::ArrayRef<Stage> getStages(const CompileOptions &options);

/// The file in `options.dumpDirectory` that gets the module after `stage`.
std::string getDumpPath(const CompileOptions &options, Stage stage);

/// The passes of all stages with their options, as text for mlir-opt: what
/// becomes of a module depends on nothing else.
std::string describeStages(const CompileOptions &options);

/// Takes `module` from stage norm to `last`, one of getStages(options), in
/// place. If it fails, `module` is in no defined state but valid to destroy.
llvm::Error runStages(mlir::ModuleOp module, const CompileOptions &options,
                      Stage last);

/// Appends `module`, which is of the last stage, as `form` to `code`. Of a
/// module for a GPU it is the host code, in which the kernels are embedded.
llvm::Error emitCode(mlir::ModuleOp module, const CompileOptions &options,
                     CodeForm form, llvm::SmallVectorImpl<char> &code);

} // namespace norm

#endif // NORM_TARGET_COMPILE_H
