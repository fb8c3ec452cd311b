# ===- harness.py - The library of harness.cpp ------------------------------===#
#
# Licensed under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===------------------------------------------------------------------------===#
"""Compiles and loads harness.cpp, and times kernels, copies and reading."""

import ctypes
import dataclasses
import pathlib
import re
import struct

from bench.report import Cost
from bench.timing import Timed
from bench.tools import ROOT, find_compiler, run_tool

FLAGS = ("-std=c++17", "-shared", "-fPIC")


class HarnessError(Exception):
    """A library is missing, or a call failed."""


@dataclasses.dataclass(frozen=True)
class Entry:
    """A compiled function."""

    address: ctypes.c_void_p
    cost: Cost


# Whose least time counts, as of everything that is timed.
COMPILATIONS = 5


def _compile_seconds(text):
    """What --timing says of the time from parsed IR to an object."""
    found = re.findall(r"([\d.]+) ms  (\S+)", text)
    times = {phase: float(time) for time, phase in found}
    return 1e-3 * (times["total"] - times["parse"] - times["link"])


def _code_bytes(path):
    """Of the executable segments of an ELF file of 64 bits."""
    data = path.read_bytes()
    (offset,) = struct.unpack_from("<Q", data, 32)
    size, count = struct.unpack_from("<HH", data, 54)
    total = 0
    for header in range(offset, offset + size * count, size):
        kind, flags = struct.unpack_from("<II", data, header)
        if kind == 1 and flags & 1:  # PT_LOAD, PF_X
            total += struct.unpack_from("<Q", data, header + 32)[0]
    return total


def _pointers(values):
    return (ctypes.c_void_p * len(values))(*values)


class Harness:
    """The loaded library; kernels, copies and reading use at most `threads` threads."""

    def __init__(self, prefix, folder, threads):
        """`prefix` has bin/norm-compile and lib/; `folder` takes the library. Raises
        HarnessError and ToolError."""
        self._compiler = find_compiler()
        version, _ = run_tool([self._compiler, "--version"])
        self.compiler_version = version.splitlines()[0].split(" (")[0]
        self.prefix, self.folder = pathlib.Path(prefix).resolve(), folder
        runtime = self.prefix / "lib" / "libnorm_runtime.so"
        if not runtime.exists():
            raise HarnessError(f"{runtime} does not exist: build norm first")
        self._link = [runtime, f"-Wl,-rpath,{runtime.parent}"]
        sources = [
            pathlib.Path(__file__).parent.parent / "harness.cpp",
            ROOT / "lib" / "Runner" / "CopyLimit.cpp",
        ]
        self._library = self.build("harness.so", sources, ("-O2",))
        self._runtime = ctypes.CDLL(str(runtime))
        self._runtime.norm_set_num_threads(ctypes.c_int32(threads))
        self._runtime.norm_last_error.restype = ctypes.c_char_p
        for name in ("bench_entry", "bench_copy", "bench_read"):
            getattr(self._library, name).restype = ctypes.c_double
        self._entries = {}

    def build(self, name, sources, flags):
        """Compiles C++ files with `flags` to the library `name`, which may use the
        runtime of the kernels, and loads it. Raises ToolError."""
        path = pathlib.Path(self.folder, name)
        run_tool(
            [self._compiler, *FLAGS, *flags, f"-I{ROOT / 'include'}", "-o", path]
            + [*sources, *self._link]
        )
        return ctypes.CDLL(str(path))

    def compile_entry(self, source, name):
        """The Entry of the function `name` of the text `source`. Raises ToolError."""
        if (source, name) in self._entries:
            return self._entries[source, name]
        text = pathlib.Path(self.folder, f"kernel{len(self._entries)}.mlir")
        text.write_text(source)
        path = text.with_suffix(".so")
        tool = self.prefix / "bin" / "norm-compile"
        command = [tool, text, "--emit=shared", "--timing", "-o", path]
        texts = [run_tool(command)[1] for _ in range(COMPILATIONS)]
        function = getattr(ctypes.CDLL(str(path)), f"_mlir_ciface_{name}")
        # Libraries stay loaded, so addresses stay valid.
        self._entries[source, name] = Entry(
            ctypes.cast(function, ctypes.c_void_p),
            Cost(min(map(_compile_seconds, texts)), _code_bytes(path)),
        )
        return self._entries[source, name]

    def time_entry(self, entry, sets):
        """A Timed for calls of the address `entry`; a set is a list of arrays."""
        descriptors = [[_descriptor(array) for array in one] for one in sets]
        arguments = _pointers([ctypes.addressof(d) for one in descriptors for d in one])

        def seconds(first, calls):
            result = self._library.bench_entry(
                entry,
                arguments,
                ctypes.c_int32(len(descriptors[0])),
                ctypes.c_int32(len(sets)),
                ctypes.c_int64(first),
                ctypes.c_int64(calls),
            )
            if result == -1:
                raise HarnessError(self._runtime.norm_last_error().decode())
            if result < 0:
                raise HarnessError(f"{len(descriptors[0])} operands are too many")
            return result

        return Timed(seconds)

    def time_copy(self, way, targets, sources, size):
        """A Timed for copies of `size` bytes from an address of `sources` to that
        in `targets`; `way` is that of bench_copy."""
        return self._time_move(
            self._library.bench_copy,
            [ctypes.c_int32(way), _pointers(targets), _pointers(sources)],
            len(sources),
            size,
        )

    def time_read(self, sources, size):
        """A Timed for reading `size` bytes at an address of `sources`."""
        move = self._library.bench_read
        return self._time_move(move, [_pointers(sources)], len(sources), size)

    def _time_move(self, move, arguments, sets, size):
        def seconds(first, calls):
            result = move(
                *arguments,
                ctypes.c_int32(sets),
                ctypes.c_int64(size),
                ctypes.c_int64(first),
                ctypes.c_int64(calls),
            )
            if result < 0:
                raise HarnessError(self._runtime.norm_last_error().decode())
            return result

        return Timed(seconds)


def _descriptor(array):
    """{allocated, aligned, offset, sizes[rank], strides[rank]} of an array."""
    strides = [stride // array.itemsize for stride in array.strides]
    words = [array.ctypes.data, array.ctypes.data, 0, *array.shape, *strides]
    return (ctypes.c_int64 * len(words))(*words)
