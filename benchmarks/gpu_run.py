# ===- gpu_run.py - Checks and measures kernels on a GPU --------------------===#
#
# Licensed under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===------------------------------------------------------------------------===#
"""Compiles, checks and measures kernels for NVIDIA GPUs. gpu.sh calls it.

usage: gpu.sh [--steps=compile,checks,bench] [--json=FILE] [--write] [--dry-run] ..

compile: kernels ahead of time, into --folder; needs norm-compile and a C++ compiler.
checks: norm-run --verify, and under compute-sanitizer if it is installed.
bench: the compiled kernels beside a copy and other programs; needs PyTorch, NumPy.
"""

import argparse
import pathlib
import sys

from bench import report
from bench.cases import CaseError, read_cases
from bench.page import PageError, write_between_markers
from bench.report import OURS
from bench.tools import ROOT, ToolError
from gpu.checks import list_commands, read_checks, run_check
from gpu.kernels import KernelError, Kernels, compile_commands, compile_kernels

FOLDER = pathlib.Path(__file__).resolve().parent
PAGE = ROOT / "docs" / "GPU.md"
STEPS = ("compile", "checks", "bench")
TARGETS = ("cuda", "cuda-emulated")


class GPUError(Exception):
    """What is needed and not there; the text says what to do."""


ERRORS = (CaseError, GPUError, KernelError, OSError, PageError, ToolError)


def parse_arguments():
    parser = argparse.ArgumentParser(
        prog="gpu.sh", description=__doc__.splitlines()[0]
    )
    parser.add_argument(
        "--prefix",
        type=pathlib.Path,
        default=ROOT / "build",
        help="folder with bin/norm-compile, bin/norm-run and lib/libnorm_runtime.so",
    )
    parser.add_argument(
        "--folder",
        type=pathlib.Path,
        default=ROOT / "build" / "gpu-kernels",
        help="where the compiled kernels are or go to",
    )
    parser.add_argument("--steps", default=",".join(STEPS), help=",".join(STEPS))
    parser.add_argument(
        "--gpu", default="sm_90", help="GPUs to compile for, such as sm_80,sm_90"
    )
    parser.add_argument(
        "--target", default="cuda", help="of the checks: " + " or ".join(TARGETS)
    )
    parser.add_argument("--cases", default=FOLDER / "gpu" / "shapes.json")
    parser.add_argument("--checks", default=FOLDER / "gpu" / "checks.json")
    parser.add_argument(
        "--only", default="", metavar="TEXT", help="cases and checks with TEXT"
    )
    parser.add_argument("--rounds", type=int, default=5, help="turns of each peer")
    parser.add_argument("--json", metavar="FILE", help="write the results here")
    parser.add_argument(
        "--write", action="store_true", help="put the results into docs/GPU.md"
    )
    parser.add_argument(
        "--dry-run", action="store_true", help="say what would be done, do nothing"
    )
    arguments = parser.parse_args()
    arguments.steps = arguments.steps.split(",")
    for step in arguments.steps:
        if step not in STEPS:
            parser.error(f"unknown step '{step}', expected some of {','.join(STEPS)}")
    if arguments.target not in TARGETS:
        parser.error(f"unknown target '{arguments.target}', expected one of {TARGETS}")
    if arguments.rounds < 1:
        parser.error(f"expected --rounds >= 1, found {arguments.rounds}")
    return arguments


def dry_run(arguments, cases, checks):
    """Prints what the steps do."""
    if "compile" in arguments.steps:
        for command in compile_commands(
            cases, arguments.prefix, arguments.folder, arguments.gpu
        ):
            print("compile:", *command)
    if "checks" in arguments.steps:
        for _, command in list_commands(checks, arguments.prefix, arguments.target):
            print("check:", *command)
    if "bench" in arguments.steps:
        for case in cases:
            print(f"bench: {case}: {case.models}")


def run_checks(arguments, checks):
    """Runs the checks; a dict from their names to None or why they failed."""
    tool = arguments.prefix / "bin" / "norm-run"
    if not tool.exists():
        raise GPUError(f"{tool} does not exist: build norm, or leave out this step")
    results = {}
    for name, command in list_commands(checks, arguments.prefix, arguments.target):
        results[name] = run_check(command)
        print(f"check {name}: {results[name] or 'passed'}", flush=True)
    return results


def load_torch():
    """PyTorch on a GPU; raises GPUError."""
    try:
        import numpy  # for the references
        import torch
        import torch._dynamo
    except ImportError as error:
        raise GPUError(f"--steps=bench needs PyTorch and NumPy: {error}")
    if not torch.cuda.is_available():
        raise GPUError("--steps=bench needs an NVIDIA GPU that PyTorch can use")
    torch.set_grad_enabled(False)
    # All work is done on one stream that can be captured: autograd runs a backward on
    # the stream of its forward.
    torch.cuda.set_stream(torch.cuda.Stream())
    return torch


def check_outputs(buffers, calls):
    """None if each call gives right results, else why not."""
    buffers.spoil_outputs()
    for index, call in enumerate(calls):
        results = call()
        wrong = buffers.check(buffers.sets[index][1] if results is None else results, index)
        if wrong:
            return wrong
    return None


def measure_case(torch, case, kernels, peers, rounds):
    """The Result of a case and the seconds of the host for a call, or None."""
    from gpu.device import DeviceBuffers, DeviceTimed, time_limits
    from peers import Unsupported

    buffers = DeviceBuffers(torch, case)
    timed, skipped, host = {}, {}, None
    for peer in [None, *peers]:
        name = peer.name if peer else OURS
        try:
            if peer:
                calls = peer.calls(case, buffers.sets)
            else:
                sets = [inputs + outputs for inputs, outputs in buffers.sets]
                calls, host = kernels.prepare(torch, case, sets)
            wrong = check_outputs(buffers, calls)
            if wrong:
                skipped[name] = wrong
            else:
                timed[name] = DeviceTimed(torch, calls)
        except (KernelError, Unsupported) as error:
            skipped[name] = str(error)
        except Exception as error:  # whatever a package of others raises
            if peer is None:
                raise
            first = (str(error).strip() or type(error).__name__).splitlines()[0]
            skipped[name] = first
    limits = time_limits(torch, buffers)
    for _ in range(rounds):
        for one in [*limits.values(), *timed.values()]:
            one.turn(samples=5)
    result = report.make_result(case, buffers, limits, timed, skipped)
    return result, host() if host and OURS in timed else None


def format_page(about, results):
    """What was measured, as a table."""
    others = [name for name in about["versions"] if name != OURS]
    versions = ", ".join(f"{name} {about['versions'][name]}" for name in others)
    text = f"{about['gpu']}, {versions}. Times of peers are divided by ours.\n\n"
    text += f"| case | us | host us | of limit | {' | '.join(others)} |\n"
    text += f"|---|---:|---:|---:|{'---:|' * len(others)}\n"
    for result in results:
        if OURS not in result.seconds:
            text += f"| `{result.case}` | {result.skipped[OURS]} |\n"
            continue
        host = about["host_seconds"].get(str(result.case))
        ratios = [result.ratio(name) for name in others]
        cells = [
            f"`{result.case}`",
            f"{result.seconds[OURS] * 1e6:.1f}",
            "" if host is None else f"{host * 1e6:.2f}",
            f"{result.share(OURS):.0%}",
            *("" if ratio is None else f"{ratio:.2f}" for ratio in ratios),
        ]
        text += f"| {' | '.join(cells)} |\n"
    return text


def bench(arguments, cases, checks):
    """Measures the cases and writes the results; whether all of ours are right."""
    torch = load_torch()
    from gpu.peers import load_peers

    kernels = Kernels(arguments.folder)
    peers, missing = load_peers(torch)
    about = {
        "gpu": torch.cuda.get_device_name(0),
        "rounds": arguments.rounds,
        "versions": {OURS: "", **{peer.name: peer.version for peer in peers}},
        "skipped": missing,
        "checks": checks,
        "host_seconds": {},
    }
    print(f"{about['gpu']}; {', '.join(p.name + ' ' + p.version for p in peers)}")
    for name, reason in missing.items():
        print(f"{name}: skipped: {reason}")
    results = []
    for case in cases:
        result, host = measure_case(torch, case, kernels, peers, arguments.rounds)
        results.append(result)
        about["host_seconds"][str(case)] = host
        report.print_result(result)
        torch.cuda.empty_cache()
    about["summary"] = report.summarize(results, list(about["versions"]))
    report.print_summary(about["summary"])
    if arguments.json:
        report.write_json(arguments.json, about, results)
    if arguments.write:
        write_between_markers(PAGE, format_page(about, results))
    return all(OURS in result.seconds for result in results)


def main():
    arguments = parse_arguments()
    try:
        cases = [c for c in read_cases(arguments.cases) if arguments.only in str(c)]
        checks = [c for c in read_checks(arguments.checks) if arguments.only in str(c)]
        # A step without any would write an empty table.
        chosen = {"compile": cases, "checks": checks, "bench": cases}
        arguments.steps = [step for step in arguments.steps if chosen[step]]
        if not arguments.steps:
            raise GPUError(
                f"nothing of these steps contains '{arguments.only}'; --dry-run without "
                "--only prints what there is"
            )
        if arguments.dry_run:
            dry_run(arguments, cases, checks)
            return 0
        right, results = True, {}
        # What cannot be measured is said before anything is compiled.
        if "bench" in arguments.steps:
            load_torch()
        if "compile" in arguments.steps:
            failed = compile_kernels(
                cases, arguments.prefix, arguments.folder, arguments.gpu
            )
            for case, reason in failed.items():
                print(f"compile {case}: {reason}")
            right = right and not failed
        if "checks" in arguments.steps:
            results = run_checks(arguments, checks)
            right = right and not any(results.values())
        if "bench" in arguments.steps:
            right = bench(arguments, cases, results) and right
    except ERRORS as error:
        sys.exit(f"gpu.sh: error: {error}")
    return 0 if right else 1


if __name__ == "__main__":
    sys.exit(main())
