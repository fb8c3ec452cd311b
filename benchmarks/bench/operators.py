# ===- operators.py - What each operator computes and touches ---------------===#
#
# Licensed under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===------------------------------------------------------------------------===#
"""The operators of the benchmarks: operands, float64 reference, error bound.

An operator is added here, in shapes.json, and in each peer that has it.
"""

import dataclasses
import typing

EPSILON = 1e-6
# The largest relative error of one rounding.
ROUNDOFF = {"f32": 2.0**-24, "bf16": 2.0**-8}


@dataclasses.dataclass(frozen=True)
class Operand:
    """A tensor of an operator."""

    name: str
    shape: tuple
    # Counts as useful bytes, and lies in one range with the others that do.
    streamed: bool = True
    # Outputs: how often a value may be rounded to the element type on its way.
    roundings: int = 0


@dataclasses.dataclass(frozen=True)
class Operator:
    """What is measured under one name of shapes.json."""

    name: str
    rank: int  # how many sizes a shape has
    inputs: typing.Callable  # shape -> the Operands in order of the arguments
    outputs: typing.Callable  # shape -> the Operands in order of the results
    reference: typing.Callable  # float64 arrays of inputs -> those of outputs
    terms: typing.Callable  # shape -> number of terms of the longest f32 sum

    def error_bound(self, output, element_type, shape):
        """The relative error that a correct result of `output` may have.

        Each rounding gives one unit roundoff. The terms of the sum are summed
        in f32 in any order; its relative error, half of which the root keeps, is
        at most terms + 1 units, since no term is negative. Eight more cover the
        operations on a single element.
        """
        bound = output.roundings * ROUNDOFF[element_type]
        if output.roundings > 1:
            bound += (self.terms(shape) / 2 + 8) * ROUNDOFF["f32"]
        # The product of the factors (1 + unit) beyond its first order.
        return bound * 1.01


def _rmsnorm(x, gamma):
    mean = (x * x).mean(axis=-1, keepdims=True)
    return [x / (mean + EPSILON) ** 0.5 * gamma]


def _residual_rmsnorm(x, residual, gamma):
    total = x + residual
    return [total] + _rmsnorm(total, gamma)


def _gamma(shape):
    return Operand("gamma", shape[-1:], streamed=False)


OPERATORS = {
    operator.name: operator
    for operator in (
        # Peers may round before gamma and at the end.
        Operator(
            "rmsnorm",
            rank=2,
            inputs=lambda shape: [Operand("x", shape), _gamma(shape)],
            outputs=lambda shape: [Operand("y", shape, roundings=2)],
            reference=_rmsnorm,
            terms=lambda shape: shape[-1],
        ),
        # The sum is a result, and may be rounded or not before it is
        # normalized, which changes x and its root mean square.
        Operator(
            "residual_rmsnorm",
            rank=2,
            inputs=lambda shape: [
                Operand("x", shape),
                Operand("residual", shape),
                _gamma(shape),
            ],
            outputs=lambda shape: [
                Operand("sum", shape, roundings=1),
                Operand("y", shape, roundings=4),
            ],
            reference=_residual_rmsnorm,
            terms=lambda shape: shape[-1],
        ),
    )
}
