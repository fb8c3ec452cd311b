# ===- report.py - Results as a table, as JSON and as CSV --------------------===#
#
# Licensed under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===------------------------------------------------------------------------===#
"""What was measured of a case, and how it is shown and stored."""

import csv
import dataclasses
import io
import json
import math
import pathlib

from bench.cases import Case
from bench.forms import POSITIVE, check_form
from bench.page import write_whole

# The name of our kernels among those that are measured, and of loops written by hand,
# which are no program that one would use instead.
OURS = "norm"
LOOPS = ("C++ loops", "C++ vectors")
# How the reason begins for which a peer that lacks an operator is skipped.
LACKS = "no "


@dataclasses.dataclass(frozen=True)
class Cost:
    """Of compiling a kernel."""

    seconds: float  # from parsed IR to an object
    code_bytes: int  # of machine code


@dataclasses.dataclass
class Result:
    """One case; seconds of one call, the best of all samples."""

    case: Case
    useful_bytes: int
    sets: int
    limit: str
    limit_seconds: float
    seconds: dict  # peer's name -> seconds
    skipped: dict  # peer's name -> why
    cost: Cost = None  # of ours; None if it is not known

    def share(self, peer):
        """Limit time / time: 1 is as fast as the copy."""
        return self.limit_seconds / self.seconds[peer]

    def ratio(self, peer):
        """How many times as fast as `peer` our kernel is, None if either was not
        measured."""
        if OURS not in self.seconds or peer not in self.seconds:
            return None
        return self.seconds[peer] / self.seconds[OURS]

    def best_peer(self, without=()):
        """The name of the fastest other one that is not in `without`, None if there
        is none."""
        others = [peer for peer in self.seconds if peer not in (OURS, *without)]
        return min(others, key=self.seconds.get, default=None)

    def gb_per_s(self, seconds):
        return self.useful_bytes / seconds * 1e-9


def make_result(case, buffers, limits, timed, skipped, cost=None):
    """The Result of what took turns: `limits` and `timed` map names to what has the
    best time of a call (`best`), `buffers` were used by all."""
    limit = min(limits, key=lambda name: limits[name].best)
    return Result(
        case=case,
        useful_bytes=buffers.useful_bytes,
        sets=len(buffers.sets),
        limit=limit,
        limit_seconds=limits[limit].best,
        seconds={name: one.best for name, one in timed.items()},
        skipped=skipped,
        cost=cost,
    )


class ResultError(Exception):
    """A file of results that cannot be read; the text names it."""


def print_result(result):
    """Prints the table of one case."""
    turns = "1 set" if result.sets == 1 else f"{result.sets} sets in turns"
    print(f"\n{result.case}: {result.case.models}")
    print(f"  useful bytes {result.useful_bytes:,}, buffers: {turns}")
    if result.cost:
        print(
            f"  compiled in {result.cost.seconds * 1e3:.0f} ms "
            f"to {result.cost.code_bytes:,} bytes of code"
        )
    print(f"  {'':28} {'us':>10} {'GB/s':>8} {'of limit':>9} {'time / ours':>12}")

    def row(name, seconds, share, ratio):
        print(
            f"  {name:28} {seconds * 1e6:10.{1 if seconds > 1e-5 else 3}f} "
            f"{result.gb_per_s(seconds):8.2f} "
            f"{share:9.2f} {'' if ratio is None else format(ratio, '.2f'):>12}"
        )

    row(f"limit: {result.limit}", result.limit_seconds, 1.0, None)
    for peer, seconds in result.seconds.items():
        row(peer, seconds, result.share(peer), result.ratio(peer))
    for peer, reason in result.skipped.items():
        if not reason.startswith(LACKS):
            print(f"  {peer}: skipped: {reason}")
    lacking = [p for p, reason in result.skipped.items() if reason.startswith(LACKS)]
    if lacking:
        print(f"  without it: {', '.join(lacking)}")
    print(end="", flush=True)


def mean(ratios):
    """The geometric mean."""
    return math.exp(sum(map(math.log, ratios)) / len(ratios))


def summarize(results, peers):
    """Operator -> peer -> (geometric mean, least) of time / our time."""
    summary = {}
    for operator in dict.fromkeys(result.case.operator for result in results):
        of_operator = [r for r in results if r.case.operator == operator]
        for peer in peers:
            ratios = [r.ratio(peer) for r in of_operator]
            ratios = [ratio for ratio in ratios if ratio is not None]
            if ratios and peer != OURS:
                summary.setdefault(operator, {})[peer] = (mean(ratios), min(ratios))
    return summary


def print_summary(summary):
    """Prints what summarize() returned."""
    for operator, peers in summary.items():
        print(f"\n{operator}: time / ours, geometric mean and least")
        for peer, (ratio, least) in peers.items():
            print(f"  {peer:28} {ratio:8.2f} {least:8.2f}")


def write_json(path, run, results):
    """Writes the dict `run` and the results to `path`, whole or not at all;
    raises OSError."""
    cases = [
        {
            **dataclasses.asdict(result.case),
            "useful_bytes": result.useful_bytes,
            "sets": result.sets,
            "limit": {"name": result.limit, "seconds": result.limit_seconds},
            "peers": [
                {
                    "name": peer,
                    "seconds": seconds,
                    "gb_per_s": result.gb_per_s(seconds),
                    "limit_share": result.share(peer),
                    "ratio": result.ratio(peer),
                }
                for peer, seconds in result.seconds.items()
            ],
            "skipped": result.skipped,
            "cost": result.cost and dataclasses.asdict(result.cost),
        }
        for result in results
    ]
    text = json.dumps({**run, "cases": cases}, indent=2)
    write_whole(pathlib.Path(path), text + "\n")


_POINT = {
    **{"operator": str, "type": str, "dynamic": bool},
    **{"rows": POSITIVE, "width": POSITIVE, "seconds": POSITIVE},
}
_ERROR = {
    **{"operator": str, "result": str, "type": str, "width": POSITIVE},
    **{"largest": float, "mean": float},
}
_CASE = {
    **{"operator": str, "type": str, "shape": [int], "models": str},
    **{"rotate": bool, "quick": bool, "dynamic": bool, "call": bool},
    **{"useful_bytes": POSITIVE, "sets": int, "limit": {"name": str, "seconds": POSITIVE}},
    **{"peers": [{"name": str, "seconds": POSITIVE}], "skipped": {str: str}},
    "cost": ({"seconds": POSITIVE, "code_bytes": int}, None),
}
# What write_json() writes; without widths and errors where they were not measured.
_RUN = {
    **{"cpu": str, "flags": [str], "caches": {str: int}, "system": str, "date": str},
    **{"threads": int, "rounds": int, "seconds_per_turn": float},
    **{"versions": {str: str}, "skipped": {str: str}},
    **{"load_before": [float] * 3, "load_after": [float] * 3},
    **{"summary": {str: {str: [float] * 2}}, "cases": [_CASE]},
    **{"least_seconds_per_turn?": float, "spread?": [float] * 2},
    **{"widths?": [_POINT], "errors?": [_ERROR]},
}


def read_json(path):
    """What write_json() has written: `run` and the results. Raises ResultError and
    OSError."""
    data = pathlib.Path(path).read_bytes()
    try:
        run = json.loads(data)
        check_form(run, _RUN, "run", more=True)
        results = []
        for group in run.pop("cases"):
            names = [field.name for field in dataclasses.fields(Case)]
            case = Case(**{name: group[name] for name in names})
            results.append(
                Result(
                    dataclasses.replace(case, shape=tuple(case.shape)),
                    group["useful_bytes"],
                    group["sets"],
                    group["limit"]["name"],
                    group["limit"]["seconds"],
                    {peer["name"]: peer["seconds"] for peer in group["peers"]},
                    group["skipped"],
                    group["cost"] and Cost(**group["cost"]),
                )
            )
    except (RecursionError, TypeError, ValueError) as error:
        raise ResultError(f"{path}: expected results of a run: {error}") from error
    return run, results


COLUMNS = "operator,type,shape,dynamic,rotate,by,seconds,gb_per_s,times_limit,ratio"


def write_csv(path, results):
    """Writes a line for each case and whom it was measured of, the limit included;
    raises OSError."""
    rows = []
    for result in results:
        case, limit = result.case, result.limit_seconds
        for peer, seconds in {"limit": limit, **result.seconds}.items():
            ratio = result.ratio(peer)
            rows.append(
                [
                    case.operator,
                    case.type,
                    "x".join(map(str, case.shape)),
                    int(case.dynamic),
                    int(case.rotate),
                    peer,
                    f"{seconds:.9g}",
                    f"{result.gb_per_s(seconds):.4g}",
                    f"{seconds / limit:.4g}",
                    "" if ratio is None else f"{ratio:.4g}",
                ]
            )
    write_rows(path, COLUMNS.split(","), rows)


def write_rows(path, titles, rows):
    """Writes titles and rows as CSV to `path`, whole or not at all; raises OSError."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([titles, *rows])
    write_whole(pathlib.Path(path), text.getvalue())
