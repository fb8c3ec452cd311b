# ===- gpu_code.py - Registers, spills and loops of GPU kernels -------------===#
#
# Licensed under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===------------------------------------------------------------------------===#
"""Prints what ptxas and SASS say of each kernel of a file, a line for each.

usage: gpu_code.py FILE.ptx [--gpu=sm_90] [--bounds=FILE] [--sass]

FILE ends with .ptx or .mlir, which norm-compile of --prefix compiles first. A line
of --bounds has a pattern of kernels' names, and the most registers and bytes of
spills that these may have. With --sass a line for each loop follows: the depth of
the loop, instructions of a turn, global loads and stores with the part of their
bytes that is moved by 16, and how many loads begin before the first of them is used.
"""

import argparse
import fnmatch
import pathlib
import sys
import tempfile

# Not needed again, so nothing is left beside the sources.
sys.dont_write_bytecode = True

from bench.tools import ROOT, ToolError, run_tool
from gpu.sass import find_loops, parse_kernels
from gpu.tools import assemble, disassemble


def print_loops(code):
    for loop in find_loops(code):
        stores = loop.count("STG")
        print(
            f"  {'loop ' + str(loop.depth) if loop.depth else 'kernel'}:"
            f" instructions={loop.instructions}"
            f" loads={loop.count('LDG')} wide={loop.wide_share('LDG'):.2f}"
            f" stores={stores} wide={loop.wide_share('STG'):.2f}"
            f" in_flight={loop.in_flight} bytes={loop.in_flight_bytes}"
            f" shuffles={loop.count('SHFL')} barriers={loop.count('BAR')}"
            f" local={loop.count('LDL') + loop.count('STL')}"
        )


def check_bounds(path, kernels):
    """Sentences about the kernels that exceed the bounds of the file `path`, and the
    patterns of it that no kernel has; raises OSError and ValueError."""
    found = []
    for line in path.read_text().splitlines():
        pattern, registers, spills = line.split()
        named = fnmatch.filter(kernels, pattern)
        if not named:
            found.append(f"{pattern}: expected a kernel of this name")
        for name in named:
            for what, most, actual in (
                ("registers", int(registers), kernels[name].registers),
                ("bytes of spills", int(spills), kernels[name].spill_bytes),
            ):
                if actual > most:
                    found.append(f"{name}: expected <= {most} {what}, found {actual}")
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("file", type=pathlib.Path, help="a .ptx or .mlir file")
    parser.add_argument("--gpu", default="sm_90", help="sm_80, sm_90, sm_100, ..")
    parser.add_argument("--bounds", type=pathlib.Path, help="file of bounds")
    parser.add_argument("--sass", action="store_true", help="print the loops, too")
    parser.add_argument(
        "--prefix", default=ROOT / "build", help="folder with bin/norm-compile"
    )
    arguments = parser.parse_args()
    try:
        with tempfile.TemporaryDirectory() as folder:
            cubin, ptx = pathlib.Path(folder) / "x.cubin", arguments.file
            if ptx.suffix == ".mlir":
                ptx = cubin.with_suffix(".ptx")
                tool = pathlib.Path(arguments.prefix) / "bin/norm-compile"
                run_tool([tool, arguments.file, f"--target={arguments.gpu}", "-o", ptx])
            kernels = assemble(ptx, arguments.gpu, cubin)
            code = parse_kernels(disassemble(cubin)) if arguments.sass else {}
        exceeded = check_bounds(arguments.bounds, kernels) if arguments.bounds else []
    except (OSError, ToolError, ValueError) as error:
        print(f"gpu_code.py: error: {error}", file=sys.stderr)
        return 1
    for name, resources in kernels.items():
        print(
            f"{name}: registers={resources.registers}"
            f" spills={resources.spill_bytes} stack={resources.stack_bytes}"
            f" shared={resources.shared_bytes}"
        )
        if arguments.sass:
            print_loops(code.get(name, []))
    for sentence in exceeded:
        print(f"gpu_code.py: error: {sentence}", file=sys.stderr)
    return 1 if exceeded else 0


if __name__ == "__main__":
    sys.exit(main())
