//===- LoadedLibrary.cpp - A shared library of kernels --------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "LoadedLibrary.h"

#include "norm/Runtime/norm_runtime.h"

#include "llvm/ADT/SmallString.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Object/ELFObjectFile.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/TargetParser/Triple.h"

#include <dlfcn.h>

using namespace llvm;
using namespace norm;

/// Checks that each segment that is mapped is in the file, without which
/// reading its memory ends the process.
static Error checkSegments(const object::ELF64LEFile &file) {
  auto segments = file.program_headers();
  if (!segments)
    return segments.takeError();
  for (const auto &segment : *segments)
    if (segment.p_offset > file.getBufSize() ||
        segment.p_filesz > file.getBufSize() - segment.p_offset)
      return createStringError("the file is truncated: it has " +
                               Twine(file.getBufSize()) +
                               " bytes, a segment ends at byte " +
                               Twine(segment.p_offset + segment.p_filesz));
  return Error::success();
}

/// Checks the library in `buffer` and returns the functions that it exports.
static Expected<std::vector<std::string>> readLibrary(MemoryBufferRef buffer,
                                                      const Triple &host) {
  auto object = object::ObjectFile::createObjectFile(buffer);
  if (!object)
    return object.takeError();
  auto *elf = dyn_cast<object::ELF64LEObjectFile>(object->get());
  if (!elf || elf->getELFFile().getHeader().e_type != ELF::ET_DYN)
    return createStringError("expected a 64-bit ELF shared library, found an " +
                             (*object)->getFileFormatName() +
                             " file of another kind");
  if (elf->getArch() != host.getArch())
    return createStringError(
        "the library is for " + Triple::getArchTypeName(elf->getArch()) +
        ", expected one for " + Triple::getArchTypeName(host.getArch()));
  if (Error error = checkSegments(elf->getELFFile()))
    return error;
  std::vector<std::string> exported;
  for (object::ELFSymbolRef symbol : elf->getDynamicSymbolIterators()) {
    Expected<uint32_t> flags = symbol.getFlags();
    if (!flags)
      return flags.takeError();
    Expected<StringRef> name = symbol.getName();
    if (!name)
      return name.takeError();
    if (!(*flags & object::SymbolRef::SF_Undefined))
      exported.push_back(name->str());
  }
  return exported;
}

static std::string formatVersion(int32_t version) {
  return formatv("{0}.{1}.{2}", version / 10000, version / 100 % 100,
                 version % 100);
}

/// Stores the address of `name` in `handle` or what it is linked to.
template <typename Function>
static Error lookupRuntime(void *handle, const char *name,
                           Function *&function) {
  function = reinterpret_cast<Function *>(dlsym(handle, name));
  if (function)
    return Error::success();
  return createStringError("it is not linked to the runtime library of norm, "
                           "which has the function '" +
                           Twine(name) + "'");
}

/// The same as code in the library finds it: the process comes before the
/// library, even if that contains the function.
template <typename Function>
static Error lookupCalled(void *handle, const char *name, Function *&function) {
  if (void *process = dlopen(nullptr, RTLD_NOW)) {
    function = reinterpret_cast<Function *>(dlsym(process, name));
    dlclose(process);
    if (function)
      return Error::success();
  }
  return lookupRuntime(handle, name, function);
}

Expected<LoadedLibrary> LoadedLibrary::load(StringRef path,
                                            const Triple &host) {
  auto fail = [&](const Twine &problem) {
    return createStringError(path + ": " + problem);
  };
  // With a directory, without which the dynamic linker would look elsewhere.
  SmallString<128> absolute(path);
  if (std::error_code error = sys::fs::make_absolute(absolute))
    return fail(error.message());
  auto buffer = MemoryBuffer::getFile(absolute);
  if (!buffer)
    return fail(buffer.getError().message());
  auto exported = readLibrary(**buffer, host);
  if (!exported)
    return fail(toString(exported.takeError()));

  LoadedLibrary library;
  library.path = path.str();
  library.exported = std::move(*exported);
  library.handle =
      dlopen(absolute.c_str(), RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
  if (!library.handle) {
    StringRef text = dlerror();
    text.consume_front(absolute);
    text.consume_front(": ");
    return fail(text);
  }
  int32_t (*getVersion)() = nullptr;
  Error error = joinErrors(
      lookupRuntime(library.handle, "norm_runtime_version", getVersion),
      joinErrors(lookupCalled(library.handle, "norm_last_error",
                              library.errors.lastError),
                 lookupCalled(library.handle, "norm_report_error",
                              library.errors.reportError)));
  if (error)
    return fail(toString(std::move(error)));
  // As long as the major version is 0, only patches keep the interface.
  if (int32_t version = getVersion();
      version / 100 != NORM_RUNTIME_VERSION / 100)
    return fail("it is linked to version " + formatVersion(version) +
                " of the runtime library, expected one that fits version " +
                formatVersion(NORM_RUNTIME_VERSION));
  return library;
}

Expected<void *> LoadedLibrary::lookup(const std::string &symbol) const {
  // Of this library only, not of what it is linked to.
  if (exports(symbol))
    if (void *address = dlsym(handle, symbol.c_str()))
      return address;
  constexpr StringLiteral prefix = "_mlir_ciface_";
  std::vector<std::string> kernels;
  for (StringRef name : exported)
    if (name.consume_front(prefix)) {
      // Those for GPUs have a suffix and can be loaded.
      if (name.ends_with("_cuda") &&
          exports(("norm_load_" + name.drop_back(5)).str()))
        kernels.push_back((name.drop_back(5) + " (for GPUs)").str());
      else
        kernels.push_back(name.str());
    }
  return createStringError(
      path + ": no function '" + symbol + "' in the library, which has " +
      (kernels.empty() ? "no kernels" : "the kernels: " + join(kernels, ", ")));
}
