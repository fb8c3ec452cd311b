# ===- make_npy.py - Writes a .npy file -----------------------*- python -*-===#
#
# Licensed under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===-----------------------------------------------------------------------===#
"""Writes a .npy file without NumPy: make_npy.py OUT DESCR SHAPE VALUE..

DESCR is a NumPy type such as "<f4" with its byte order, SHAPE sizes with "x"
between them, or "" for rank 0. Values are cut off or repeated to fill the
shape. bf16 is written as "<u2" with the bits as values.
"""

import math
import struct
import sys

LETTERS = {"f2": "e", "f4": "f", "f8": "d", "i1": "b", "i4": "i", "i8": "q"}
LETTERS |= {"u2": "H"}


def main(path, descr, shape, *values):
    shape = tuple(int(size) for size in shape.split("x")) if shape else ()
    order, name = descr[0].replace("|", "<"), descr[1:]
    parse = float if name[0] == "f" else int
    count = math.prod(shape)
    data = [parse(values[i % len(values)]) for i in range(count)]
    header = str({"descr": descr, "fortran_order": False, "shape": shape})
    header += " " * (-(10 + len(header) + 1) % 64) + "\n"
    with open(path, "wb") as file:
        file.write(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)))
        file.write(header.encode())
        file.write(struct.pack(f"{order}{count}{LETTERS[name]}", *data))


main(*sys.argv[1:])
