# ===- gpu_model.py - The time that GPU kernels should take -----------------===#
#
# Licensed under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===------------------------------------------------------------------------===#
"""Predicts the time of every operator on an H200 from the code of its kernels.

usage: gpu_model.py [--write] [--only=TEXT] [--prefix=DIR]

Needs norm-compile, ptxas and nvdisasm, and no GPU. README.md says how it counts.
"""

import argparse
import pathlib
import sys
import tempfile

# Not needed again, so nothing is left beside the sources.
sys.dont_write_bytecode = True

from bench.cases import CaseError, read_cases
from bench.page import PageError, write_between_markers
from bench.tools import ROOT, MissingTool, ToolError, run_tool
from gpu.launches import LaunchError, read_launches
from gpu.machine import H200
from gpu.model import model_call
from gpu.sass import parse_kernels
from gpu.tools import assemble, disassemble
from peers.norm import make_source

FOLDER = pathlib.Path(__file__).resolve().parent
PAGE = ROOT / "docs" / "GPU.md"


# Less takes about as long as a launch, copies included.
SMALL_BYTES = 1 << 20


def target_of(model):
    """The part of a copy's rate that a case is to reach; 0 for small work."""
    case = model.case
    if model.useful_bytes < SMALL_BYTES:
        return 0
    if case.operator == "rmsnorm_grad":
        return 0.90
    return 0.85 if len(case.shape) == 2 and case.shape[1] < 2048 else 0.95


def compile_case(case, prefix):
    """The CallModel of a case; raises ToolError and LaunchError."""
    compiler = pathlib.Path(prefix) / "bin" / "norm-compile"
    with tempfile.TemporaryDirectory() as folder:
        source = pathlib.Path(folder) / "kernel.mlir"
        source.write_text(make_source(case, static=True))
        ptx, cubin = source.with_suffix(".ptx"), source.with_suffix(".cubin")
        stage = pathlib.Path(folder) / "gpu.mlir"
        command = [compiler, source, f"--target={H200.target}"]
        run_tool(command + ["-o", ptx])
        run_tool(command + ["--stop-after=gpu", "-o", stage])
        resources = assemble(ptx, H200.target, cubin)
        code = parse_kernels(disassemble(cubin))
        launches = read_launches(stage.read_text(), case.operator)
    return model_call(H200, case, launches, resources, code)


def needed_bytes(model):
    """What Little's law asks a multiprocessor to have in flight of loads, for a copy's
    rate at the latency of the memory."""
    loads = model.loaded_bytes / model.useful_bytes
    seconds = H200.memory / H200.clock
    return H200.copy_bytes * loads * seconds / H200.multiprocessors


def causes(model):
    """Why a case is slow, the largest part first."""
    main, lines = model.main, []
    if main.active < 1:
        lines.append(
            f"{main.launch.blocks} blocks for {H200.multiprocessors} multiprocessors"
        )
    if main.bound == "latency":
        lines.append(
            f"{main.turns:.0f} turns of {main.turn_cycles:.0f} cycles one after the"
            f" other, with {main.flight_bytes / 1024:.0f} KiB in flight of each"
            f" multiprocessor ({needed_bytes(model) / 1024:.0f} KiB without pauses)"
        )
    if main.bound == "issue":
        lines.append(f"{model.instructions:.1f} instructions for each element")
    if main.occupancy < 0.25:
        lines.append(
            f"{main.occupancy:.0%} occupancy with {main.resources.registers} registers"
        )
    if main.resources.spill_bytes:
        lines.append(f"{main.resources.spill_bytes} bytes of spills")
    later = model.seconds - main.seconds - H200.launch_seconds
    if later > 0.02 * model.seconds:
        slowest = max(model.kernels[1:], key=lambda one: one.seconds)
        lines.append(
            f"{later * 1e6:.1f} us in {len(model.kernels) - 1} kernels behind it, the"
            f" slowest of {slowest.launch.blocks} blocks in {slowest.seconds * 1e6:.1f}"
        )
    if not lines:
        lines.append(
            f"turns of {main.latency * 1e6:.0f} us and instructions of"
            f" {main.issue * 1e6:.0f} us beside {main.memory * 1e6:.0f} us of memory"
        )
    return "; ".join(lines)


HEAD = """| case | grid | registers | occupancy | KiB in flight | instr. | us | copy us | share | bound |
|---|---|---:|---:|---:|---:|---:|---:|---:|---|
"""


def format_row(model):
    main = model.main
    more = f" + {len(model.kernels) - 1}" if len(model.kernels) > 1 else ""
    cells = [
        f"`{model.case}`",
        f"{main.launch.blocks} x {main.launch.threads}{more}",
        f"{main.resources.registers}",
        f"{main.occupancy:.0%}",
        f"{main.flight_bytes / 1024:.0f} / {needed_bytes(model) / 1024:.0f}",
        f"{model.instructions:.1f}",
        f"{model.seconds * 1e6:.1f}",
        f"{model.limit * 1e6:.1f}",
        f"{model.share:.0%}",
        main.bound,
    ]
    return f"| {' | '.join(cells)} |\n"


def format_page(models, failed):
    """The table, and what is below its target."""
    text = HEAD + "".join(map(format_row, models))
    below = [one for one in models if one.share < target_of(one)]
    text += "\n### Below the target\n\n"
    for model in sorted(below, key=lambda one: one.share / target_of(one)):
        text += (
            f"- `{model.case}`: {model.share:.0%} of {target_of(model):.0%}."
            f" {causes(model)}.\n"
        )
    for case, reason in failed.items():
        text += f"- `{case}`: does not compile. {reason}.\n"
    if not below and not failed:
        text += "- none\n"
    return text


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--prefix", default=ROOT / "build", help="folder with bin/norm-compile"
    )
    parser.add_argument(
        "--cases", default=FOLDER / "gpu" / "shapes.json", metavar="FILE"
    )
    parser.add_argument(
        "--only", default="", metavar="TEXT", help="cases whose name contains TEXT"
    )
    parser.add_argument(
        "--write", action="store_true", help="put the table into docs/GPU.md"
    )
    return parser.parse_args()


def main():
    arguments = parse_arguments()
    models, failed = [], {}
    try:
        cases = [c for c in read_cases(arguments.cases) if arguments.only in str(c)]
        if not cases:
            raise CaseError(f"{arguments.cases}: no case contains '{arguments.only}'")
        for case in cases:
            try:
                models.append(compile_case(case, arguments.prefix))
            except MissingTool:
                raise
            except (ToolError, LaunchError) as error:
                failed[case] = str(error).splitlines()[0].split("error: ")[-1]
        text = format_page(models, failed)
        print(text, end="")
        if arguments.write:
            write_between_markers(PAGE, text, "model")
    except (CaseError, PageError, ToolError, OSError) as error:
        print(f"gpu_model.py: error: {error}", file=sys.stderr)
        return 1
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
