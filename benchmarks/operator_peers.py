# ===- operator_peers.py - Speed beside a copy and other compilers ----------===#
#
# Licensed under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===------------------------------------------------------------------------===#
"""Measures every operator, the copy limit and other compilers in one run.

usage: operator_peers.py [--threads=N] [--json=FILE] [--only=TEXT] [--write] ..

README.md says what is measured and how to install the peers.
"""

import argparse
import os
import pathlib
import platform
import sys
import tempfile

from bench import report
from bench.cases import CaseError, read_cases
from bench.page import PageError, write_between_markers
from peers import FILES

FOLDER = pathlib.Path(__file__).resolve().parent
PAGE = FOLDER.parent / "docs" / "Performance.md"


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--prefix",
        default=FOLDER.parent / "build",
        help="folder with bin/norm-compile and lib/libnorm_runtime.so",
    )
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=5, help="turns of each peer")
    parser.add_argument("--seconds", type=float, default=0.3, help="length of a turn")
    parser.add_argument("--cases", default=FOLDER / "shapes.json", metavar="FILE")
    parser.add_argument(
        "--only",
        default="",
        metavar="TEXT",
        help="cases whose line in --list contains TEXT",
    )
    parser.add_argument(
        "--peers",
        default=",".join(FILES),
        help="comma-separated, of " + ",".join(FILES),
    )
    parser.add_argument("--json", metavar="FILE", help="write the results here")
    parser.add_argument(
        "--write", action="store_true", help=f"put the results into docs/{PAGE.name}"
    )
    parser.add_argument(
        "--list", action="store_true", help="print the cases and do nothing else"
    )
    arguments = parser.parse_args()
    arguments.peers = arguments.peers.split(",")
    for name in arguments.peers:
        if name not in FILES:
            parser.error(f"unknown peer '{name}', expected some of {','.join(FILES)}")
    for name in ("threads", "rounds"):
        if getattr(arguments, name) < 1:
            parser.error(f"expected --{name} >= 1, found {getattr(arguments, name)}")
    return arguments


def cpu_name():
    try:
        with open("/proc/cpuinfo") as file:
            for line in file:
                if line.startswith("model name"):
                    return line.split(":", 1)[1].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()


def measure_case(case, harness, peers, arguments):
    """Checks the outputs of every peer and lets them take turns."""
    from bench.buffers import Buffers
    from bench.limit import time_limits
    from bench.timing import take_turns
    from peers import Unsupported

    free = os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    buffers = Buffers(case, free)
    timed, skipped = {}, {}
    for peer in peers:
        try:
            prepared = peer.prepare(case, buffers)
        except Unsupported as error:
            skipped[peer.name] = str(error)
            continue
        wrong = None
        for index, one in enumerate(buffers.sets):
            one.spoil_outputs()
            if prepared.outputs:
                outputs = prepared.outputs(index)
            else:
                prepared.timed.run(1)
                outputs = one.outputs
            wrong = wrong or buffers.check(outputs, index)
        if wrong:
            skipped[peer.name] = wrong
        else:
            timed[peer.name] = prepared.timed
    limits = time_limits(harness, buffers)
    take_turns([*limits.values(), *timed.values()], arguments.rounds, arguments.seconds)
    limit = min(limits, key=lambda name: limits[name].best)
    return report.Result(
        case=case,
        useful_bytes=buffers.useful_bytes,
        sets=len(buffers.sets),
        limit=limit,
        limit_seconds=limits[limit].best,
        seconds={name: one.best for name, one in timed.items()},
        skipped=skipped,
    )


def run(arguments, cases, folder):
    """Measures `cases` and prints and writes the results; the exit code."""
    from bench.harness import Harness
    from peers import Context, load_peers

    harness = Harness(arguments.prefix, folder, arguments.threads)
    context = Context(harness, arguments.threads)
    peers, missing = load_peers(context, arguments.peers)
    about = {
        "cpu": cpu_name(),
        "threads": arguments.threads,
        "rounds": arguments.rounds,
        "seconds_per_turn": arguments.seconds,
        "versions": {peer.name: peer.version for peer in peers},
        "skipped": missing,
        "load_before": os.getloadavg(),
    }
    print(f"{about['cpu']}, {arguments.threads} threads")
    print(f"load before: {about['load_before'][0]:.2f} (idle machine: 0)")
    for peer in peers:
        print(f"{peer.name} {peer.version}".rstrip())
    for file, reason in missing.items():
        print(f"{file}: skipped: {reason}")

    ours = "norm"
    results = []
    for case in cases:
        results.append(measure_case(case, harness, peers, arguments))
        report.print_result(results[-1], ours)
    summary = report.summarize(results, [peer.name for peer in peers], ours)
    report.print_summary(summary)
    about["load_after"] = os.getloadavg()
    if arguments.json:
        report.write_json(arguments.json, about, results, summary, ours)
    if arguments.write:
        text = report.format_markdown(about, results, summary, ours)
        write_between_markers(PAGE, text)
    wrong = ours in arguments.peers and any(ours in r.skipped for r in results)
    return 1 if wrong else 0


def main():
    arguments = parse_arguments()
    try:
        cases = [
            case for case in read_cases(arguments.cases) if arguments.only in str(case)
        ]
    except CaseError as error:
        sys.exit(f"operator_peers.py: error: {error}")
    if arguments.list:
        for case in cases:
            print(f"{case}: {case.models}")
        return 0
    try:
        import numpy
    except ImportError:
        sys.exit("operator_peers.py: error: NumPy was not found, see README.md")
    from bench.harness import HarnessError

    with tempfile.TemporaryDirectory() as folder:
        try:
            return run(arguments, cases, folder)
        except (HarnessError, PageError, OSError, MemoryError) as error:
            sys.exit(f"operator_peers.py: error: {error}")


if __name__ == "__main__":
    sys.exit(main())
