//===- ObjectEmitter.h - From the llvm dialect to machine code --*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NORM_TARGET_OBJECTEMITTER_H
#define NORM_TARGET_OBJECTEMITTER_H

#include "norm/Target/Diagnostics.h"
#include "norm/Target/GPUTarget.h"
#include "norm/Target/TargetSpec.h"

#include "llvm/ADT/SmallVector.h"

#include <memory>

namespace llvm {
class LLVMContext;
class Module;
class TargetMachine;
} // namespace llvm

namespace mlir {
class Operation;
} // namespace mlir

namespace norm {

/// The forms of a compiled module: LLVM IR as text, assembly, an object file.
enum class CodeForm { LLVMIR, Assembly, Object };

/// True for the names that a compiled module exports (`_mlir_ciface_f`,
/// `norm_shape_f` and so on); all other definitions are internal.
bool isExportedName(llvm::StringRef name);

/// Turns modules of the llvm dialect into code for one CPU or GPU. No
/// floating-point operation is fused, reordered or approximated that the module
/// does not mark, and what it marks to be fused is: the bits of a result are
/// the same on every CPU.
class ObjectEmitter {
public:
  /// `optLevel` is 0 to 3: the level of LLVM's code generation. From 1 on the
  /// code of CPUs is optimized by the same passes.
  static llvm::Expected<ObjectEmitter> create(const TargetSpec &spec,
                                              unsigned optLevel);

  /// The same for kernels on a GPU, whose assembly is PTX.
  static llvm::Expected<ObjectEmitter> create(const GPUChip &chip,
                                              unsigned optLevel);

  ObjectEmitter(ObjectEmitter &&);
  ~ObjectEmitter();

  /// Translates `module`, a builtin.module of the llvm dialect or a gpu.module
  /// of the llvm and nvvm dialects, to LLVM IR in `context`, with only the
  /// exported names and kernels visible. What may be fused there
  /// (llvm.fmuladd) is fused on every machine. Warnings go to `messages`.
  llvm::Expected<std::unique_ptr<llvm::Module>>
  translate(mlir::Operation *module, llvm::LLVMContext &context,
            const MessageOptions &messages);

  /// Sets triple, data layout, the attributes of functions and the visibility
  /// of names, as `translate` does, on LLVM IR that was made otherwise.
  void prepare(llvm::Module &module);

  /// Optimizes `module`, which was prepared, in place: by the passes of LLVM
  /// that loops over vectors need, GPU kernels by its default pipeline.
  llvm::Error optimize(llvm::Module &module);

  /// Appends `module` as `form` to `code`. Code generation changes `module`.
  llvm::Error emit(llvm::Module &module, CodeForm form,
                   llvm::SmallVectorImpl<char> &code);

private:
  static llvm::Expected<ObjectEmitter>
  create(const llvm::Triple &triple, llvm::StringRef cpu,
         llvm::StringRef features, int64_t vectorBits, unsigned optLevel);

  ObjectEmitter(std::unique_ptr<llvm::TargetMachine> machine,
                int64_t vectorBits, unsigned optLevel);

  std::unique_ptr<llvm::TargetMachine> machine;
  int64_t vectorBits;
  unsigned optLevel;
};

} // namespace norm

#endif // NORM_TARGET_OBJECTEMITTER_H
