//===- EntryBuilder.h - Builds functions that check a call ------*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NORM_LIB_TRANSFORMS_ENTRYBUILDER_H
#define NORM_LIB_TRANSFORMS_ENTRYBUILDER_H

#include "EntryPoints.h"

#include "norm/Runtime/norm_runtime.h"

#include "mlir/Conversion/LLVMCommon/TypeConverter.h"
#include "mlir/Dialect/Arith/IR/Arith.h"

namespace norm {

/// Builds a function `(..) -> i32` that first lets the runtime check its
/// operands, and whose own checks jump to one block that reports the error.
class EntryBuilder {
public:
  /// The function takes the arguments of `source`, with pointers for tensors,
  /// and values of the types `others`.
  EntryBuilder(mlir::func::FuncOp source, const llvm::Twine &name,
               mlir::TypeRange others, const RuntimeFunctions &runtime);

  /// An array of the first `count` pointers among the arguments.
  mlir::Value arrayOfPointers(size_t count);

  /// Calls the runtime's `checkFunction(info, operands)` on an array of
  /// pointers, and returns its code unless it is 0.
  void checkOperands(mlir::LLVM::LLVMFuncOp checkFunction,
                     mlir::LLVM::GlobalOp info, mlir::Value operands);

  /// Returns `code`, an i32, unless it is 0.
  void returnUnlessOK(mlir::Value code);

  /// Reads the descriptors of the tensors of `types`, the types of the leading
  /// arguments, which from then on are memrefs in `values`.
  void readDescriptors(mlir::TypeRange types);

  /// Computes what the shape function returns, and checks its pairs. The sizes
  /// of the results are returned.
  llvm::SmallVector<mlir::Value> inlineShape(mlir::func::FuncOp shape);

  /// Continues if `found <predicate> expected`, else returns `code` with
  /// `text`, in which {0} is found and {1} expected.
  void check(mlir::arith::CmpIPredicate predicate, mlir::Value found,
             mlir::Value expected, norm_error code, const std::string &text);

  /// Checks the sizes of the results, memrefs from `values[first]` on, against
  /// those that inlineShape has returned.
  void checkResultSizes(unsigned first,
                        llvm::ArrayRef<mlir::Value> expectedSizes);

  /// Succeeds if all results, memrefs from `values[first]` on, are empty: loops
  /// over the other sizes, which may be of any length, would do nothing.
  void succeedIfEmpty(unsigned first);

  /// Returns what the kernel returns that the strides and addresses of
  /// `operands`, indices of tensors in `values`, allow.
  void callKernel(const Kernels &kernels, llvm::ArrayRef<unsigned> operands);

  /// Calls a kernel with memrefs cast to its types; its code.
  mlir::Value callKernel(mlir::func::FuncOp kernel, mlir::ValueRange arguments);

  void succeed();

  mlir::Value dim(unsigned operand, int64_t i);
  mlir::Value index(int64_t value);
  mlir::Value toI64(mlir::Value value);
  mlir::Value constant(mlir::Type type, int64_t value);

  /// The address of element `i` of an array of `type`.
  mlir::Value elementOf(mlir::Value array, mlir::Type type, int64_t i);

  /// A descriptor, a value of the struct that the caller passes, as `type`.
  mlir::Value asMemRef(mlir::Value descriptor, mlir::MemRefType type);

  mlir::func::FuncOp source, entry;
  mlir::OpBuilder builder;
  mlir::Location loc;
  mlir::LLVM::LLVMPointerType pointer;
  mlir::LLVMTypeConverter typeConverter;
  /// The arguments of the entry, tensors as memrefs once they are read.
  llvm::SmallVector<mlir::Value> values;

  /// Passed to kernels behind `values`; may be null.
  mlir::Value call;
  /// Runs behind the call of a kernel; may be null.
  std::function<void()> afterCall;
  /// What the addresses of rows must be multiples of for the kernels of
  /// contiguous and unit-stride operands.
  int64_t rowAlignment = 1;

private:
  /// True if the strides of all operands are those of the unit-stride kernel.
  mlir::Value hasUnitStrides(llvm::ArrayRef<unsigned> operands,
                             llvm::ArrayRef<ContiguousDims> contiguous);
  /// True if the operands lie without gaps.
  mlir::Value isContiguous(llvm::ArrayRef<unsigned> operands);
  /// True if the first elements of all operands are aligned.
  mlir::Value isAligned(llvm::ArrayRef<unsigned> operands);
  /// True if those of all rows are, whose dims `contiguous` lie without gaps.
  mlir::Value hasAlignedRows(llvm::ArrayRef<unsigned> operands,
                             llvm::ArrayRef<ContiguousDims> contiguous);
  /// The bits that are set in the address of any operand.
  mlir::Value addressBits(llvm::ArrayRef<unsigned> operands);
  mlir::Value isMultipleOfAlignment(mlir::Value bits);
  /// The bytes of an element of a memref.
  mlir::Value elementBytes(mlir::Value memref);

  /// Returns what a kernel for operands without gaps returns if `condition` is
  /// true, else goes on.
  void callContiguousIf(mlir::Value condition, mlir::func::FuncOp kernel);
  /// Returns what one of two kernels returns.
  void dispatch(mlir::Value condition, mlir::func::FuncOp ifTrue,
                mlir::func::FuncOp ifFalse);
  /// Returns what the kernel returns.
  void returnCall(mlir::func::FuncOp kernel, mlir::ValueRange arguments);

  /// A memref without gaps as `type`, of Layout::Contiguous or 1-d; any other
  /// value as it is.
  mlir::Value contiguousView(mlir::Value value, mlir::Type type);
  mlir::Value identityView(mlir::Value memref, mlir::MemRefType type);
  mlir::Value flatView(mlir::Value memref);

  mlir::Value equal(mlir::Value a, mlir::Value b);
  /// A block before the failure blocks.
  mlir::Block *addBlock();
  void makeFailureBlocks(mlir::LLVM::LLVMFuncOp reportError);

  mlir::Block *exit = nullptr;
  mlir::Block *failure = nullptr;
  unsigned numTexts = 0;
};

} // namespace norm

#endif // NORM_LIB_TRANSFORMS_ENTRYBUILDER_H
