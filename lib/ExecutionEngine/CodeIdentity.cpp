//===- CodeIdentity.cpp - Tells builds of code apart ----------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CodeIdentity.h"

#include "mlir/Target/LLVMIR/Export.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/BLAKE3.h"
#include "llvm/Support/MathExtras.h"
#include "llvm/TargetParser/Host.h"

#include <link.h>

using namespace llvm;
using namespace norm;

using Segment = ElfW(Phdr);

namespace {
/// A program or library in memory.
class LoadedFile {
public:
  explicit LoadedFile(const dl_phdr_info &info)
      : base(info.dlpi_addr), segments(info.dlpi_phdr, info.dlpi_phnum) {}

  bool contains(const void *address) const {
    return any_of(segments, [&](const Segment &segment) {
      return segment.p_type == PT_LOAD &&
             reinterpret_cast<uintptr_t>(address) - (base + segment.p_vaddr) <
                 segment.p_memsz;
    });
  }

  std::string identify() const {
    ArrayRef<uint8_t> buildID = findBuildID();
    return toHex(buildID) + (buildID.empty() ? toHex(hashConstants()) : "");
  }

private:
  ArrayRef<uint8_t> getBytes(const Segment &segment) const {
    return {reinterpret_cast<const uint8_t *>(base + segment.p_vaddr),
            segment.p_memsz};
  }

  ArrayRef<uint8_t> findBuildID() const {
    for (const Segment &segment : segments)
      if (segment.p_type == PT_NOTE)
        if (auto found =
                findBuildID(getBytes(segment), segment.p_align == 8 ? 8 : 4);
            !found.empty())
          return found;
    return {};
  }

  /// The build id among `notes`, whose parts are aligned to `alignment`.
  static ArrayRef<uint8_t> findBuildID(ArrayRef<uint8_t> notes,
                                       size_t alignment) {
    ElfW(Nhdr) header;
    while (notes.size() >= sizeof(header)) {
      std::memcpy(&header, notes.data(), sizeof(header));
      notes = notes.drop_front(sizeof(header));
      size_t nameBytes = alignTo(header.n_namesz, alignment);
      if (nameBytes > notes.size() ||
          header.n_descsz > notes.size() - nameBytes)
        break;
      StringRef name(reinterpret_cast<const char *>(notes.data()),
                     header.n_namesz);
      notes = notes.drop_front(nameBytes);
      if (header.n_type == NT_GNU_BUILD_ID && name.rtrim('\0') == ELF_NOTE_GNU)
        return notes.take_front(header.n_descsz);
      notes = notes.drop_front(
          std::min<size_t>(alignTo(header.n_descsz, alignment), notes.size()));
    }
    return {};
  }

  /// A hash of what is loaded and never written: nothing in it depends on the
  /// process.
  BLAKE3Result<> hashConstants() const {
    BLAKE3 hash;
    for (const Segment &segment : segments)
      if (segment.p_type == PT_LOAD && (segment.p_flags & PF_R) &&
          !(segment.p_flags & PF_W))
        hash.update(getBytes(segment));
    return hash.final();
  }

  uintptr_t base;
  ArrayRef<Segment> segments;
};

struct Search {
  ArrayRef<const void *> addresses;
  size_t numFound;
  /// Sorted: the order in which files are loaded says nothing.
  SmallVector<std::string> identities;
};
} // namespace

static int visit(dl_phdr_info *info, size_t, void *data) {
  auto &search = *static_cast<Search *>(data);
  LoadedFile file(*info);
  size_t found = count_if(search.addresses, [&](const void *address) {
    return file.contains(address);
  });
  if (found != 0)
    search.identities.push_back(file.identify());
  search.numFound += found;
  return 0;
}

std::string norm::identifyCode(ArrayRef<const void *> addresses) {
  Search search{addresses, 0, {}};
  dl_iterate_phdr(&visit, &search);
  if (search.numFound != addresses.size())
    return "";
  llvm::sort(search.identities);
  return join(search.identities, "-");
}

const std::string &norm::getCompilerIdentity() {
  static const std::string identity = identifyCode(
      {reinterpret_cast<const void *>(&identifyCode),
       reinterpret_cast<const void *>(&mlir::translateModuleToLLVMIR),
       reinterpret_cast<const void *>(&sys::getHostCPUFeatures)});
  return identity;
}
