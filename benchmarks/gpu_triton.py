# ===- gpu_triton.py - SASS beside that of Triton ---------------------------===#
#
# Licensed under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===------------------------------------------------------------------------===#
"""Compares the machine code of kernels with that of the same operators in Triton.

usage: gpu_triton.py [--prefix=DIR] [--write]

Needs the package triton, which compiles without a GPU, and norm-compile, ptxas and
nvdisasm.
"""

import argparse
import pathlib
import sys
import tempfile

# Not needed again, so nothing is left beside the sources.
sys.dont_write_bytecode = True

from bench.cases import Case
from bench.page import PageError, write_between_markers
from bench.tools import ROOT, ToolError, run_tool
from gpu.launches import LaunchError
from gpu.machine import H200
from gpu.sass import find_loops, main_loop, parse_kernels
from gpu.tools import assemble, disassemble
from peers.norm import make_source

PAGE = ROOT / "docs" / "GPU.md"
TYPES = {"f32": "fp32", "bf16": "bf16"}


def compile_ours(case, prefix, folder):
    """The main loop of the first kernel of a case; raises ToolError."""
    source = folder / "kernel.mlir"
    source.write_text(make_source(case))
    ptx, cubin = source.with_suffix(".ptx"), source.with_suffix(".cubin")
    compiler = pathlib.Path(prefix) / "bin" / "norm-compile"
    run_tool([compiler, source, f"--target={H200.target}", "-o", ptx])
    name = f"{case.operator}_unit_stride_0"
    assemble(ptx, H200.target, cubin)
    code = parse_kernels(disassemble(cubin))
    return main_loop(find_loops(code[name]))


def compile_triton(kernel, case, constants, warps, folder):
    """The same of a Triton kernel, whose first arguments are pointers."""
    import triton
    from triton.backends.compiler import GPUTarget
    from triton.compiler import ASTSource

    names = kernel.arg_names
    signature = {
        name: "constexpr" if name in constants else f"*{TYPES[case.type]}"
        for name in names
    }
    pointers = [number for number, name in enumerate(names) if name not in constants]
    source = ASTSource(
        fn=kernel,
        signature=signature,
        constexprs={(names.index(name),): value for name, value in constants.items()},
        attrs={(number,): [["tt.divisibility", 16]] for number in pointers},
    )
    compiled = triton.compile(
        source, target=GPUTarget("cuda", 90, 32), options={"num_warps": warps}
    )
    cubin = folder / "triton.cubin"
    cubin.write_bytes(compiled.asm["cubin"])
    (code,) = parse_kernels(disassemble(cubin)).values()
    return main_loop(find_loops(code))


def format_row(case, name, elements, loop):
    """A line of the table; `elements` are those of a thread and turn."""
    cells = [
        f"`{' '.join([case.operator, case.type, *map(str, case.shape[1:])])}`",
        name,
        f"{elements}",
        f"{loop.instructions / elements:.1f}",
        f"{loop.in_flight_bytes}",
        f"{loop.wide_share('LDG'):.0%}",
        f"{loop.wide_share('STG'):.0%}",
    ]
    return f"| {' | '.join(cells)} |\n"


HEAD = """| operator | by | elements | instr. | bytes in flight | 16-byte loads | stores |
|---|---|---:|---:|---:|---:|---:|
"""


def compare(prefix, folder):
    """The table."""
    from gpu import triton_kernels as kernels

    text = HEAD
    for element, size in (("f32", 4), ("bf16", 2)):
        for width in (2048, 4096, 8192):
            case = Case("rmsnorm", element, (16384, width), "", True)
            loop = compile_ours(case, prefix, folder)
            of_thread = loop.bytes_of("STG") // size
            text += format_row(case, "norm", of_thread, loop)
            # As many threads for a row as ours has.
            warps = max(1, width // of_thread // 32)
            constants = {"width": width, "epsilon": 1e-6}
            loop = compile_triton(kernels.rmsnorm, case, constants, warps, folder)
            text += format_row(case, "Triton", of_thread, loop)
        case = Case("reciprocal", element, (1 << 26,), "", True)
        loop = compile_ours(case, prefix, folder)
        of_thread = loop.bytes_of("STG") // size
        text += format_row(case, "norm", of_thread, loop)
        constants = {"block": of_thread * 256}
        loop = compile_triton(kernels.reciprocal, case, constants, 8, folder)
        text += format_row(case, "Triton", of_thread, loop)
    return text


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--prefix", default=ROOT / "build", help="folder with bin/norm-compile"
    )
    parser.add_argument(
        "--write", action="store_true", help="put the table into docs/GPU.md"
    )
    arguments = parser.parse_args()
    try:
        with tempfile.TemporaryDirectory() as folder:
            text = compare(arguments.prefix, pathlib.Path(folder))
        print(text, end="")
        if arguments.write:
            write_between_markers(PAGE, text, "triton")
    except ImportError as error:
        sys.exit(f"gpu_triton.py: error: the package triton is needed: {error}")
    except (LaunchError, OSError, PageError, ToolError) as error:
        sys.exit(f"gpu_triton.py: error: {error}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
