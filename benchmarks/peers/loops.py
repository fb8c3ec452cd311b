# ===- loops.py - Loops written by hand -------------------------------------===#
#
# Licensed under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===------------------------------------------------------------------------===#
"""The loops of loops.cpp, called as the kernels are, on the same threads."""

import ctypes
import pathlib

from bench.operand import EPSILON
from bench.tools import ToolError
from peers import Prepared, Unsupported

SOURCE = pathlib.Path(__file__).with_name("loops.cpp")
FLAGS = ("-O3", "-march=native", "-fopenmp-simd")


class Loops:
    """The entries of loops.cpp with one prefix."""

    def __init__(self, harness, library, name, prefix):
        self.name, self.version = name, harness.compiler_version
        self._harness, self._library, self._prefix = harness, library, prefix

    def prepare(self, case, buffers):
        symbol = f"{self._prefix}_{case.operator}_{case.type}"
        try:
            function = getattr(self._library, symbol)
        except AttributeError:
            raise Unsupported(f"no loops of {case.operator} {case.type}")
        sets = [one.inputs + one.outputs for one in buffers.sets]
        entry = ctypes.cast(function, ctypes.c_void_p)
        return Prepared(self._harness.time_entry(entry, sets))


def load(context):
    flags = (*FLAGS, f"-DEPSILON={EPSILON}", f"-DTHREADS={context.threads}")
    try:
        library = context.harness.build("loops.so", [SOURCE], flags)
    except ToolError as error:
        raise Unsupported(str(error))
    return [
        Loops(context.harness, library, name, prefix)
        for name, prefix in (("C++ loops", "plain"), ("C++ vectors", "vector"))
    ]
