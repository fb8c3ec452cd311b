//===- RuntimeTable.h - The functions that compiled kernels call *- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NORM_LIB_EMULATOR_RUNTIME_RUNTIMETABLE_H
#define NORM_LIB_EMULATOR_RUNTIME_RUNTIMETABLE_H

#include "llvm/ADT/StringMap.h"

#include <cstdint>
#include <string>

namespace norm::emulator {

/// A function of the runtime. The types of its result and its parameters are a
/// letter each: v void, i 32 bits, l 64 bits, f float, d double, p pointer.
struct RuntimeFunction {
  void *address = nullptr;
  std::string types;
  /// It reads and writes no memory and does not wait.
  bool pure = false;
};

/// All functions of the runtime. Those that stand for an intrinsic have its
/// name without "llvm.nvvm."; if they have one parameter more, it is the number
/// of the site. A pair {32 bits, i1} is returned as 64 bits, the second in bit
/// 32.
class RuntimeTable {
public:
  static const RuntimeTable &get();

  /// Null if there is none.
  const RuntimeFunction *find(llvm::StringRef name) const;

  const llvm::StringMap<RuntimeFunction> &getAll() const { return functions; }

  /// The name of the function in compiled code.
  static std::string getSymbol(llvm::StringRef name) {
    return ("emu." + name).str();
  }

  /// Adds a function that does anything, one that is pure.
  template <typename R, typename... A>
  void add(llvm::StringRef name, R (*function)(A...)) {
    functions[name] = {reinterpret_cast<void *>(function),
                       {getType<R>(), getType<A>()...},
                       false};
  }
  template <typename R, typename... A>
  void addPure(llvm::StringRef name, R (*function)(A...)) {
    add(name, function);
    functions[name].pure = true;
  }

private:
  RuntimeTable();

  template <typename T> static constexpr char getType() {
    if constexpr (std::is_void_v<T>)
      return 'v';
    else if constexpr (std::is_pointer_v<T>)
      return 'p';
    else if constexpr (std::is_same_v<T, float>)
      return 'f';
    else if constexpr (std::is_same_v<T, double>)
      return 'd';
    else {
      // Smaller types are extended in different ways.
      static_assert(sizeof(T) == 4 || sizeof(T) == 8);
      return sizeof(T) == 4 ? 'i' : 'l';
    }
  }

  llvm::StringMap<RuntimeFunction> functions;
};

void addHooks(RuntimeTable &table);
void addSpecialRegisters(RuntimeTable &table);
void addWarpFunctions(RuntimeTable &table);
void addBarrierFunctions(RuntimeTable &table);
void addCopyFunctions(RuntimeTable &table);
void addArithmetic(RuntimeTable &table);
void addApproximations(RuntimeTable &table);
void addConversions(RuntimeTable &table);

} // namespace norm::emulator

#endif // NORM_LIB_EMULATOR_RUNTIME_RUNTIMETABLE_H
