# ===- widths.py - Cliffs over the widths of rows ----------------------------===#
#
# Licensed under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===------------------------------------------------------------------------===#
"""What measure_widths() found: neighbouring widths whose times differ."""

import dataclasses

# Neighbours may differ by so much, from the least width on.
TOLERANCE = 0.15
LEAST_WIDTH = 256


@dataclasses.dataclass(frozen=True)
class Cliff:
    """Two neighbouring widths of one sweep."""

    sweep: str
    rows: int
    width: int
    ratio: float  # the time of an element of width + 1 / that of one of width


def name_of(point):
    """The sweep of a point."""
    return f"{point['operator']} {point['type']}{' dynamic' * point['dynamic']}"


def per_element(point):
    """Seconds."""
    return point["seconds"] / (point["rows"] * point["width"])


def find_steps(points):
    """A Cliff for each pair of neighbours from LEAST_WIDTH on, steep or not."""
    times = {(name_of(p), p["rows"], p["width"]): per_element(p) for p in points}
    return [
        Cliff(name, rows, width, times[name, rows, width + 1] / seconds)
        for (name, rows, width), seconds in times.items()
        if width >= LEAST_WIDTH and (name, rows, width + 1) in times
    ]


def find_cliffs(points):
    """The steep ones of find_steps()."""
    return [
        step
        for step in find_steps(points)
        if not 1 / (1 + TOLERANCE) <= step.ratio <= 1 + TOLERANCE
    ]
