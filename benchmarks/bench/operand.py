# ===- operand.py - Operands and operators of the benchmarks ----------------===#
#
# Licensed under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===------------------------------------------------------------------------===#
"""What is said of an operator and its tensors, and how errors are bounded."""

import dataclasses
import typing

EPSILON = 1e-6
# The largest relative error of one rounding.
ROUNDOFF = {"f32": 2.0**-24, "f16": 2.0**-11, "bf16": 2.0**-8, "f64": 2.0**-53}
# The distance of its smallest numbers, below which an error is not relative.
SMALLEST = {"f32": 2.0**-149, "f16": 2.0**-24, "bf16": 2.0**-133, "f64": 2.0**-1074}
# Roundings of the operations on one element, beside sums.
SOME = 16


def accumulator(element_type):
    """The type in which values of `element_type` are summed."""
    return "f64" if element_type == "f64" else "f32"


@dataclasses.dataclass(frozen=True)
class Operand:
    """A tensor of an operator."""

    name: str
    shape: tuple
    # Counts as useful bytes, and lies in one range with the others that do.
    streamed: bool = True
    # Has one value for each of the first size of x, such as a row.
    per_row: bool = False
    # Of the accumulator's type, or of the case's.
    in_accumulator: bool = False
    # Inputs: uniform between these two, or made from those that are, a dict from
    # names to float64 arrays; what is made is added to it, in order.
    values: tuple = (-1.0, 1.0)
    make: typing.Optional[typing.Callable] = None
    # Outputs: how often a value may be rounded to the case's type on its way, and
    # how often to the accumulator's (a sum of n terms in any order: n).
    roundings: int = 0
    sum_roundings: int = 0

    def type(self, element_type):
        return accumulator(element_type) if self.in_accumulator else element_type

    def error_bound(self, element_type):
        """The error that a correct result may have, relative to the sum of the
        magnitudes of the terms that it is made of."""
        bound = self.roundings * ROUNDOFF[element_type]
        bound += self.sum_roundings * ROUNDOFF[accumulator(element_type)]
        # The reference is rounded as often where it has no more digits.
        if element_type == "f64":
            bound *= 2
        # The product of the factors (1 + unit) beyond its first order.
        return bound * 1.01

    def least_error(self, element_type):
        """The error that a correct result may have besides, where it is tiny."""
        return self.roundings * SMALLEST[element_type] / 2


@dataclasses.dataclass(frozen=True)
class Operator:
    """What is measured under one name of shapes.json."""

    name: str
    rank: int  # how many sizes a shape has
    inputs: typing.Callable  # shape -> the Operands in order of the arguments
    outputs: typing.Callable  # shape -> the Operands in order of the results
    # float64 arrays of inputs -> for each output the values and the sums of the
    # magnitudes of their terms
    reference: typing.Callable
    layout: str = ""  # NCHW or NHWC, of operators over channels


def exactly(values):
    """The result of a reference for values that are no sums."""
    return values, abs(values)
