//===- EntryPoints.h - Pieces of the calling convention ---------*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NORM_LIB_TRANSFORMS_ENTRYPOINTS_H
#define NORM_LIB_TRANSFORMS_ENTRYPOINTS_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/BuiltinTypes.h"

namespace norm {

/// On a function of stage norm or later: for each result, the arguments over
/// whose identical view it may be written.
inline constexpr llvm::StringRef kInPlaceAttr = "norm.in_place";

/// On a function of stage norm, and on its kernels: the strategy of its
/// elementwise ops that are fused with no norm op.
inline constexpr llvm::StringRef kStrategyAttr = "norm.strategy";

/// On a kernel for a GPU: rows start at any multiple of their element type,
/// where those of others start at multiples of 16 bytes.
inline constexpr llvm::StringRef kUnalignedAttr = "norm.unaligned";

/// On a kernel, and what is outlined of it: the name of the function that it
/// was made of.
inline constexpr llvm::StringRef kFunctionAttr = "norm.function";

/// On a launch of a kernel that waits by itself for the one launched before it.
inline constexpr llvm::StringRef kDependent = "norm.dependent";

/// Of the kernel for tensors without gaps, and of the copy of a function that
/// takes all tensors as 1-d ones.
inline constexpr llvm::StringRef kContiguousSuffix = ".contiguous";

/// The memrefs that a compiled function takes for a tensor.
enum class Layout {
  /// Any sizes and strides: what the entry receives.
  Any,
  /// The sizes of the tensor type, any strides.
  Strided,
  /// The sizes of the tensor type, and 1 as the last stride.
  UnitStride,
  /// The sizes of the tensor type, without gaps and offset.
  Contiguous
};
mlir::MemRefType memrefTypeFor(mlir::RankedTensorType type, Layout layout);

/// Dims `first` to `last` of operand `operand` (arguments, then results) that
/// must lie without gaps for the unit-stride kernel.
struct ContiguousDims {
  unsigned operand;
  int64_t first, last;
  bool operator==(const ContiguousDims &other) const {
    return operand == other.operand && first == other.first &&
           last == other.last;
  }
};

/// A private copy of `function` that takes memrefs of `layout` for its
/// arguments and then its results, named `<function>.<suffix>`. For
/// Layout::UnitStride, `contiguous` receives what the kernel relies on.
mlir::func::FuncOp
makeKernel(mlir::func::FuncOp function, Layout layout, llvm::StringRef suffix,
           llvm::SmallVectorImpl<ContiguousDims> &contiguous);

/// True at run time if `memref` may become the operand number `operand` of the
/// unit-stride kernel: its last stride is 1, and its dims lie as `contiguous`
/// says.
mlir::Value hasUnitStride(mlir::OpBuilder &builder, mlir::Location loc,
                          mlir::Value memref, unsigned operand,
                          llvm::ArrayRef<ContiguousDims> contiguous);

/// A private function `name` on memrefs of any strides that copies them, and
/// calls the kernel `contiguous` of Layout::Contiguous on the copies. The first
/// `numInputs` operands are inputs.
mlir::func::FuncOp makeCopyingKernel(mlir::func::FuncOp contiguous,
                                     unsigned numInputs, llvm::StringRef name);

/// The constant `norm_function_info` of a function on tensors, which the
/// runtime reads to check a call.
mlir::LLVM::GlobalOp makeFunctionInfo(mlir::func::FuncOp function);

/// The functions of the runtime that entries call, as declared in a module.
struct RuntimeFunctions {
  mlir::LLVM::LLVMFuncOp checkCall, checkArguments, reportError, beginCopies,
      endCopies;

  /// Declares those that `module` does not declare yet. Fails with a diagnostic
  /// if one is there with another type.
  static mlir::FailureOr<RuntimeFunctions> declare(mlir::ModuleOp module);
};

/// A private function `<function>.strided` of the type of the entry that lets
/// the runtime copy the operands that are not as `unitStride`, of
/// Layout::UnitStride, and `dims` ask for, and calls it. Nothing is compiled
/// for each operand but how it is passed.
mlir::func::FuncOp makeCopyingKernel(mlir::func::FuncOp function,
                                     mlir::LLVM::GlobalOp info,
                                     mlir::func::FuncOp unitStride,
                                     llvm::ArrayRef<ContiguousDims> dims,
                                     const RuntimeFunctions &runtime);

/// The kernels of a function.
struct Kernels {
  /// For operands without gaps, on memrefs of Layout::Contiguous or on 1-d
  /// ones; may be null.
  mlir::func::FuncOp contiguous;
  /// For operands whose last stride is 1, and where `contiguousDims` lie
  /// without gaps; may be null.
  mlir::func::FuncOp unitStride;
  llvm::SmallVector<ContiguousDims> contiguousDims;
  /// The same for rows that start anywhere; null if `unitStride` takes them.
  mlir::func::FuncOp unaligned;
  /// For all operands; takes those of the entry as they are if it has its type.
  mlir::func::FuncOp strided;
};

/// The name for texts of the function that `kernel` was made of.
llvm::StringRef functionOf(mlir::func::FuncOp kernel);

/// The bytes of an element of `type` in memory.
int64_t getElementBytes(mlir::Type type);

/// A new memref of the sizes of `memref` and of `type`.
mlir::Value allocateLike(mlir::OpBuilder &builder, mlir::Location loc,
                         mlir::Value memref, mlir::MemRefType type);

/// The types of the arguments and, after them, of the results.
llvm::SmallVector<mlir::Type> getOperandTypes(mlir::func::FuncOp function);

/// The indices of the tensors in `types`.
llvm::SmallVector<unsigned> getTensors(mlir::TypeRange types);

/// The operands that `makeFunctionInfo` describes: tensors among the arguments,
/// and all results.
size_t countOperands(mlir::func::FuncOp function);

/// The public `@_mlir_ciface_f(args.., outs..) -> i32`: checks the call and
/// runs the kernel that the strides allow.
void makeEntry(mlir::func::FuncOp function, mlir::func::FuncOp shape,
               mlir::LLVM::GlobalOp info, const Kernels &kernels,
               const RuntimeFunctions &runtime);

/// The public `@norm_shape_f(args.., sizes) -> i32`.
void makeShapeEntry(mlir::func::FuncOp function, mlir::func::FuncOp shape,
                    mlir::LLVM::GlobalOp info, const RuntimeFunctions &runtime);

/// The kernels of the module as norm_cuda.h describes them.
inline constexpr llvm::StringRef kCUDAModule = "norm.cuda_module";

/// What the entries for a GPU call, as declared in a module.
struct CUDAFunctions {
  mlir::LLVM::GlobalOp cudaModule;
  mlir::LLVM::LLVMFuncOp load, unload, begin, query, neededBytes;

  static mlir::FailureOr<CUDAFunctions> declare(mlir::ModuleOp module);
};

/// Makes a kernel take the `norm_cuda_call` that it belongs to last.
void addCallArgument(mlir::func::FuncOp kernel);

/// The public `@_mlir_ciface_f_cuda(args.., outs.., workspace,
/// workspace_bytes, stream) -> i32`. The kernels take a `norm_cuda_call` last.
void makeCUDAEntry(mlir::func::FuncOp function, mlir::func::FuncOp shape,
                   mlir::LLVM::GlobalOp info, const Kernels &kernels,
                   const RuntimeFunctions &runtime, const CUDAFunctions &cuda);

/// The public `@norm_workspace_f(args.., bytes) -> i32`, which asks the kernel
/// that `args` and results without gaps get.
void makeWorkspaceEntry(mlir::func::FuncOp function, mlir::func::FuncOp shape,
                        mlir::LLVM::GlobalOp info, const Kernels &kernels,
                        const RuntimeFunctions &runtime,
                        const CUDAFunctions &cuda);

/// The public `@norm_load_f() -> i32` and `@norm_unload_f() -> i32`.
void makeLoadEntries(mlir::func::FuncOp function, const CUDAFunctions &cuda);

} // namespace norm

#endif // NORM_LIB_TRANSFORMS_ENTRYPOINTS_H
