//===- RuntimeSymbols.cpp - What loaded code may call ---------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "RuntimeSymbols.h"

#include "norm/Runtime/norm_cuda.h"

#include <cmath>
#include <cstdlib>
#include <cstring>

using namespace norm;

/// The address of an overloaded or plain function of type `Type`.
template <typename Type> static void *addressOf(Type *function) {
  return reinterpret_cast<void *>(function);
}

// Each function of <cmath> for double and, with the suffix f, for float.
#define UNARY(NAME)                                                            \
  {#NAME, addressOf<double(double)>(&::NAME)}, {                               \
    #NAME "f", addressOf<float(float)>(&::NAME##f)                             \
  }
#define BINARY(NAME)                                                           \
  {#NAME, addressOf<double(double, double)>(&::NAME)}, {                       \
    #NAME "f", addressOf<float(float, float)>(&::NAME##f)                      \
  }

llvm::ArrayRef<RuntimeSymbol> norm::getRuntimeSymbols() {
  static const RuntimeSymbol symbols[] = {
      {"norm_report_error", addressOf(&norm_report_error)},
      {"norm_last_error", addressOf(&norm_last_error)},
      {"norm_check_arguments", addressOf(&norm_check_arguments)},
      {"norm_check_call", addressOf(&norm_check_call)},
      {"norm_begin_copies", addressOf(&norm_begin_copies)},
      {"norm_end_copies", addressOf(&norm_end_copies)},
      {"norm_parallel_for", addressOf(&norm_parallel_for)},
      {"norm_scratch_acquire", addressOf(&norm_scratch_acquire)},
      {"norm_scratch_release", addressOf(&norm_scratch_release)},
      {"norm_runtime_version", addressOf(&norm_runtime_version)},
      {"norm_cuda_load", addressOf(&norm_cuda_load)},
      {"norm_cuda_unload", addressOf(&norm_cuda_unload)},
      {"norm_cuda_begin", addressOf(&norm_cuda_begin)},
      {"norm_cuda_query", addressOf(&norm_cuda_query)},
      {"norm_cuda_workspace", addressOf(&norm_cuda_workspace)},
      {"norm_cuda_launch", addressOf(&norm_cuda_launch)},
      {"norm_cuda_launch_dependent", addressOf(&norm_cuda_launch_dependent)},
      {"norm_cuda_status", addressOf(&norm_cuda_status)},
      {"norm_cuda_needed_bytes", addressOf(&norm_cuda_needed_bytes)},
      {"memcpy", addressOf(&::memcpy)},
      {"memmove", addressOf(&::memmove)},
      {"memset", addressOf(&::memset)},
      {"fma", addressOf<double(double, double, double)>(&::fma)},
      {"fmaf", addressOf<float(float, float, float)>(&::fmaf)},
      UNARY(acos),
      UNARY(acosh),
      UNARY(asin),
      UNARY(asinh),
      UNARY(atan),
      UNARY(atanh),
      UNARY(cbrt),
      UNARY(ceil),
      UNARY(cos),
      UNARY(cosh),
      UNARY(erf),
      UNARY(erfc),
      UNARY(exp),
      UNARY(exp2),
      UNARY(expm1),
      UNARY(floor),
      UNARY(log),
      UNARY(log10),
      UNARY(log1p),
      UNARY(log2),
      UNARY(nearbyint),
      UNARY(rint),
      UNARY(round),
      UNARY(sin),
      UNARY(sinh),
      UNARY(sqrt),
      UNARY(tan),
      UNARY(tanh),
      UNARY(trunc),
      BINARY(atan2),
      BINARY(fmax),
      BINARY(fmin),
      BINARY(fmod),
      BINARY(pow),
  };
  return symbols;
}
