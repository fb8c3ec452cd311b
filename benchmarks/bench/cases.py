# ===- cases.py - What is measured, read from a JSON file -------------------===#
#
# Licensed under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===------------------------------------------------------------------------===#
"""Reads shapes.json. Needs nothing but Python's standard library."""

import dataclasses
import json

from bench.operators import OPERATORS


@dataclasses.dataclass(frozen=True)
class Case:
    """One operator on one element type and shape."""

    operator: str  # a name of operators.py
    type: str  # one of TYPES
    shape: tuple  # sizes of the first input
    models: str  # where such sizes come from
    rotate: bool  # whether the buffers together must exceed the caches

    def __str__(self):
        return f"{self.operator} {self.type} {'x'.join(map(str, self.shape))}"


class CaseError(Exception):
    """A file of cases that cannot be read; the text names file and place."""


TYPES = ("f32", "f16", "bf16")
KEYS = {
    "operator": str,
    "types": list,
    "shape": list,
    "models": str,
    "rotate": bool,
}


def _cases_of(group, place):
    if not isinstance(group, dict):
        raise CaseError(f"{place}: expected an object, found {group!r}")
    for key in group.keys() - KEYS.keys():
        raise CaseError(f"{place}: unknown key '{key}', expected {list(KEYS)}")
    for key, kind in KEYS.items():
        if not isinstance(group.get(key), kind):
            raise CaseError(
                f"{place}: expected '{key}' of type {kind.__name__}, "
                f"found {group.get(key)!r}"
            )
    operator = OPERATORS.get(group["operator"])
    if operator is None:
        raise CaseError(
            f"{place}: unknown operator '{group['operator']}', expected one of "
            f"{list(OPERATORS)}"
        )
    shape = tuple(group["shape"])
    if any(type(n) is not int or n < 1 for n in shape):
        raise CaseError(f"{place}: expected sizes >= 1, found {list(shape)}")
    if len(shape) != operator.rank:
        raise CaseError(
            f"{place}: expected {operator.rank} sizes for {operator.name}, "
            f"found {list(shape)}"
        )
    for element_type in group["types"]:
        if element_type not in TYPES:
            raise CaseError(
                f"{place}: unknown type {element_type!r}, expected one of {TYPES}"
            )
        yield Case(
            group["operator"], element_type, shape, group["models"], group["rotate"]
        )


def read_cases(path):
    """The cases of the file `path`, in its order; raises CaseError."""
    try:
        with open(path, encoding="utf-8") as file:
            groups = json.load(file)["cases"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise CaseError(f"{path}: expected an object with 'cases': {error}")
    cases = []
    for i, group in enumerate(groups):
        cases += _cases_of(group, f"{path}: case {i}")
    return cases
