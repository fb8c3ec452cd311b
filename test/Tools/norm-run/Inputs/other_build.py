# ===- other_build.py - Another build of a program -------------*- python -*-===#
#
# Licensed under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===-----------------------------------------------------------------------===#
"""Copies norm-run, with another build id or, if it has none, another text."""

import os
import struct
import sys

source, target = sys.argv[1:]
program = bytearray(open(source, "rb").read())
# The type and the owner of a note, which the id follows.
note = struct.pack("<I", 3) + b"GNU\0"
text = b"Compiles a function of a .mlir file and runs it"
place = program.index(note) + len(note) if note in program else program.index(text)
program[place] ^= 1
with open(target, "wb") as file:
    file.write(program)
os.chmod(target, 0o755)
