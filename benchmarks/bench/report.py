# ===- report.py - Results as a table and as JSON ---------------------------===#
#
# Licensed under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===------------------------------------------------------------------------===#
"""What was measured of a case, and how it is shown."""

import dataclasses
import json
import math
import pathlib

from bench.page import write_whole


@dataclasses.dataclass
class Result:
    """One case; seconds of one call, the best of all samples."""

    case: object  # a bench.cases.Case
    useful_bytes: int
    sets: int
    limit: str
    limit_seconds: float
    seconds: dict  # peer's name -> seconds
    skipped: dict  # peer's name -> why

    def share(self, peer):
        """Limit time / time: 1 is as fast as the copy."""
        return self.limit_seconds / self.seconds[peer]

    def ratio(self, peer, ours):
        """How many times as fast as `peer` the kernel `ours` is, None if either
        was not measured."""
        if ours not in self.seconds or peer not in self.seconds:
            return None
        return self.seconds[peer] / self.seconds[ours]

    def gb_per_s(self, seconds):
        return self.useful_bytes / seconds * 1e-9


def print_result(result, ours):
    """Prints the table of one case."""
    turns = "1 set" if result.sets == 1 else f"{result.sets} sets in turns"
    print(f"\n{result.case}: {result.case.models}")
    print(f"  useful bytes {result.useful_bytes:,}, buffers: {turns}")
    print(f"  {'':28} {'us':>10} {'GB/s':>8} {'of limit':>9} {'time / ours':>12}")

    def row(name, seconds, share, ratio):
        print(
            f"  {name:28} {seconds * 1e6:10.1f} {result.gb_per_s(seconds):8.2f} "
            f"{share:9.2f} {'' if ratio is None else format(ratio, '.2f'):>12}"
        )

    row(f"limit: {result.limit}", result.limit_seconds, 1.0, None)
    for peer, seconds in result.seconds.items():
        row(peer, seconds, result.share(peer), result.ratio(peer, ours))
    for peer, reason in result.skipped.items():
        print(f"  {peer}: skipped: {reason}", flush=True)


def _mean(ratios):
    """The geometric mean."""
    return math.exp(sum(map(math.log, ratios)) / len(ratios))


def summarize(results, peers, ours):
    """Operator -> peer -> (geometric mean, least) of time / our time."""
    summary = {}
    for operator in dict.fromkeys(result.case.operator for result in results):
        of_operator = [r for r in results if r.case.operator == operator]
        for peer in peers:
            ratios = [r.ratio(peer, ours) for r in of_operator]
            ratios = [ratio for ratio in ratios if ratio is not None]
            if ratios and peer != ours:
                summary.setdefault(operator, {})[peer] = (_mean(ratios), min(ratios))
    return summary


def print_summary(summary):
    """Prints what summarize() returned."""
    for operator, peers in summary.items():
        print(f"\n{operator}: time / ours, geometric mean and least")
        for peer, (mean, least) in peers.items():
            print(f"  {peer:28} {mean:8.2f} {least:8.2f}")


def write_json(path, run, results, summary, ours):
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
                    "ratio": result.ratio(peer, ours),
                }
                for peer, seconds in result.seconds.items()
            ],
            "skipped": result.skipped,
        }
        for result in results
    ]
    text = json.dumps({**run, "cases": cases, "summary": summary}, indent=2)
    write_whole(pathlib.Path(path), text + "\n")


def format_markdown(about, results, summary, ours):
    """Tables for a page: of all cases, and of each operator's peers."""
    peers = list(dict.fromkeys(peer for r in results for peer in r.seconds))
    others = [peer for peer in peers if peer != ours]
    versions = [f"{peer} {about['versions'][peer]}" for peer in others]
    load = about["load_before"][0], about["load_after"][0]
    lines = [
        f"{about['cpu']}, {about['threads']} threads; {', '.join(versions)}. Load of "
        f"the machine without this program {load[0]:.1f} at the beginning, with it "
        f"{load[1]:.1f} at the end.",
        "",
        f"| case | us | of limit | limit | {' | '.join(others)} |",
        f"|---|---:|---:|---|{'---:|' * len(others)}",
    ]
    for result in results:
        if ours not in result.seconds:
            continue
        ratios = [result.ratio(peer, ours) for peer in others]
        cells = [
            f"`{result.case}`" + (", from memory" if result.sets > 1 else ""),
            f"{result.seconds[ours] * 1e6:.1f}",
            f"{result.share(ours):.2f}",
            result.limit,
            *("" if ratio is None else f"{ratio:.2f}" for ratio in ratios),
        ]
        lines.append(f"| {' | '.join(cells)} |")
    lines += ["", "Geometric mean over the cases of an operator, and the least:", ""]
    lines += [f"| operator | {' | '.join(others)} |", f"|---|{'---:|' * len(others)}"]
    for operator, means in summary.items():
        cells = [
            f"{means[peer][0]:.2f}, {means[peer][1]:.2f}" if peer in means else ""
            for peer in others
        ]
        lines.append(f"| `{operator}` | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"
