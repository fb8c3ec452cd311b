# ===- measure.py - Checks and measures cases -------------------------------===#
#
# Licensed under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===------------------------------------------------------------------------===#
"""Measures cases in turns with their limit, and widths of rows in turns."""

import os

from bench.buffers import Buffers
from bench.cases import Case
from bench.limit import time_limits
from bench.report import OURS, make_result
from bench.timing import take_turns
from peers import Unsupported


class WidthError(Exception):
    """A wrong result of a kernel for some width; the text says where."""


def _free_bytes():
    return os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")


def check_outputs(prepared, buffers):
    """None if a call for each set of buffers gives right results, else why not."""
    for index, one in enumerate(buffers.sets):
        one.spoil_outputs()
        if prepared.outputs:
            outputs = prepared.outputs(index)
        else:
            prepared.timed.run(1)
            outputs = one.outputs
        wrong = buffers.check(outputs, index)
        if wrong:
            return wrong
    return None


def _try_peer(peer, case, buffers):
    """A pair of the Prepared of a peer and None, or of None and why it is skipped."""
    try:
        prepared = peer.prepare(case, buffers)
        wrong = check_outputs(prepared, buffers)
    except Unsupported as error:
        return None, str(error)
    except Exception as error:  # whatever a package of others raises
        if peer.name == OURS:
            raise
        return None, (str(error).strip() or type(error).__name__).splitlines()[0]
    return (None, wrong) if wrong else (prepared, None)


def measure_case(case, harness, peers, rounds, seconds):
    """Checks the outputs of each peer and lets them take `rounds` turns of `seconds`;
    a Result. Of a case that is a call only ours is measured. Raises HarnessError."""
    buffers = Buffers(case, _free_bytes())
    timed, skipped, cost = {}, {}, None
    for peer in peers:
        if case.call and peer.name != OURS:
            continue
        prepared, reason = _try_peer(peer, case, buffers)
        if prepared:
            timed[peer.name] = prepared.timed
            cost = prepared.cost or cost
        else:
            skipped[peer.name] = reason
    limits = time_limits(harness, buffers)
    take_turns([*limits.values(), *timed.values()], rounds, seconds)
    return make_result(case, buffers, limits, timed, skipped, cost)


def measure_widths(sweep, ours, rounds, seconds):
    """For each power of two up to the sweep's largest the widths one below, at and one
    above it, which take turns: a list of dicts for JSON, with the seconds of a call of
    `ours`, the peer. Raises HarnessError and WidthError."""
    points, width = [], 1
    while width <= sweep.most:
        rows, group = max(1, sweep.elements // width), {}
        for near in range(max(1, width - 1), width + 2):
            shape = (rows, near)
            case = Case(
                sweep.operator, sweep.type, shape, "", False, dynamic=sweep.dynamic
            )
            buffers = Buffers(case, _free_bytes())
            prepared, wrong = _try_peer(ours, case, buffers)
            if wrong:
                raise WidthError(f"{case}: {wrong}")
            group[near] = prepared.timed
        take_turns(group.values(), rounds, seconds)
        points += [
            {
                "operator": sweep.operator,
                "type": sweep.type,
                "dynamic": sweep.dynamic,
                "rows": rows,
                "width": near,
                "seconds": timed.best,
            }
            for near, timed in group.items()
        ]
        width *= 2
    return points
