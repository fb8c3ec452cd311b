# ===- lit.cfg.py - The lit suite -----------------------------*- python -*-===#
#
# Licensed under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===-----------------------------------------------------------------------===#
#
# The lit suite. Substitutions beside lit's own (%s, %S, %t, ..):
#   the tools of tools/ and the LLVM tools listed below
#   %examples  the folder of the examples     %build  the build folder
#   %benchmarks  the folder of the benchmarks
#   %python    the Python of the build        %cc, %cxx  its C and C++ compiler
#   %numpy_python  a Python with NumPy
# Features: every CPU flag of the host as cpu-FLAG, for example cpu-avx512f;
#   ptxas, nvdisasm: these programs of the CUDA toolkit, then in the PATH;
#   numpy: %numpy_python is there;
#   static-tools: norm-compile and norm-run are linked with the static LLVM.

import glob
import os
import re
import shutil
import subprocess

import lit.formats

config.name = "norm"
config.test_format = lit.formats.ShTest(execute_external=False)
config.suffixes = [".mlir", ".test"]
config.excludes = ["CMakeLists.txt", "Inputs", "Unit", "lib"]
# Threads that wait would spin, on the processors of other tests.
config.environment["OMP_WAIT_POLICY"] = "passive"
config.test_source_root = os.path.dirname(__file__)
config.test_exec_root = os.path.join(config.norm_build_dir, "test")

norm_tools_dir = os.path.join(config.norm_build_dir, "bin")
# Every tool runs under a time limit, because a greedy rewrite on a bad pattern
# mix never ends. lit's own limit needs a Python package, `timeout` does not.
# SIGKILL reaches `timeout` too, so that `not tool` does not take a tool that
# hangs for one that fails as expected.
SECONDS_PER_COMMAND = 120
timeout = shutil.which("timeout")
limit = f"{timeout} -s KILL {SECONDS_PER_COMMAND} " if timeout else ""


def add_tool(name, folder, limited):
    """Replaces the word `name` by the tool's full path.

    A tool that is not built keeps a path that does not exist, so only the
    tests that use it fail.
    """
    command = os.path.join(folder, name)
    # Not within a longer word such as an option, a path or a file name.
    pattern = r"(?<![\w./%=-])" + re.escape(name) + r"(?![\w./=-])"
    config.substitutions.append((pattern, (limit if limited else "") + command))


for tool in ["norm-opt", "norm-compile", "norm-run", "norm-lsp-server"]:
    add_tool(tool, norm_tools_dir, limited=True)
for tool in ["mlir-opt", "mlir-runner", "mlir-translate", "llc"]:
    add_tool(tool, config.llvm_tools_dir, limited=True)
for tool in [
    "FileCheck",
    "count",
    "llvm-nm",
    "llvm-objdump",
    "llvm-readobj",
    "not",
    "split-file",
]:
    add_tool(tool, config.llvm_tools_dir, limited=False)

config.substitutions += [
    ("%examples", os.path.join(config.norm_source_dir, "examples")),
    ("%benchmarks", os.path.join(config.norm_source_dir, "benchmarks")),
    ("%build", config.norm_build_dir),
    ("%python", config.python),
    ("%cc", config.c_compiler),
    ("%cxx", config.cxx_compiler),
    ("%llvm_lib_dir", os.path.join(os.path.dirname(config.llvm_tools_dir), "lib")),
]

# Those that scripts/setup.sh has installed come first: their version is known.
cuda_folders = glob.glob(
    os.path.join(
        config.norm_source_dir, ".venv/lib/python*/site-packages/nvidia/*/bin"
    )
)
config.environment["PATH"] = os.pathsep.join(
    cuda_folders + [config.environment["PATH"], "/usr/local/cuda/bin"]
)
for tool in ["ptxas", "nvdisasm"]:
    if shutil.which(tool, path=config.environment["PATH"]):
        config.available_features.add(tool)

for python in [
    config.python,
    os.path.join(config.norm_source_dir, ".venv", "bin", "python"),
]:
    if shutil.which(python):
        probe = [python, "-c", "import numpy"]
        if subprocess.run(probe, capture_output=True).returncode == 0:
            config.substitutions.append(("%numpy_python", python))
            config.available_features.add("numpy")
            break

if config.static_tools:
    config.available_features.add("static-tools")

try:
    with open("/proc/cpuinfo") as cpuinfo:
        flags = re.search(r"^flags\s*:(.*)$", cpuinfo.read(), re.MULTILINE)
    for flag in flags.group(1).split() if flags else []:
        config.available_features.add("cpu-" + flag)
except OSError:
    pass  # Not Linux: no feature, so the tests that need one are skipped.
