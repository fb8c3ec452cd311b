# ===- print_npy.py - Prints a .npy file ----------------------*- python -*-===#
#
# Licensed under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===-----------------------------------------------------------------------===#
"""Prints shape, type and elements of a .npy file without NumPy."""

import ast
import struct
import sys

LETTERS = {"f2": "e", "f4": "f", "f8": "d", "i1": "b", "i4": "i", "i8": "q"}
LETTERS |= {"u2": "H"}

with open(sys.argv[1], "rb") as file:
    assert file.read(8) == b"\x93NUMPY\x01\x00"
    (length,) = struct.unpack("<H", file.read(2))
    header = ast.literal_eval(file.read(length).decode())
    data = file.read()
letter = LETTERS[header["descr"][1:]]
values = [value for (value,) in struct.iter_unpack("<" + letter, data)]
print(header["shape"], header["descr"], *[f"{value:.6g}" for value in values])
