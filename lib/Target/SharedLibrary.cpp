//===- SharedLibrary.cpp - From an object file to a library ---------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "norm/Target/SharedLibrary.h"

#include "ExternalTool.h"

#include "norm/Target/OutputFile.h"

#include "llvm/ADT/SmallString.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Program.h"
#include "llvm/TargetParser/Host.h"

using namespace llvm;
using namespace norm;

namespace {

/// A program that links.
struct Linker {
  std::string path;
  /// It takes a C compiler's options and knows where the C library is.
  bool isCompiler;
};

} // namespace

/// The folders of the C library for `triple`.
static SmallVector<std::string> getLibraryFolders(const Triple &triple) {
  std::string platform = (triple.getArchName() + "-linux-gnu").str();
  SmallVector<std::string> folders = {
      "/lib/" + platform, "/usr/lib/" + platform, "/usr/" + platform + "/lib"};
  if (triple.getArch() == Triple(sys::getProcessTriple()).getArch())
    folders.append({"/lib64", "/usr/lib64", "/lib", "/usr/lib"});
  erase_if(folders, [](const std::string &folder) {
    return !sys::fs::is_directory(folder);
  });
  return folders;
}

/// The first of `folders` that has `file`, with it; empty if none has.
static std::string findFile(ArrayRef<std::string> folders, StringRef file) {
  for (StringRef folder : folders) {
    SmallString<128> path(folder);
    sys::path::append(path, file);
    if (sys::fs::exists(path))
      return path.str().str();
  }
  return "";
}

/// The libraries that kernels call besides the runtime; empty if the machine
/// has them at no place that is known here.
static SmallVector<std::string> findCLibraries(const Triple &triple) {
  SmallVector<std::string> folders = getLibraryFolders(triple), files;
  for (StringRef name : {"libm.so.6", "libc.so.6"}) {
    std::string file = findFile(folders, name);
    if (file.empty())
      return {};
    files.push_back(file);
  }
  // Conversions of half floats on CPUs that have no instruction for them.
  if (std::string file = findFile(folders, "libgcc_s.so.1"); !file.empty())
    files.push_back(file);
  return files;
}

static Expected<Linker> findLinker(const LinkOptions &options,
                                   bool hasCLibraries) {
  if (!options.linker.empty()) {
    auto path = sys::findProgramByName(options.linker);
    if (!path || !sys::fs::can_execute(*path))
      return createStringError("the linker '" + options.linker +
                               "' was not found");
    StringRef name = sys::path::filename(*path);
    return Linker{*path, !name.starts_with("ld") && !name.ends_with("ld")};
  }
  // The static runtime also needs what a compiler knows of: start files and
  // the dynamic linker.
  if (hasCLibraries && options.runtime == RuntimeLinkage::Shared) {
    for (StringRef name : {"ld.lld", "ld.lld-22"}) {
      if (!options.toolDirectory.empty())
        if (auto path = sys::findProgramByName(name, {options.toolDirectory}))
          return Linker{*path, false};
      if (auto path = sys::findProgramByName(name))
        return Linker{*path, false};
    }
  }
  for (StringRef name : {"cc", "clang", "gcc"})
    if (auto path = sys::findProgramByName(name))
      return Linker{*path, true};
  if (!hasCLibraries)
    return createStringError("found no C library of the platform, with which "
                             "ld.lld would link, and no cc, clang or gcc in "
                             "the PATH");
  return createStringError(
      "found no program to link with, expected ld.lld in '" +
      options.toolDirectory + "' or ld.lld, cc, clang or gcc in the PATH");
}

/// What the library shows to others.
static StringRef getVersionScript(RuntimeLinkage runtime) {
  if (runtime == RuntimeLinkage::Static)
    return "{ global: _mlir_ciface_*; norm_*; local: *; };\n";
  return "{ global: _mlir_ciface_*; norm_shape_*; norm_workspace_*; "
         "norm_load_*; norm_unload_*; local: *; };\n";
}

/// The linker's arguments.
static SmallVector<std::string> getArguments(const Linker &linker,
                                             const LinkOptions &options,
                                             StringRef name, StringRef runtime,
                                             ArrayRef<std::string> cLibraries,
                                             const TemporaryFolder &folder) {
  // A compiler passes the linker's own options on after -Wl.
  auto pass = [&](std::string option, std::string value) {
    return linker.isCompiler
               ? SmallVector<std::string>{"-Wl," + option + "," + value}
               : SmallVector<std::string>{option, value};
  };
  SmallVector<std::string> arguments = {"-shared", "-o",
                                        folder.getPath("library.so")};
  append_range(arguments, pass("-z", "defs"));
  append_range(arguments,
               pass("--version-script", folder.getPath("version-script")));
  append_range(arguments, pass("-rpath", "$ORIGIN"));
  if (!name.empty())
    append_range(arguments, pass("-soname", name.str()));
  if (linker.isCompiler)
    arguments.push_back("-Wl,--as-needed");
  else
    arguments.append({"--as-needed", "--eh-frame-hdr", "--build-id"});
  arguments.push_back(folder.getPath("kernels.o"));
  if (options.runtime == RuntimeLinkage::Static) {
    // The program may call what the kernels do not.
    StringRef prefix = linker.isCompiler ? "-Wl," : "";
    arguments.push_back((prefix + "--whole-archive").str());
    arguments.push_back(runtime.str());
    arguments.push_back((prefix + "--no-whole-archive").str());
  } else {
    arguments.push_back(runtime.str());
  }
  if (linker.isCompiler)
    arguments.push_back("-lm");
  else
    append_range(arguments, cLibraries);
  return arguments;
}

Error norm::linkSharedLibrary(StringRef object, const Triple &triple,
                              StringRef name, const LinkOptions &options,
                              SmallVectorImpl<char> &library) {
  if (!triple.isOSBinFormatELF())
    return createStringError("shared libraries are linked for ELF platforms, "
                             "found " +
                             triple.str());
  SmallString<128> runtime(options.runtimeDirectory);
  sys::path::append(runtime, options.runtime == RuntimeLinkage::Static
                                 ? "libnorm_runtime.a"
                                 : "libnorm_runtime.so");
  if (!sys::fs::exists(runtime))
    return createStringError(runtime +
                             ": the runtime library to link with is missing");
  SmallVector<std::string> cLibraries = findCLibraries(triple);
  Expected<Linker> linker = findLinker(options, !cLibraries.empty());
  if (!linker)
    return linker.takeError();
  TemporaryFolder folder;
  if (Error error = folder.create())
    return error;
  if (Error error = writeOutput(folder.getPath("kernels.o"), object))
    return error;
  if (Error error = writeOutput(folder.getPath("version-script"),
                                getVersionScript(options.runtime)))
    return error;
  std::string doing = "linking a shared library for " + triple.str();
  if (Error error = runTool(
          linker->path,
          getArguments(*linker, options, name, runtime, cLibraries, folder),
          folder, doing))
    return error;
  auto linked = readToolOutput(folder.getPath("library.so"), doing);
  if (!linked)
    return linked.takeError();
  append_range(library, (*linked)->getBuffer());
  return Error::success();
}
