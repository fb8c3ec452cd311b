# ===- launches.py - The launches of a stage --------------------*- python -*-===#
#
# Licensed under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===-----------------------------------------------------------------------===#
"""Prints the grids that gpu/launches.py reads from a module of the stage gpu.

usage: launches.py FOLDER_OF_THE_BENCHMARKS FUNCTION.. < MODULE
"""

import sys

sys.path.insert(0, sys.argv[1])
# Not needed again, so nothing is left beside the sources.
sys.dont_write_bytecode = True

from gpu.launches import read_launches

text = sys.stdin.read()
for function in sys.argv[2:]:
    for launch in read_launches(text, function):
        print(f"{function}: {launch.kernel}, {launch.blocks} x {launch.threads}")
