# ===- launches.py - The grids that a function launches ---------------------===#
#
# Licensed under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===------------------------------------------------------------------------===#
"""Reads the launches of a function of static shapes from its gpu stage."""

import dataclasses
import math
import re

BYTES = {"f64": 8, "f32": 4, "f16": 2, "bf16": 2, "index": 8, "i64": 8, "i32": 4}


@dataclasses.dataclass(frozen=True)
class Launch:
    """One kernel in the order of the stream."""

    kernel: str
    blocks: int
    threads: int  # of a block
    operands: tuple  # sizes of each memref of an argument of the function
    workspace: tuple  # sizes of each memref of the workspace


class LaunchError(Exception):
    """IR that is not understood; the text says what."""


def _sizes(text):
    """The sizes and the bytes of an element of a memref type, such as
    264x4096xf32, strided<..>."""
    words = re.match(r"[\w?]+", text)[0].split("x")
    if "?" in words[:-1] or words[-1] not in BYTES:
        raise LaunchError(f"expected a memref of static sizes, found memref<{text}>")
    return tuple(map(int, words[:-1])), BYTES[words[-1]]


def num_bytes(sizes):
    """The bytes of an element of Launch.operands or Launch.workspace."""
    return math.prod(sizes[0]) * sizes[1]


def _function(text, name):
    """The body of the function that runs on contiguous operands."""
    for variant in (".contiguous.unit_stride", ".unit_stride"):
        start = text.find(f"func.func private @{name}{variant}(")
        if start >= 0:
            return text[start : text.index("\n  }\n", start)]
    raise LaunchError(f"expected a function {name}.unit_stride")


def read_launches(text, name):
    """The Launches of the function `name` in the module `text` of the stage gpu,
    for operands without gaps; raises LaunchError."""
    body = _function(text, name)
    constants = {
        found[1]: int(found[2])
        for found in re.finditer(r"(%[\w-]+) = arith.constant (\d+) : index", text)
    }
    # Views of arguments are arguments, too.
    arguments = set(re.findall(r"(%arg\d+): memref", body.split("\n", 1)[0]))
    for view in re.finditer(r"(%\w+) = memref\.\w+ (%\w+)", body):
        if view[2] in arguments:
            arguments.add(view[1])
    launches = []
    for found in re.finditer(
        r"gpu\.launch_func\s+@norm\.kernels::@(\w+) blocks in \(([^)]*)\) "
        r"threads in \(([^)]*)\)\s+(?:dynamic_shared_memory_size \S+ )?args\((.*)\)",
        body,
    ):
        sizes = [
            [constants.get(word.strip()) for word in found[part].split(",")]
            for part in (2, 3)
        ]
        if None in sizes[0] + sizes[1]:
            raise LaunchError(f"{found[1]}: expected constant sizes of its grid")
        memrefs = re.findall(r"(%\w+) : memref<([^<>]*(?:<[^<>]*>)?[^<>]*)>", found[4])
        of_arguments = [_sizes(kind) for value, kind in memrefs if value in arguments]
        others = [_sizes(kind) for value, kind in memrefs if value not in arguments]
        launches.append(
            Launch(
                found[1],
                math.prod(sizes[0]),
                math.prod(sizes[1]),
                tuple(of_arguments),
                tuple(others),
            )
        )
    if not launches:
        raise LaunchError(f"{name}: expected launches")
    return launches
