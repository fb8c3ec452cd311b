# ===- make_input.py - Makes an input of the example ----------*- python -*-===#
#
# Licensed under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===-----------------------------------------------------------------------===#
"""Writes an array of pseudorandom values in [-4, 4] as a .npy file.

usage: make_input.py f32|bf16 SIZE[xSIZE..] FILE.npy

bf16 travels as 2-byte unsigned integers, since .npy has no name for it.
Needs nothing but Python's standard library; the values depend on the shape
alone.
"""

import array
import math
import random
import sys

# random.randbytes makes less than 2^31 bits at once.
LARGEST_COUNT = 2**31 // 32 - 1


def make_values(element_type, count):
    """An array of `count` elements as they stand in the file."""
    raw = array.array("i")
    raw.frombytes(random.Random(count).randbytes(4 * count))
    values = array.array("f", [v * 2.0**-29 for v in raw])
    if element_type == "f32":
        return values
    # The upper half of an f32 is the bf16 that it truncates to.
    halves = array.array("H")
    halves.frombytes(values.tobytes())
    return halves[1::2]


def parse_shape(text):
    """The tuple of sizes in "4x1024"."""
    sizes = text.split("x")
    if not all(size.isascii() and size.isdigit() for size in sizes):
        sys.exit(f"make_input.py: error: expected SIZE[xSIZE..], found '{text}'")
    shape = tuple(int(size) for size in sizes)
    if math.prod(shape) > LARGEST_COUNT:
        sys.exit(
            f"make_input.py: error: expected at most {LARGEST_COUNT} elements, "
            f"found {math.prod(shape)} for {text}"
        )
    return shape


def write(element_type, shape, file_name):
    """Writes the .npy file."""
    dtype = {"f32": "<f4", "bf16": "<u2"}[element_type]
    header = f"{{'descr': '{dtype}', 'fortran_order': False, 'shape': {shape}, }}"
    # Magic and header fill a multiple of 64 bytes and end with a newline.
    header = header.ljust(-(10 + len(header) + 1) % 64 + len(header)) + "\n"
    with open(file_name, "wb") as file:
        file.write(b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little"))
        file.write(header.encode())
        make_values(element_type, math.prod(shape)).tofile(file)


def main():
    if len(sys.argv) != 4 or sys.argv[1] not in ("f32", "bf16"):
        sys.exit(__doc__)
    element_type, sizes, file_name = sys.argv[1:]
    try:
        write(element_type, parse_shape(sizes), file_name)
    except OSError as error:
        sys.exit(f"make_input.py: error: {file_name}: {error.strerror}")


main()
