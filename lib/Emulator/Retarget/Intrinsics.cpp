//===- Intrinsics.cpp - Intrinsics of NVVM --------------------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Rewriter.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/IR/InlineAsm.h"
#include "llvm/IR/IntrinsicInst.h"
#include "llvm/IR/Intrinsics.h"

using namespace llvm;
using namespace norm::emulator;

/// Intrinsics that are not of NVVM, have a form in PTX and one on the host.
static bool isForBoth(Intrinsic::ID id) {
  switch (id) {
  case Intrinsic::abs:
  case Intrinsic::assume:
  case Intrinsic::bitreverse:
  case Intrinsic::bswap:
  case Intrinsic::ceil:
  case Intrinsic::copysign:
  case Intrinsic::ctlz:
  case Intrinsic::ctpop:
  case Intrinsic::cttz:
  case Intrinsic::expect:
  case Intrinsic::experimental_noalias_scope_decl:
  case Intrinsic::fabs:
  case Intrinsic::floor:
  case Intrinsic::fma:
  case Intrinsic::fmuladd:
  case Intrinsic::fptosi_sat:
  case Intrinsic::fptoui_sat:
  case Intrinsic::fshl:
  case Intrinsic::fshr:
  case Intrinsic::invariant_end:
  case Intrinsic::invariant_start:
  case Intrinsic::is_constant:
  case Intrinsic::is_fpclass:
  case Intrinsic::lifetime_end:
  case Intrinsic::lifetime_start:
  case Intrinsic::maximum:
  case Intrinsic::maxnum:
  case Intrinsic::minimum:
  case Intrinsic::minnum:
  case Intrinsic::nearbyint:
  case Intrinsic::rint:
  case Intrinsic::round:
  case Intrinsic::roundeven:
  case Intrinsic::sadd_with_overflow:
  case Intrinsic::smax:
  case Intrinsic::smin:
  case Intrinsic::smul_with_overflow:
  case Intrinsic::sqrt:
  case Intrinsic::ssub_with_overflow:
  case Intrinsic::trunc:
  case Intrinsic::uadd_with_overflow:
  case Intrinsic::umax:
  case Intrinsic::umin:
  case Intrinsic::umul_with_overflow:
  case Intrinsic::usub_with_overflow:
  case Intrinsic::vector_reduce_add:
  case Intrinsic::vector_reduce_and:
  case Intrinsic::vector_reduce_fadd:
  case Intrinsic::vector_reduce_fmax:
  case Intrinsic::vector_reduce_fmaximum:
  case Intrinsic::vector_reduce_fmin:
  case Intrinsic::vector_reduce_fminimum:
  case Intrinsic::vector_reduce_fmul:
  case Intrinsic::vector_reduce_mul:
  case Intrinsic::vector_reduce_or:
  case Intrinsic::vector_reduce_smax:
  case Intrinsic::vector_reduce_smin:
  case Intrinsic::vector_reduce_umax:
  case Intrinsic::vector_reduce_umin:
  case Intrinsic::vector_reduce_xor:
    return true;
  default:
    return false;
  }
}

/// The name by which the runtime knows the intrinsic `name`: the forms of an
/// mbarrier operation for scopes and spaces are one.
static std::string getRuntimeName(StringRef name) {
  name.consume_front("llvm.nvvm.");
  if (!name.starts_with("mbarrier."))
    return name.str();
  auto [operation, scope] = name.split(".scope.");
  operation.consume_back(".shared");
  operation.consume_back(".relaxed");
  // The forms with a scope have a count, the older ones are of one arrival.
  bool counts =
      operation == "mbarrier.arrive" || operation == "mbarrier.arrive.drop";
  return (operation + (counts && !scope.empty() ? ".count" : "")).str();
}

Error Rewriter::replaceIntrinsics() {
  for (Function &function : module)
    for (BasicBlock &block : function)
      for (Instruction &instruction : make_early_inc_range(block)) {
        auto *call = dyn_cast<CallInst>(&instruction);
        if (!call)
          continue;
        if (call->isInlineAsm()) {
          if (Error error = replaceInlinePTX(*call))
            return error;
          continue;
        }
        Intrinsic::ID id = call->getCalledFunction()->getIntrinsicID();
        StringRef name = call->getCalledFunction()->getName();
        if (id == Intrinsic::trap || id == Intrinsic::debugtrap ||
            id == Intrinsic::ubsantrap) {
          IRBuilder<> builder(call);
          builder.CreateCall(getRuntime("trap"), {addSite(*call, "trap")});
          call->eraseFromParent();
        } else if (name.starts_with("llvm.nvvm.")) {
          if (Error error = replaceByRuntime(*call, getRuntimeName(name)))
            return error;
        } else if (isa<DbgInfoIntrinsic, AnyMemIntrinsic>(call) ||
                   id == Intrinsic::not_intrinsic || isForBoth(id)) {
          // Accesses of memory intrinsics are a later step's.
        } else if (id == Intrinsic::prefetch) {
          call->eraseFromParent();
        } else {
          return makeError(*call, "the emulator does not know '" + name + "'");
        }
      }
  return Error::success();
}
