# ===- operators.py - Every operator in every type --------------*- python -*-===#
#
# Licensed under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===-----------------------------------------------------------------------===#
"""Prints a module with a function OPERATOR_TYPE for each operator of the benchmarks
that is one op, in the types that follow, of any number of rows, images or elements or
of static sizes.

usage: operators.py FOLDER_OF_THE_BENCHMARKS [--static] TYPE..
"""

import sys

sys.path.insert(0, sys.argv[1])
# Not needed again, so nothing is left beside the sources.
sys.dont_write_bytecode = True

from bench.cases import Case
from bench.operators import OPERATORS
from peers.norm import make_source

SHAPES = {1: (65536,), 2: (64, 4096), "NCHW": (2, 64, 64, 64), "NHWC": (2, 64, 64, 64)}
SEVERAL_OPS = ("residual_rmsnorm", "batch_norm_backward", "batch_norm_backward_nhwc")

static = "--static" in sys.argv[2:]
for name, operator in OPERATORS.items():
    for element_type in sys.argv[2 + static :]:
        if name not in SEVERAL_OPS:
            shape = SHAPES[operator.layout or operator.rank]
            source = make_source(Case(name, element_type, shape, "", False), static)
            print(source.replace(f"@{name}(", f"@{name}_{element_type}("))
