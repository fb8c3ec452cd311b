# ===- run.py - Measures kernels on the CPU ----------------------------------===#
#
# Licensed under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===------------------------------------------------------------------------===#
"""Measures every operator, the limit and other programs in one run.

usage: run.sh [--peers[=NAME,..]] [--quick] [--steps=cases,widths,errors] [--write] ..

run.sh calls it; README.md says what is measured and how to install the peers.
"""

import argparse
import os
import pathlib
import signal
import sys
import tempfile

from accuracy.measure import AccuracyError, measure_all
from bench import report
from bench.cases import CaseError, read_cases, read_sweeps
from bench.machine import describe_machine
from bench.merge import merge
from bench.outputs import print_findings, write_outputs, write_page
from bench.page import PageError, split_page
from bench.targets import Targets
from bench.tools import ROOT, MissingTool, ToolError, run_tool
from peers import FILES

FOLDER = ROOT / "benchmarks"
PAGE = ROOT / "docs" / "Performance.md"
CASES = FOLDER / "shapes.json"
STEPS = ("cases", "widths", "errors")
# Name, least and most of what is a number.
RANGES = (("threads", 1, 4096), ("rounds", 1, 10000), ("seconds", 0, 60))
# What a quick run measures the errors of.
QUICK_TYPES, QUICK_WIDTHS = ("f32", "bf16"), (64, 4096)


class RunError(Exception):
    """What is needed and not there; the text says what to do."""


ERRORS = (
    AccuracyError,
    CaseError,
    MemoryError,
    OSError,
    PageError,
    report.ResultError,
    RunError,
    ToolError,
)


def _names(text, known, parser, what):
    names = text.split(",")
    for name in names:
        if name not in known:
            parser.error(f"unknown {what} '{name}', expected some of {','.join(known)}")
    return names


def parse_arguments():
    parser = argparse.ArgumentParser(prog="run.sh", description=__doc__.splitlines()[0])
    parser.add_argument(
        "--peers",
        nargs="?",
        const=",".join(FILES[1:]),
        default="",
        metavar="NAMES",
        help=f"measure other programs too: all, or some of {','.join(FILES[1:])}",
    )
    parser.add_argument(
        "--quick", action="store_true", help="some cases in short turns"
    )
    parser.add_argument(
        "--steps",
        help=f"some of {','.join(STEPS)}; without it all, with --quick all but widths",
    )
    parser.add_argument("--threads", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--rounds", type=int, help="turns of each program (5)")
    parser.add_argument("--seconds", type=float, help="length of a turn (0.1)")
    parser.add_argument(
        "--only", default="", metavar="TEXT", help="cases and sweeps with TEXT"
    )
    parser.add_argument("--cases", default=CASES, metavar="FILE")
    parser.add_argument("--targets", default=FOLDER / "targets.json", metavar="FILE")
    parser.add_argument(
        "--prefix",
        type=pathlib.Path,
        default=ROOT / "build",
        help="folder with bin/norm-compile, bin/norm-run and lib/libnorm_runtime.so",
    )
    parser.add_argument(
        "--output",
        type=pathlib.Path,
        default=ROOT / "build" / "benchmarks",
        metavar="DIR",
        help="where results.json, .csv, .md and the plots go (build/benchmarks)",
    )
    parser.add_argument(
        "--from",
        dest="sources",
        nargs="+",
        metavar="FILE",
        help="measure nothing: show a results.json of before, or several together",
    )
    parser.add_argument(
        "--one-core",
        nargs="+",
        metavar="FILE",
        help="results.json of one-core.json with --threads=1, or several: notes quote them",
    )
    parser.add_argument(
        "--write",
        nargs="?",
        const=PAGE,
        type=pathlib.Path,
        metavar="PAGE",
        help="put the results into this page (docs/Performance.md)",
    )
    parser.add_argument(
        "--list", action="store_true", help="print what would be measured"
    )
    arguments = parser.parse_args()
    arguments.peers = [FILES[0]] + (
        _names(arguments.peers, FILES[1:], parser, "peer") if arguments.peers else []
    )
    default = STEPS if not arguments.quick else ("cases", "errors")
    arguments.steps = _names(
        arguments.steps or ",".join(default), STEPS, parser, "step"
    )
    if arguments.rounds is None:
        arguments.rounds = 3 if arguments.quick else 5
    if arguments.seconds is None:
        arguments.seconds = 0.03 if arguments.quick else 0.1
    for name, least, most in RANGES:
        value = getattr(arguments, name)
        if not least <= value <= most:
            parser.error(f"expected --{name} from {least} to {most}, found {value}")
    return arguments


def version_of(prefix):
    """What norm-compile says it is."""
    try:
        text, _ = run_tool([prefix / "bin" / "norm-compile", "--version"])
    except MissingTool as error:
        raise RunError(f"{error}: build norm first")
    return text.strip().removeprefix("norm-compile ")


def describe_run(arguments):
    """What the results say of the run, before anything is measured."""
    return {
        **describe_machine(),
        "threads": arguments.threads,
        "rounds": arguments.rounds,
        "seconds_per_turn": arguments.seconds,
        "versions": {report.OURS: version_of(arguments.prefix)},
        "skipped": {},
        "load_before": os.getloadavg(),
    }


def measure(arguments, cases, sweeps, folder, run, store):
    """Measures cases and sweeps, with `folder` for what is compiled; the results. Fills
    the dict `run`, and calls `store` with the results so far."""
    try:
        import numpy
    except ImportError as error:
        raise RunError(f"NumPy is needed ({error}): install requirements.txt")
    from bench.harness import Harness, HarnessError
    from bench.measure import WidthError, measure_case, measure_widths
    from peers import Context, load_peers

    results = []
    try:
        harness = Harness(arguments.prefix, folder, arguments.threads)
        context = Context(harness, arguments.threads)
        peers, run["skipped"] = load_peers(context, arguments.peers)
        versions = {peer.name: peer.version for peer in peers if peer.version}
        run["versions"].update(versions)
        for name, version in run["versions"].items():
            print(f"{name} {version}")
        for file, reason in run["skipped"].items():
            print(f"{file}: skipped: {reason}")
        for case in cases:
            results.append(
                measure_case(case, harness, peers, arguments.rounds, arguments.seconds)
            )
            report.print_result(results[-1])
            store(results)
        for sweep in sweeps:
            print(f"\nwidths of {sweep}", flush=True)
            run.setdefault("widths", []).extend(
                measure_widths(sweep, peers[0], arguments.rounds, arguments.seconds)
            )
            store(results)
    except (HarnessError, WidthError) as error:
        raise RunError(str(error))
    return results


def measure_errors(arguments):
    """The errors of all operators, as dicts for JSON."""
    print("\nerrors", flush=True)
    choice = (QUICK_TYPES, QUICK_WIDTHS) if arguments.quick else ()
    errors = measure_all(arguments.prefix / "bin" / "norm-run", *choice)
    return [
        {
            "operator": operator,
            "result": result.name,
            "type": element_type,
            "width": width,
            "largest": error.largest,
            "mean": error.mean,
        }
        for (operator, result, element_type, width), error in errors.items()
    ]


def run_all(arguments, cases, sweeps):
    """Measures and shows; the exit code."""
    folder = arguments.output
    folder.mkdir(parents=True, exist_ok=True)
    core = None
    if arguments.one_core:
        core = merge([report.read_json(source) for source in arguments.one_core])
        if core[0]["threads"] != 1:
            raise RunError(
                f"{arguments.one_core[0]}: expected a run with 1 thread, found "
                f"{core[0]['threads']}"
            )
    if arguments.sources:
        runs = [report.read_json(source) for source in arguments.sources]
        run, results = merge(runs)
    else:
        run, results = describe_run(arguments), []
    targets = Targets(arguments.targets, run["flags"], core[1] if core else ())
    if not arguments.sources:

        def store(results):
            run["load_after"] = os.getloadavg()
            run["summary"] = report.summarize(results, list(run["versions"]))
            report.write_json(folder / "results.json", run, results)

        print(f"{run['cpu']}, {arguments.threads} threads")
        print(f"load before: {run['load_before'][0]:.2f} (idle machine: 0)")
        if "cases" in arguments.steps or "widths" in arguments.steps:
            with tempfile.TemporaryDirectory() as kernels:
                results = measure(arguments, cases, sweeps, kernels, run, store)
        if "errors" in arguments.steps:
            run["errors"] = measure_errors(arguments)
        store(results)
    print_findings(run, results, targets)
    drawn = write_outputs(folder, run, results, targets, core)
    if arguments.write:
        write_page(arguments.write, folder, run, results, targets, core, drawn)
    return 1 if any(report.OURS in result.skipped for result in results) else 0


def main():
    arguments = parse_arguments()
    try:
        every = read_cases(arguments.cases)
        sweeps = read_sweeps(arguments.cases)
        cases = [case for case in every if arguments.only in str(case)]
        if arguments.quick:
            cases = [case for case in cases if case.quick]
        sweeps = [sweep for sweep in sweeps if arguments.only in str(sweep)]
        cases = cases if "cases" in arguments.steps else []
        sweeps = sweeps if "widths" in arguments.steps else []
        if arguments.only and not arguments.sources and not cases and not sweeps:
            raise RunError(
                f"nothing of these steps contains '{arguments.only}'; --list without "
                "--only prints what there is"
            )
        if arguments.write:
            split_page(arguments.write)  # its faults are known before hours of work
        if arguments.list:
            # The notes are on the cases that come with them.
            if arguments.cases == CASES:
                core = read_cases(arguments.cases.with_name("one-core.json"))
                Targets(arguments.targets, ()).check_notes(every, core)
            for case in cases:
                print(f"{case}: {case.models}")
            for sweep in sweeps:
                print(f"widths of {sweep} up to {sweep.most + 1}")
            return 0
        return run_all(arguments, cases, sweeps)
    except ERRORS as error:
        sys.exit(f"run.sh: error: {error}")
    except KeyboardInterrupt:
        print("run.sh: interrupted: cases before this one are stored", file=sys.stderr)
        return 128 + signal.SIGINT


if __name__ == "__main__":
    sys.exit(main())
