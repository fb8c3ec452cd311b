# ===- merge.py - Several runs as one -----------------------------------------===#
#
# Licensed under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===------------------------------------------------------------------------===#
"""Puts together what was measured in several runs on one machine: other steps, or the
same ones again, of which the least times count. What disturbs a machine for minutes
meets all turns of a case, but not those of the next run."""

import dataclasses

from bench.report import OURS, ResultError, summarize

# What runs must have in common.
COMMON = ("cpu", "flags", "caches", "system", "threads")


def _merge_results(one, other):
    """The least times of both Results of one case."""
    fastest = min(one, other, key=lambda result: result.limit_seconds)
    seconds = dict(one.seconds)
    for peer, time in other.seconds.items():
        seconds[peer] = min(time, seconds.get(peer, time))
    skipped = {**one.skipped, **other.skipped}
    costs = [result.cost for result in (one, other) if result.cost]
    return dataclasses.replace(
        one,
        limit=fastest.limit,
        limit_seconds=fastest.limit_seconds,
        seconds=seconds,
        skipped={peer: why for peer, why in skipped.items() if peer not in seconds},
        cost=min(costs, key=lambda cost: cost.seconds, default=None),
    )


def _merge_widths(runs):
    """The points of all sweeps, each with its least time."""
    points = {}
    for run, _ in runs:
        for point in run.get("widths", []):
            key = tuple(sorted((k, v) for k, v in point.items() if k != "seconds"))
            least = min(point["seconds"], points.get(key, point)["seconds"])
            points[key] = {**point, "seconds": least}
    return list(points.values())


def _spread(runs):
    """By which part the time of the best peer divided by ours differs between the
    runs: the median of all cases and what nine of ten are below; None if no case was
    measured twice."""
    ratios = {}
    for _, results in runs:
        for result in results:
            if best := result.best_peer() if OURS in result.seconds else None:
                ratios.setdefault(str(result.case), []).append(result.ratio(best))
    spreads = sorted(max(r) / min(r) - 1 for r in ratios.values() if len(r) > 1)
    if not spreads:
        return None
    return [spreads[len(spreads) * tenths // 10] for tenths in (5, 9)]


def merge(runs):
    """`runs` is a list of what read_json() returned; returns the same of all of them
    together. Raises ResultError if they are not of one machine and one build."""
    first, versions = runs[0][0], {}
    for run, _ in runs:
        for key in COMMON:
            if run[key] != first[key]:
                raise ResultError(
                    f"expected runs of the same {key}, found {first[key]} and {run[key]}"
                )
        for name, version in run["versions"].items():
            known = versions.setdefault(name, version)
            if known != version:
                raise ResultError(
                    f"expected runs of the same {name}, found {known} and {version}"
                )
    results, times = {}, {}
    for run, of_run in runs:
        for result in of_run:
            known = results.get(result.case)
            results[result.case] = _merge_results(known, result) if known else result
            times[result.case] = times.get(result.case, 0) + run["rounds"]
    merged = {**first, "versions": versions, "skipped": {}}
    for run, _ in runs:
        merged["skipped"].update(run["skipped"])
        if "errors" in run:
            merged["errors"] = run["errors"]
    merged["rounds"] = max(times.values(), default=first["rounds"])
    turns = [run["seconds_per_turn"] for run, _ in runs]
    merged["seconds_per_turn"] = max(turns)
    if min(turns) < max(turns):
        merged["least_seconds_per_turn"] = min(turns)
    merged["load_after"] = runs[-1][0]["load_after"]
    if widths := _merge_widths(runs):
        merged["widths"] = widths
    if spread := _spread(runs):
        merged["spread"] = spread
    merged["summary"] = summarize(results.values(), list(merged["versions"]))
    return merged, list(results.values())
