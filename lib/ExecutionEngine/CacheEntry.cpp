//===- CacheEntry.cpp - A compiled module in a folder ---------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CacheEntry.h"

#include "CodeIdentity.h"

#include "norm/Target/GPUImage.h"

#include "mlir/Bytecode/BytecodeWriter.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/BLAKE3.h"
#include "llvm/Support/DataExtractor.h"
#include "llvm/Support/EndianStream.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"

using namespace llvm;
using namespace norm;

/// The names of the files that belong to a cache begin with this.
static constexpr StringLiteral prefix = "norm-kernels-";

/// A file is the key, a hash of what follows, and the parts of the module.
static constexpr size_t hashBytes = LLVM_BLAKE3_OUT_LEN;

static std::string hash(StringRef bytes) {
  return toStringRef(BLAKE3::hash<hashBytes>(arrayRefFromStringRef(bytes)))
      .str();
}

/// Writes `part` so that parts one after the other are told apart.
static void writePart(raw_ostream &os, StringRef part) {
  support::endian::write<uint64_t>(os, part.size(), endianness::little);
  os << part;
}

CacheEntry::CacheEntry(const CacheOptions &cache, std::string key)
    : cache(cache), key(std::move(key)) {
  SmallString<128> file(cache.directory);
  sys::path::append(file, prefix + toHex(this->key, /*LowerCase=*/true));
  path = file.str().str();
}

std::optional<CacheEntry> CacheEntry::create(const CacheOptions &cache,
                                             mlir::ModuleOp source,
                                             const CompileOptions &options) {
  const std::string &compiler = getCompilerIdentity();
  if (compiler.empty() || !options.dumpDirectory.empty() ||
      (options.gpu && options.gpu->writeImage))
    return std::nullopt;
  std::string text;
  raw_string_ostream os(text);
  writePart(os, compiler);
  writePart(os, options.target.getTriple().str());
  writePart(os, options.target.getCPU());
  writePart(os, options.target.getFeatures());
  writePart(os, std::to_string(options.optLevel));
  writePart(os, describeStages(options));
  writePart(os, options.gpu ? options.gpu->target.str() : "cpu");
  writePart(os, options.gpu ? describeImageTools() : "");
  // Bytecode: text may lack large constants, if the program wants that of the
  // printer. It has locations, which messages name.
  if (failed(mlir::writeBytecodeToFile(source, os)))
    return std::nullopt;
  return CacheEntry(cache, hash(text));
}

/// The bytes of the regular file `path` with at most `maxBytes`. They are read
/// and not mapped: nobody can change them any more. Marks the file as used.
static std::unique_ptr<MemoryBuffer> readFile(StringRef path,
                                              uint64_t maxBytes) {
  sys::fs::file_status status;
  if (sys::fs::status(path, status) || !sys::fs::is_regular_file(status) ||
      (maxBytes != 0 && status.getSize() > maxBytes))
    return nullptr;
  Expected<sys::fs::file_t> file = sys::fs::openNativeFileForRead(path);
  if (!file) {
    consumeError(file.takeError());
    return nullptr;
  }
  auto buffer = MemoryBuffer::getOpenFile(*file, path, status.getSize(),
                                          /*RequiresNullTerminator=*/false,
                                          /*IsVolatile=*/true);
  // Only its owner may do this; for others it stays as old as it is.
  (void)sys::fs::setLastAccessAndModificationTime(
      *file, std::chrono::time_point_cast<sys::TimePoint<>::duration>(
                 std::chrono::system_clock::now()));
  sys::fs::closeFile(*file);
  return buffer ? std::move(*buffer) : nullptr;
}

std::optional<CompiledModule> CacheEntry::read() const {
  std::unique_ptr<MemoryBuffer> file = readFile(path, cache.maxBytes);
  if (!file)
    return std::nullopt;
  StringRef bytes = file->getBuffer();
  if (!bytes.consume_front(key))
    return std::nullopt;
  StringRef expected = bytes.take_front(hashBytes);
  bytes = bytes.drop_front(expected.size());
  if (hash(bytes) != expected)
    return std::nullopt;

  CompiledModule compiled;
  DataExtractor data(bytes, /*IsLittleEndian=*/true, /*AddressSize=*/8);
  DataExtractor::Cursor cursor(0);
  auto readPart = [&] { return data.getBytes(cursor, data.getU64(cursor)); };
  StringRef object = readPart(), adapters = readPart(), symbols = readPart();
  compiled.messages = readPart().str();
  if (errorToBool(cursor.takeError()))
    return std::nullopt;
  compiled.object.assign(object.begin(), object.end());
  compiled.adapters.assign(adapters.begin(), adapters.end());
  // A module without functions has no symbols, where split finds one that is
  // empty.
  if (!symbols.empty())
    for (StringRef symbol : split(symbols, '\n'))
      compiled.symbols.push_back(symbol.str());
  compiled.isFromCache = true;
  return compiled;
}

/// Writes `bytes` to `file`. The error is taken from the stream, whose
/// destructor ends the process if it has one.
static std::error_code writeAll(sys::fs::TempFile &file, StringRef bytes) {
  raw_fd_ostream stream(file.FD, /*shouldClose=*/false);
  stream << bytes;
  stream.flush();
  std::error_code error = stream.error();
  stream.clear_error();
  return error;
}

Error CacheEntry::write(const CompiledModule &compiled) const {
  std::string parts;
  raw_string_ostream os(parts);
  writePart(os, StringRef(compiled.object.data(), compiled.object.size()));
  writePart(os, StringRef(compiled.adapters.data(), compiled.adapters.size()));
  writePart(os, join(compiled.symbols, "\n"));
  writePart(os, compiled.messages);
  std::string bytes = key + hash(parts) + parts;
  if (cache.maxBytes != 0 && bytes.size() > cache.maxBytes)
    return createStringError("they have " + Twine(bytes.size()) +
                             " bytes, and the folder may have " +
                             Twine(cache.maxBytes));

  if (std::error_code error = sys::fs::create_directories(
          cache.directory, /*IgnoreExisting=*/true, sys::fs::owner_all))
    return createStringError(error, error.message());
  // With the prefix, so that what a process that was killed leaves is removed
  // in its turn.
  SmallString<128> model(cache.directory);
  sys::path::append(model, prefix + "%%%%%%%%.tmp");
  auto file = sys::fs::TempFile::create(model, sys::fs::owner_read |
                                                   sys::fs::owner_write);
  if (!file)
    return file.takeError();
  if (std::error_code error = writeAll(*file, bytes))
    return joinErrors(createStringError(error, error.message()),
                      file->discard());
  if (Error error = file->keep(path))
    return error;
  prune();
  return Error::success();
}

void CacheEntry::prune() const {
  if (cache.maxBytes == 0)
    return;
  struct File {
    sys::TimePoint<> lastUse;
    uint64_t bytes;
    std::string path;
  };
  std::vector<File> files;
  uint64_t bytes = 0;
  std::error_code error;
  for (sys::fs::directory_iterator it(cache.directory, error), end;
       !error && it != end; it.increment(error)) {
    // What is not of the cache is not touched, nor counted.
    if (!sys::path::filename(it->path()).starts_with(prefix))
      continue;
    auto status = it->status();
    if (!status || !sys::fs::is_regular_file(*status))
      continue;
    files.push_back(
        {status->getLastModificationTime(), status->getSize(), it->path()});
    bytes += files.back().bytes;
  }
  llvm::sort(files, [](const File &a, const File &b) {
    return a.lastUse < b.lastUse;
  });
  for (const File &file : files) {
    if (bytes <= cache.maxBytes)
      break;
    // Another process may have been faster.
    if (!sys::fs::remove(file.path))
      bytes -= file.bytes;
  }
}
