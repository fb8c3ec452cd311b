# ===- kernels.py - Kernels compiled ahead of time --------------------------===#
#
# Licensed under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===------------------------------------------------------------------------===#
"""Compiles the kernels of cases to shared libraries, and calls these through their C
entry on memory of PyTorch. Calling needs the libraries and the runtime library, and
neither LLVM nor a compiler."""

import ctypes
import pathlib
import shutil

from bench.tools import ROOT, MissingTool, ToolError, find_compiler, run_tool
from peers.norm import make_source

RUNTIME = "libnorm_runtime.so"
HARNESS = "harness.so"
# What bench_entry of harness.cpp passes on at the most.
MOST_HARNESS_ARGUMENTS = 8


def library_name(case):
    """The file of a case's kernels."""
    return f"{str(case).replace(' ', '-')}.so"


def source_name(case):
    """The file of a case's source."""
    return f"{str(case).replace(' ', '-')}.mlir"


def compile_commands(cases, prefix, folder, targets):
    """The commands that make the libraries of `cases` in `folder`, from sources that
    are there, and the harness. Raises MissingTool."""
    commands = [
        [prefix / "bin" / "norm-compile", folder / source_name(case)]
        + [f"--target={targets}", "--emit=shared", "-o", folder / library_name(case)]
        for case in cases
    ]
    commands.append(
        [find_compiler(), "-std=c++17", "-O2", "-shared", "-fPIC", f"-I{ROOT / 'include'}"]
        + ["-o", folder / HARNESS, ROOT / "benchmarks" / "harness.cpp"]
        + [ROOT / "lib" / "Runner" / "CopyLimit.cpp", folder / RUNTIME]
    )
    return commands


def compile_kernels(cases, prefix, folder, targets):
    """Runs these commands; a dict from cases to why they do not compile. Raises
    ToolError for the harness, MissingTool and OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copy(prefix / "lib" / RUNTIME, folder / RUNTIME)
    *kernels, harness = compile_commands(cases, prefix, folder, targets)
    run_tool(harness)
    failed = {}
    for case, command in zip(cases, kernels):
        (folder / source_name(case)).write_text(make_source(case))
        try:
            run_tool(command)
        except MissingTool:
            raise
        except ToolError as error:
            failed[str(case)] = str(error).splitlines()[0]
    return failed


def _descriptor(tensor):
    """{allocated, aligned, offset, sizes[rank], strides[rank]} of a tensor."""
    address = tensor.data_ptr()
    words = [address, address, 0, *tensor.shape, *tensor.stride()]
    return (ctypes.c_int64 * len(words))(*words)


class KernelError(Exception):
    """A library that cannot be loaded, or a call that failed."""


class Kernels:
    """The libraries of a folder."""

    def __init__(self, folder):
        """Loads the runtime library; raises KernelError."""
        self._folder = pathlib.Path(folder)
        try:
            runtime = str(self._folder / RUNTIME)
            self._runtime = ctypes.CDLL(runtime, mode=ctypes.RTLD_GLOBAL)
            self._harness = ctypes.CDLL(str(self._folder / HARNESS))
        except OSError as error:
            raise KernelError(f"{error}; make it with --steps=compile")
        self._runtime.norm_last_error.restype = ctypes.c_char_p
        self._harness.bench_entry.restype = ctypes.c_double

    def _require(self, code):
        if code != 0:
            raise KernelError(self._runtime.norm_last_error().decode())

    def prepare(self, torch, case, sets):
        """For each set of tensors (inputs, then outputs) a callable that launches the
        kernels of a case on the current stream, and a callable that returns the
        seconds of the host for one such call from C++, or None where it has too many
        arguments. Raises KernelError."""
        try:
            library = ctypes.CDLL(str(self._folder / library_name(case)))
        except OSError as error:
            raise KernelError(f"{error}; make it with --steps=compile")
        self._require(getattr(library, f"norm_load_{case.operator}")())
        entry = getattr(library, f"_mlir_ciface_{case.operator}_cuda")
        sizes = getattr(library, f"norm_workspace_{case.operator}")
        calls, arguments = [], []
        for tensors in sets:
            descriptors = [_descriptor(tensor) for tensor in tensors]
            needed = ctypes.c_size_t()
            self._require(sizes(*descriptors[: self._inputs(case)], ctypes.byref(needed)))
            workspace = torch.empty(needed.value, dtype=torch.uint8, device="cuda")
            pointer = ctypes.c_void_p(workspace.data_ptr() if needed.value else None)

            def call(descriptors=descriptors, pointer=pointer, needed=needed, _=workspace):
                stream = ctypes.c_void_p(torch.cuda.current_stream().cuda_stream)
                self._require(entry(*descriptors, pointer, needed, stream))

            calls.append(call)
            arguments.append((descriptors, pointer, needed))
        return calls, self._host_time(torch, entry, arguments[0])

    @staticmethod
    def _inputs(case):
        from bench.operators import OPERATORS

        return len(OPERATORS[case.operator].inputs(case.shape))

    def _host_time(self, torch, entry, arguments):
        descriptors, pointer, needed = arguments
        words = [ctypes.addressof(one) for one in descriptors]
        words += [pointer.value, needed.value, torch.cuda.current_stream().cuda_stream]
        if len(words) > MOST_HARNESS_ARGUMENTS:
            return None
        values = (ctypes.c_void_p * len(words))(*words)

        def seconds():
            # Fewer than a stream holds, so that no call waits for the GPU.
            best, calls = float("inf"), 100
            for _ in range(20):
                torch.cuda.synchronize()
                total = self._harness.bench_entry(
                    ctypes.cast(entry, ctypes.c_void_p),
                    values,
                    ctypes.c_int32(len(words)),
                    ctypes.c_int32(1),
                    ctypes.c_int64(0),
                    ctypes.c_int64(calls),
                )
                if total < 0:
                    raise KernelError(self._runtime.norm_last_error().decode())
                best = min(best, total / calls)
            torch.cuda.synchronize()
            return best

        return seconds
