# ===- tools.py - The programs that make GPU code ---------------------------===#
#
# Licensed under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===------------------------------------------------------------------------===#
"""Runs ptxas and nvdisasm."""

import dataclasses
import glob
import os
import re
import shutil

from bench.tools import ROOT, MissingTool, run_tool


def find_tool(name):
    """The path of ptxas or nvdisasm: the one that scripts/setup.sh has installed,
    else one of the PATH or of the CUDA toolkit; raises MissingTool."""
    folders = glob.glob(str(ROOT / ".venv/lib/python*/site-packages/nvidia/*/bin"))
    folders += [os.environ.get("PATH", ""), "/usr/local/cuda/bin"]
    path = shutil.which(name, path=os.pathsep.join(folders))
    if path is None:
        raise MissingTool(f"{name} was not found: scripts/setup.sh installs it")
    return path


@dataclasses.dataclass(frozen=True)
class Resources:
    """What ptxas gave a kernel."""

    registers: int  # of a thread
    spill_bytes: int  # of a thread: stored to local memory and loaded again
    stack_bytes: int  # of a thread
    shared_bytes: int  # of a block, static


def _number(pattern, text):
    found = re.search(pattern, text)
    return int(found[1]) if found else 0


def assemble(ptx, gpu, cubin):
    """Assembles the file `ptx` for `gpu`, such as sm_90, into the file `cubin`;
    returns a dict from kernel names to Resources, in the order of their names.
    Raises ToolError."""
    _, report = run_tool([find_tool("ptxas"), "-v", f"-arch={gpu}", ptx, "-o", cubin])
    resources = {}
    for part in re.split(r"Compiling entry function ", report)[1:]:
        # Functions that a kernel calls follow it, with stacks of their own.
        name = re.match(r"'([\w.$]+)'", part)[1]
        resources[name] = Resources(
            registers=_number(r"Used (\d+) registers", part),
            spill_bytes=_number(r"(\d+) bytes spill stores", part)
            + _number(r"(\d+) bytes spill loads", part),
            stack_bytes=_number(r"(\d+) bytes stack frame", part),
            shared_bytes=_number(r"(\d+) bytes smem", part),
        )
    return dict(sorted(resources.items()))


def disassemble(cubin):
    """The SASS of all kernels of the file `cubin`; raises ToolError."""
    return run_tool([find_tool("nvdisasm"), "-c", cubin])[0]
