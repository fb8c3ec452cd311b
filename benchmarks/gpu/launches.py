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


# Where rows start, for the widest accesses.
ROW_ALIGNMENT = 16


def _has_aligned_rows(launch):
    """Whether all rows of operands without gaps start at multiples of ROW_ALIGNMENT:
    what the entry looks at before it calls `unit_stride`."""

    def distance(sizes, element):
        # Of rows; dims of one element are never stepped over.
        while len(sizes) > 1 and sizes[-2] == 1:
            sizes = sizes[:-2] + sizes[-1:]
        return sizes[-1] * element if len(sizes) > 1 else 0

    return all(distance(*one) % ROW_ALIGNMENT == 0 for one in launch.operands)


def _body(text, function):
    """The body of a function; None if there is none."""
    start = text.find(f"func.func private @{function}(")
    return text[start : text.index("\n  }\n", start)] if start >= 0 else None


def _launches(text, name, body):
    """The Launches in the body of a function."""
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
        r"gpu\.launch_func\s+@norm\.kernels::@(\w+) (?:clusters in \([^)]*\) )?"
        r"blocks in \(([^)]*)\) "
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


def read_launches(text, name):
    """The Launches of the function `name` in the module `text` of the stage gpu,
    for operands without gaps at multiples of 16 bytes: those of the variant that its
    entry calls. Raises LaunchError."""
    if (body := _body(text, f"{name}.contiguous.unit_stride")) is not None:
        return _launches(text, name, body)
    if (body := _body(text, f"{name}.unit_stride")) is None:
        raise LaunchError(f"expected a function {name}.unit_stride")
    launches = _launches(text, name, body)
    if all(map(_has_aligned_rows, launches)):
        return launches
    if (body := _body(text, f"{name}.unaligned")) is None:
        raise LaunchError(f"expected a function {name}.unaligned")
    return _launches(text, name, body)
