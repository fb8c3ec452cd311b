# ===- targets.py - What the kernels are to reach ---------------------------===#
#
# Licensed under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===------------------------------------------------------------------------===#
"""Reads targets.json, and finds what misses it."""

import dataclasses
import math
import re

from bench.cases import TYPES, CaseError, check_names, read_groups
from bench.forms import COUNT, POSITIVE
from bench.machine import FLAGS
from bench.operators import OPERATORS
from bench.report import LOOPS, OURS, mean

# What chooses cases and machines, all that are not named; then one target.
_CASES = {
    **{"operators?": [str], "types": [str], "shapes?": [[COUNT]], "rotate?": bool},
    **{"cpu_flag?": str, "limit?": POSITIVE, "seconds?": POSITIVE},
}
_GROUPS = {"name": str, "operators": [str], "best_peer": POSITIVE}
_COMPILE = {"seconds": POSITIVE}
# What is known of cases, on all machines or those with a flag, or without one. A case of
# one core in braces stands for the time that it takes for an element.
_NOTES = {"cases": [str], "text": str, "cpu_flag?": str, "without_flag?": str}
_CORE = re.compile(r"\{(.*?)\}")


# What a call may take for the checks of its arguments, beside a multiple of the limit,
# which has none.
CALL_SECONDS = 1e-7


def nanoseconds_of_element(result):
    """What our kernel takes for an element of the first operand."""
    return result.seconds[OURS] / math.prod(result.case.shape) * 1e9


@dataclasses.dataclass(frozen=True)
class Target:
    """The most that a call may take: a multiple of the limit's time and CALL_SECONDS,
    or seconds. One of them is None."""

    limit: float = None
    seconds: float = None

    def __str__(self):
        if self.limit is None:
            return f"{self.seconds * 1e6:g} us"
        return f"{self.limit:g} x limit"

    def is_reached(self, result):
        """Whether our kernel, which was measured, is fast enough."""
        ours = result.seconds[OURS]
        if self.limit is None:
            return ours <= self.seconds
        return ours <= self.limit * result.limit_seconds + CALL_SECONDS


@dataclasses.dataclass(frozen=True)
class Comparison:
    """A group of operators beside the best peer of each case, as geometric means of
    the peer's time / ours."""

    name: str
    target: float  # of the first mean
    programs: float  # without loops written by hand; None if there is no other peer
    possible: float  # the same if ours took as long as the limit
    everyone: float  # all peers
    result: object  # the Result where ours is the slowest compared with a peer
    peer: str  # which one


class Targets:
    """The targets of a file, for a machine."""

    def __init__(self, path, flags, core=()):
        """`flags` are those of the machine's CPU, as /proc/cpuinfo names them, `core` the
        Results of one core. Raises CaseError."""
        self._rules, self.groups, self._notes = [], [], {}
        self._core = {
            str(result.case): nanoseconds_of_element(result)
            for result in core
            if OURS in result.seconds
        }
        self._noted = set()  # the cases with notes for any machine
        self._quoted = set()  # the cases of one core in them
        self.compile_seconds = None  # the most for a kernel, None for any

        def is_for_machine(group, place):
            has, lacks = group.get("cpu_flag"), group.get("without_flag")
            check_names([has, lacks], (None, *FLAGS), place, "CPU flag")
            return has in (None, *flags) and lacks not in flags

        for place, rule in read_groups(path, "cases", _CASES):
            check_names(rule.get("operators", []), OPERATORS, place, "operator")
            check_names(rule["types"], TYPES, place, "type")
            if ("limit" in rule) == ("seconds" in rule):
                raise CaseError(f"{place}: expected either 'limit' or 'seconds'")
            if is_for_machine(rule, place):
                self._rules.append(rule)
        for place, group in read_groups(path, "groups", _GROUPS):
            check_names(group["operators"], OPERATORS, place, "operator")
            self.groups.append(group)
        for _, compiling in read_groups(path, "compile", _COMPILE):
            self.compile_seconds = compiling["seconds"]
        for place, note in read_groups(path, "notes", _NOTES):
            self._noted.update(note["cases"])
            self._quoted.update(_CORE.findall(note["text"]))
            if is_for_machine(note, place):
                self._notes.update((name, note["text"]) for name in note["cases"])

    def check_notes(self, cases, core):
        """Raises CaseError if a note is on none of `cases`, or quotes none of `core`,
        the cases of one core."""
        for name in self._noted - set(map(str, cases)):
            raise CaseError(f"notes: no case is '{name}'; --list prints them")
        for name in self._quoted - set(map(str, core)):
            raise CaseError(f"notes: no case of one core is '{name}'")

    def of(self, case):
        """The Target of a case, that of the first rule for it, or None."""
        for rule in self._rules:
            if (
                case.operator in rule.get("operators", [case.operator])
                and case.type in rule["types"]
                and list(case.shape) in rule.get("shapes", [list(case.shape)])
                and case.rotate == rule.get("rotate", case.rotate)
            ):
                return Target(rule.get("limit"), rule.get("seconds"))
        return None

    def note(self, case):
        """What is known to bound a case, "" if nothing is."""

        def quote(match):
            time = self._core.get(match[1])
            return "(not measured)" if time is None else f"{time:.2f} ns"

        return _CORE.sub(quote, self._notes.get(str(case), ""))

    def misses(self, results):
        """(result, text) for each that is above its target or slower than a peer."""
        found = []
        for result in results:
            if OURS not in result.seconds:
                continue
            reasons, target = [], self.of(result.case)
            if target and not target.is_reached(result):
                times = 1 / result.share(OURS)
                reasons.append(
                    f"{result.seconds[OURS] * 1e6:.4g} us, target {target}"
                    if target.limit is None
                    else f"{times:.2f} x limit, target {target.limit:g}"
                )
            for peer in result.seconds:
                if result.ratio(peer) < 1:
                    reasons.append(f"{peer} takes {result.ratio(peer):.2f} of our time")
            if reasons:
                found.append((result, "; ".join(reasons)))
        return found

    def compare(self, results):
        """The Comparisons of the groups that have a case with a peer."""
        table = []
        for group in self.groups:
            pairs = {
                without: [
                    (result, result.best_peer(without))
                    for result in results
                    if result.case.operator in group["operators"]
                    and OURS in result.seconds
                    and result.best_peer(without)
                ]
                for without in ((), LOOPS)
            }
            if pairs[()]:
                ratios = [result.ratio(peer) for result, peer in pairs[LOOPS]]
                shares = [1 / result.share(peer) for result, peer in pairs[LOOPS]]
                table.append(
                    Comparison(
                        group["name"],
                        group["best_peer"],
                        mean(ratios) if ratios else None,
                        mean(shares) if shares else None,
                        mean([result.ratio(peer) for result, peer in pairs[()]]),
                        *min(pairs[()], key=lambda pair: pair[0].ratio(pair[1])),
                    )
                )
        return table
