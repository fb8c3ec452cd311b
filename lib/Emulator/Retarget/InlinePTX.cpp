//===- InlinePTX.cpp - Inline PTX -----------------------------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Rewriter.h"

#include "llvm/IR/InlineAsm.h"
#include "llvm/IR/Instructions.h"

using namespace llvm;
using namespace norm::emulator;

namespace {
/// PTX that ops of the NVVM dialect, or kernels of this project, are
/// translated to, letter by letter, and the function of the runtime that takes
/// the same operands. `barrierZero` puts barrier 0 before the operands.
struct Known {
  StringLiteral text;
  StringLiteral function;
  bool barrierZero = false;
};
} // namespace

/// The loop of nvvm.mbarrier.try_wait.parity; the space is before ".b64".
#define TRY_WAIT_PARITY(SPACE)                                                 \
  "{\n\t.reg .pred       P1; \n\tLAB_WAIT: \n\t"                               \
  "mbarrier.try_wait.parity" SPACE ".b64 P1, [$0], $1, $2; \n\t"               \
  "@P1 bra.uni DONE; \n\tbra.uni     LAB_WAIT; \n\tDONE: \n\t}"

static constexpr Known known[] = {
    {TRY_WAIT_PARITY(""), "mbarrier.wait.parity"},
    {TRY_WAIT_PARITY(".shared"), "mbarrier.wait.parity"},
    {"bar.arrive $0, $1;", "barrier.cta.arrive.aligned.count"},
    {"bar.arrive 0, $0;", "barrier.cta.arrive.aligned.count", true},
    {"tanh.approx.f32 $0, $1;", "tanh.approx.f32"},
    {"ex2.approx.f32 $0, $1;", "ex2.approx.f32"},
    {"ex2.approx.ftz.f32 $0, $1;", "ex2.approx.ftz.f32"},
    {"lg2.approx.f32 $0, $1;", "lg2.approx.f"},
    {"lg2.approx.ftz.f32 $0, $1;", "lg2.approx.ftz.f"},
    {"rsqrt.approx.f32 $0, $1;", "rsqrt.approx.f"},
    {"rsqrt.approx.ftz.f32 $0, $1;", "rsqrt.approx.ftz.f"},
    {"rcp.approx.f32 $0, $1;", "rcp.approx.f"},
    {"rcp.approx.ftz.f32 $0, $1;", "rcp.approx.ftz.f"},
    {"griddepcontrol.wait;", "griddepcontrol.wait"},
    {"griddepcontrol.launch_dependents;", "griddepcontrol.launch.dependents"},
    {"fence.proxy.async;", "fence.proxy.async"},
    {"fence.proxy.async.global;", "fence.proxy.async.global"},
    {"fence.proxy.async.shared::cta;", "fence.proxy.async.shared_cta"},
    {"fence.proxy.async.shared::cluster;", "fence.proxy.async.shared_cluster"},
    {"mbarrier.init.b64 [$0], $1;", "mbarrier.init"},
};

Error Rewriter::replaceInlinePTX(CallInst &call) {
  StringRef text = cast<InlineAsm>(call.getCalledOperand())->getAsmString();
  const Known *entry =
      find_if(known, [&](const Known &entry) { return entry.text == text; });
  if (entry == std::end(known))
    return makeError(call, "the emulator does not know the inline PTX '" +
                               text + "'");
  if (entry->barrierZero) {
    IRBuilder<> builder(&call);
    builder.CreateCall(getRuntime(entry->function),
                       {builder.getInt32(0), call.getArgOperand(0),
                        addSite(call, entry->function)});
    call.eraseFromParent();
    return Error::success();
  }
  return replaceByRuntime(call, entry->function);
}
