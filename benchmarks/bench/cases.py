# ===- cases.py - What is measured, read from a JSON file -------------------===#
#
# Licensed under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===------------------------------------------------------------------------===#
"""Reads shapes.json. Needs nothing but Python's standard library."""

import dataclasses
import json

from bench.forms import COUNT, FormError, check_form
from bench.operators import OPERATORS

ELEMENT_BYTES = {"f32": 4, "f16": 2, "bf16": 2, "f64": 8}
TYPES = tuple(ELEMENT_BYTES)


@dataclasses.dataclass(frozen=True)
class Case:
    """One operator on one element type and shape."""

    operator: str  # a name of operators.py
    type: str  # one of TYPES
    shape: tuple  # sizes of the first input
    models: str  # where such sizes come from
    rotate: bool  # whether the buffers together must exceed the caches
    quick: bool = False  # whether a quick run has it
    # Whether the kernel takes any sizes, or any first size with the others static.
    dynamic: bool = False
    # Whether the call is what is measured: the work is nothing to compare.
    call: bool = False

    def __str__(self):
        sizes = "x".join(map(str, self.shape))
        return f"{self.operator} {self.type} {sizes}{' dynamic' * self.dynamic}"


@dataclasses.dataclass(frozen=True)
class Sweep:
    """One operator on rows of many widths."""

    operator: str  # a name of operators.py, of two sizes
    type: str  # one of TYPES
    dynamic: bool  # as that of a Case
    elements: int  # of x, unless one row has more
    most: int  # the largest power of two that the widths are around

    def __str__(self):
        return f"{self.operator} {self.type}{' dynamic' * self.dynamic}"


class CaseError(Exception):
    """A file of cases that cannot be read; the text names file and place."""


_CASES = {
    **{"operator": str, "types": [str], "shape": [COUNT], "models": str},
    **{"rotate": bool, "quick?": bool, "dynamic?": bool, "call?": bool},
}
_SWEEPS = {
    **{"operator": str, "types": [str], "dynamic": bool},
    **{"elements": COUNT, "most": COUNT},
}


def check_names(names, known, place, what):
    """Raises CaseError unless each of `names` is one of `known`."""
    for name in names:
        if name not in known:
            raise CaseError(
                f"{place}: unknown {what} {name!r}, expected one of {list(known)}"
            )


def read_groups(path, key, form):
    """(place, value) for each value of the list `key`, all of the form, of the object
    in the file `path`; raises CaseError."""
    try:
        with open(path, encoding="utf-8") as file:
            groups = json.load(file)[key]
    except (OSError, ValueError, LookupError, TypeError, RecursionError) as error:
        raise CaseError(f"{path}: expected an object with '{key}': {error}")
    try:
        check_form(groups, [form], key)
    except FormError as error:
        raise CaseError(f"{path}: {error}")
    return [(f"{path}: {key}[{i}]", group) for i, group in enumerate(groups)]


def _cases_of(group, place):
    check_names([group["operator"]], OPERATORS, place, "operator")
    check_names(group["types"], TYPES, place, "type")
    operator = OPERATORS[group["operator"]]
    shape = tuple(group["shape"])
    if len(shape) != operator.rank:
        raise CaseError(
            f"{place}: expected {operator.rank} sizes for {operator.name}, "
            f"found {list(shape)}"
        )
    rest = {key: one for key, one in group.items() if key not in ("types", "shape")}
    return [Case(type=one, shape=shape, **rest) for one in group["types"]]


def read_cases(path):
    """The cases of the file `path`, in its order; raises CaseError."""
    cases = []
    for place, group in read_groups(path, "cases", _CASES):
        for case in _cases_of(group, place):
            if str(case) in map(str, cases):
                raise CaseError(f"{place}: '{case}' is there twice")
            cases.append(case)
    return cases


def read_sweeps(path):
    """The sweeps over widths of the file `path`; raises CaseError."""
    sweeps = []
    for place, group in read_groups(path, "sweeps", _SWEEPS):
        rows = [name for name, one in OPERATORS.items() if one.rank == 2]
        check_names([group["operator"]], rows, place, "operator of rows")
        check_names(group["types"], TYPES, place, "type")
        rest = {key: one for key, one in group.items() if key != "types"}
        sweeps += [Sweep(type=one, **rest) for one in group["types"]]
    return sweeps
