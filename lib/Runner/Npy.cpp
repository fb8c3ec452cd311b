//===- Npy.cpp - Reading and writing .npy files ---------------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "norm/Runner/Npy.h"

#include "NpyHeader.h"
#include "norm/Target/OutputFile.h"

#include "llvm/Support/MemoryBuffer.h"

#include <cstring>

using namespace norm::runner;
using llvm::createStringError;
using llvm::Error;
using llvm::Expected;
using llvm::StringRef;
using llvm::Twine;

/// Puts the file's name before the text of `error`.
static Error inFile(StringRef path, Error error) {
  return createStringError(path + ": " + llvm::toString(std::move(error)));
}

static Expected<HostTensor> parseNpy(StringRef file, ElementType type) {
  Expected<NpyHeader> header = parseNpyHeader(file);
  if (!header)
    return header.takeError();
  if (Error error = checkDescr(header->descr, type))
    return error;

  StringRef data = file.drop_front(header->dataOffset);
  // The file must hold what its header promises before memory is taken for it.
  Expected<int64_t> expected = computeBytes(type, header->shape);
  if (!expected)
    return expected.takeError();
  size_t bytes = *expected;
  if (data.size() != bytes)
    return createStringError(
        Twine(data.size() < bytes ? "truncated" : "trailing bytes") +
        ": expected " + Twine(bytes) + " bytes of data (" +
        formatShape(header->shape) + " elements of " +
        Twine(getByteSize(type)) + " bytes), found " + Twine(data.size()));

  Expected<HostTensor> tensor =
      HostTensor::create(type, header->shape, header->layout);
  if (tensor && bytes != 0)
    std::memcpy(tensor->data(), data.data(), bytes);
  return tensor;
}

Expected<HostTensor> norm::runner::readNpy(StringRef path, ElementType type) {
  // Volatile: read, not mapped, so that a file that shrinks meanwhile is an
  // error and not a fault.
  auto buffer = llvm::MemoryBuffer::getFile(path, /*IsText=*/false,
                                            /*RequiresNullTerminator=*/false,
                                            /*IsVolatile=*/true);
  if (std::error_code code = buffer.getError())
    return inFile(path,
                  createStringError(code, "cannot read: " + code.message()));
  Expected<HostTensor> tensor = parseNpy((*buffer)->getBuffer(), type);
  if (!tensor)
    return inFile(path, tensor.takeError());
  return tensor;
}

Error norm::runner::writeNpy(StringRef path, const HostTensor &tensor) {
  return writeNpyFiles(path.str(), tensor);
}

Error norm::runner::writeNpyFiles(llvm::ArrayRef<std::string> paths,
                                  llvm::ArrayRef<HostTensor> tensors) {
  std::vector<std::string> headers;
  for (const HostTensor &tensor : tensors)
    headers.push_back(formatNpyHeader(tensor));
  std::vector<OutputFile> files;
  for (auto [path, header, tensor] : llvm::zip_equal(paths, headers, tensors))
    files.push_back(
        {path, header, StringRef(tensor.data(), tensor.getNumBytes())});
  return writeOutputs(files);
}
