# ===- sass_loops.py - The loops of SASS ------------------------*- python -*-===#
#
# Licensed under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===-----------------------------------------------------------------------===#
"""Prints what gpu/sass.py says of the kernels in the output of nvdisasm.

usage: sass_loops.py FOLDER_OF_THE_BENCHMARKS < SASS
"""

import sys

sys.path.insert(0, sys.argv[1])
# Not needed again, so nothing is left beside the sources.
sys.dont_write_bytecode = True

from gpu.sass import find_loops, main_loop, parse_kernels

for name, code in parse_kernels(sys.stdin.read()).items():
    loops = find_loops(code)
    for loop in loops:
        print(
            f"{name}: depth {loop.depth}, {loop.begin} to {loop.end}, "
            f"{loop.in_flight} loads of {loop.in_flight_bytes} bytes in flight, "
            f"{len(loop.waits)} waits, {loop.bytes_of('LDG')} bytes loaded, "
            f"{loop.wide_share('LDG'):.2f} by 16"
            f"{', main' if loop is main_loop(loops) else ''}"
        )
