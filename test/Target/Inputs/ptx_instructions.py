# ===- ptx_instructions.py - What kernels are made of ----------*- python -*-===#
#
# Licensed under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===-----------------------------------------------------------------------===#
"""Reads PTX and prints a line for each kernel that runs on operands without gaps:
how often it has each instruction on global, shared and local memory, each shuffle,
barrier and call, and each one on floating-point numbers, in the order of their
names.

usage: ptx_instructions.py < kernels.ptx
"""

import collections
import re
import sys

MEMORY = re.compile(r"(ld|st|atom|red)\.(global|shared|local)\b")
OTHER = re.compile(r"(shfl|bar|barrier|call|div|rcp|sqrt|rsqrt|ex2|fma)\b")
ARITHMETIC = re.compile(r"(add|sub|mul)\..*\bf(16|32|64)$")

kernel = None
for line in sys.stdin:
    if start := re.match(r"\.visible \.entry (\w+)\(", line):
        kernel, counts = start[1], collections.Counter()
    elif line.startswith("}") and kernel:
        words = (f"{name}={counts[name]}" for name in sorted(counts))
        if "unit_stride" in kernel:
            print(f"{kernel}:", *words)
        kernel = None
    elif kernel and (found := re.match(r"\s+(?:@!?%p\d+\s+)?([a-z][\w.:]*)", line)):
        name = found[1]
        if any(pattern.match(name) for pattern in (MEMORY, OTHER, ARITHMETIC)):
            counts[name] += 1
