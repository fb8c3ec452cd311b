//===- DLPack.h - Tensors of other libraries --------------------*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

// Needs no LLVM, but <dlpack/dlpack.h> (Debian: libdlpack-dev), which a program
// that has DLPack tensors has anyway.

#ifndef NORM_EXECUTIONENGINE_DLPACK_H
#define NORM_EXECUTIONENGINE_DLPACK_H

#include "norm/ExecutionEngine/Argument.h"
#include "norm/ExecutionEngine/Result.h"

#include <dlpack/dlpack.h>

#include <optional>
#include <string>

namespace norm {

/// The data type of elements of `type`, if there is one. Unsigned integers are
/// taken as their bits.
inline std::optional<DataType> getDataType(DLDataType type) {
  // kDLBool, which headers before version 0.8 do not name.
  constexpr int boolean = 6;
  if (type.lanes != 1)
    return std::nullopt;
  const int code = type.code, bits = type.bits;
  if (code == kDLBfloat && bits == 16)
    return DataType::BF16;
  if (code == boolean && bits == 8)
    return DataType::I1;
  if (code == kDLFloat && bits == 16)
    return DataType::F16;
  if (code == kDLFloat && bits == 32)
    return DataType::F32;
  if (code == kDLFloat && bits == 64)
    return DataType::F64;
  if (code != kDLInt && code != kDLUInt)
    return std::nullopt;
  if (bits == 8)
    return DataType::I8;
  if (bits == 16)
    return DataType::I16;
  if (bits == 32)
    return DataType::I32;
  if (bits == 64)
    return DataType::I64;
  return std::nullopt;
}

/// The tensor of `tensor`, in memory of the CPU or of an NVIDIA GPU, for input
/// or output. Its elements are not copied and not owned: the caller keeps what
/// owns them (a DLManagedTensor) until the call is over, on a GPU on its
/// stream. The error says what is not supported: the device, or the type of the
/// elements.
inline Result<Argument> fromDLPack(const DLTensor &tensor) {
  // kDLCUDAHost and kDLCUDAManaged, which both can access; headers before
  // version 0.4 and 0.6 do not name them.
  constexpr int cudaHost = 3, cudaManaged = 13;
  const int device = static_cast<int>(tensor.device.device_type);
  if (device != kDLCPU && device != kDLCUDA && device != cudaHost &&
      device != cudaManaged)
    return Failure{"DLPack tensor: expected one in memory of the CPU (device "
                   "type 1) or of CUDA (2, 3, 13), found device type " +
                   std::to_string(device)};
  std::optional<DataType> type = getDataType(tensor.dtype);
  if (!type)
    return Failure{"DLPack tensor: elements of type code " +
                   std::to_string(tensor.dtype.code) + " with " +
                   std::to_string(tensor.dtype.bits) + " bits and " +
                   std::to_string(tensor.dtype.lanes) +
                   " lanes are not supported"};
  if (tensor.ndim < 0 || (tensor.ndim > 0 && !tensor.shape))
    return Failure{"DLPack tensor: expected a shape, found none for " +
                   std::to_string(tensor.ndim) + " dims"};
  std::vector<int64_t> sizes, strides;
  if (tensor.ndim > 0)
    sizes.assign(tensor.shape, tensor.shape + tensor.ndim);
  // No strides mean rows without gaps.
  if (tensor.strides)
    strides.assign(tensor.strides, tensor.strides + tensor.ndim);
  else
    strides = Argument::getContiguousStrides(sizes);
  char *data = static_cast<char *>(tensor.data);
  if (data)
    data += tensor.byte_offset;
  Argument argument =
      Argument::tensor(*type, data, std::move(sizes), std::move(strides));
  return device == kDLCUDA ? argument.inGPUMemory() : argument;
}

} // namespace norm

#endif // NORM_EXECUTIONENGINE_DLPACK_H
