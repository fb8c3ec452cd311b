# ===- kernel_sources.py - The kernels of the benchmarks -------*- python -*-===#
#
# Licensed under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===-----------------------------------------------------------------------===#
"""Prints the source of the first kernel of each operator, type and way of sizes,
separated for --split-input-file.

usage: kernel_sources.py FOLDER_OF_THE_BENCHMARKS
"""

import pathlib
import sys

folder = pathlib.Path(sys.argv[1])
sys.path.insert(0, str(folder))
# Not needed again, so nothing is left beside the sources.
sys.dont_write_bytecode = True

from bench.cases import read_cases
from peers.norm import make_source

cases = {}
for case in read_cases(folder / "shapes.json"):
    cases.setdefault((case.operator, case.type, case.dynamic), case)
print("// -----\n".join(map(make_source, cases.values())))
