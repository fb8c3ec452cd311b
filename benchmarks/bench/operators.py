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
import math
import typing

EPSILON = 1e-6
# The largest relative error of one rounding.
ROUNDOFF = {"f32": 2.0**-24, "f16": 2.0**-11, "bf16": 2.0**-8}


@dataclasses.dataclass(frozen=True)
class Operand:
    """A tensor of an operator."""

    name: str
    shape: tuple
    # Counts as useful bytes, and lies in one range with the others that do.
    streamed: bool = True
    # Has one value for each of the first size of x, such as a row.
    per_row: bool = False
    # Of f32, in which narrower types are summed, or of the case's type.
    in_accumulator: bool = False
    # Inputs: uniform between these two, or made from those that are, a dict from
    # names to float64 arrays; what is made is added to it, in order.
    values: tuple = (-1.0, 1.0)
    make: typing.Optional[typing.Callable] = None
    # Outputs: how often a value may be rounded to the case's type on its way,
    # and how often to f32 (a sum of n terms in any order: n).
    roundings: int = 0
    f32_roundings: int = 0

    def type(self, element_type):
        return "f32" if self.in_accumulator else element_type

    def error_bound(self, element_type):
        """The error that a correct result may have, relative to the sum of the
        magnitudes of the terms that it is made of."""
        bound = self.roundings * ROUNDOFF[element_type]
        bound += self.f32_roundings * ROUNDOFF["f32"]
        # The product of the factors (1 + unit) beyond its first order.
        return bound * 1.01


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


def _rrms(x):
    return 1 / ((x * x).mean(axis=-1) + EPSILON) ** 0.5


def _exactly(values):
    """Values that are no sums."""
    return values, abs(values)


def _rmsnorm(x, gamma):
    return [_exactly(x * _rrms(x)[:, None] * gamma)]


def _residual_rmsnorm(x, residual, gamma):
    total = x + residual
    return [_exactly(total)] + _rmsnorm(total, gamma)


def _rmsnorm_grad(dy, x, rrms, gamma):
    r = rrms[:, None]
    g, h = dy * gamma, x * r
    dx = r * (g - h * (g * h).mean(axis=-1, keepdims=True))
    mean = abs(g * h).mean(axis=-1, keepdims=True)
    terms = abs(dy * h)
    return [
        (dx, abs(r) * (abs(g) + abs(h) * mean)),
        ((dy * h).sum(axis=0), terms.sum(axis=0)),
    ]


def _reciprocal(x):
    return [_exactly(1 / x)]


def _reciprocal_grad(y, dy):
    return [_exactly(-dy * y * y)]


def _over(x):
    """The dims over which the elements of a channel lie."""
    return tuple(dim for dim in range(x.ndim) if dim != 1)


def _per_channel(vector, x):
    return vector.reshape(1, -1, *[1] * (x.ndim - 2))


def _channel_stats(x):
    inv_std = 1 / (x.var(axis=_over(x)) + EPSILON) ** 0.5
    return [(x.mean(axis=_over(x)), abs(x).mean(axis=_over(x))), _exactly(inv_std)]


def _channel_backprop_stats(x, mean, inv_std, dy):
    terms = (x - _per_channel(mean, x)) * _per_channel(inv_std, x) * dy
    return [
        (values.sum(axis=_over(x)), abs(values).sum(axis=_over(x)))
        for values in (terms, dy)
    ]


def _channel_backprop(x, mean, inv_std, scale_grad, bias_grad, dy):
    count = x.size // x.shape[1]
    mean, inv_std, scale_grad, bias_grad = (
        _per_channel(vector, x) for vector in (mean, inv_std, scale_grad, bias_grad)
    )
    projected = (x - mean) * inv_std * scale_grad
    dx = inv_std * (dy - (bias_grad + projected) / count)
    magnitude = abs(dy) + (abs(bias_grad) + abs(projected)) / count
    return [(dx, abs(inv_std) * magnitude)]


def _batch_norm_backward(x, mean, inv_std, dy):
    sums = _channel_backprop_stats(x, mean, inv_std, dy)
    (scale_grad, scale_terms), (bias_grad, bias_terms) = sums
    dx = _channel_backprop(x, mean, inv_std, scale_grad, bias_grad, dy)[0]
    terms = _channel_backprop(x, mean, inv_std, scale_terms, bias_terms, dy)[0]
    return [(dx[0], terms[1]), *sums]


def _elements(shape):
    """Of a channel."""
    return math.prod(shape) // shape[1]


# Operations on one element, beside sums.
SOME = 16


def _gamma(shape):
    return Operand("gamma", shape[-1:], streamed=False)


def _vector(name, shape, make=None, f32_roundings=0):
    return Operand(
        name,
        shape[1:2],
        streamed=False,
        in_accumulator=True,
        make=make,
        f32_roundings=f32_roundings,
    )


def _statistics(shape):
    """mean and inv_std of x."""

    def made(number):
        return lambda before: _channel_stats(before["x"])[number][0]

    return [_vector("mean", shape, made(0)), _vector("inv_std", shape, made(1))]


def _sums(shape):
    """scale_grad and bias_grad, with the operands that they are made of."""

    def made(number):
        def make(before):
            names = ("x", "mean", "inv_std", "dy")
            sums = _channel_backprop_stats(*(before[name] for name in names))
            return sums[number][0]

        return make

    return [_vector("scale_grad", shape, made(0)), _vector("bias_grad", shape, made(1))]


def _sum_outputs(shape):
    roundings = _elements(shape) + SOME
    return [
        _vector("scale_grad", shape, f32_roundings=roundings),
        _vector("bias_grad", shape, f32_roundings=roundings),
    ]


OPERATORS = {
    operator.name: operator
    for operator in (
        # Peers may round before gamma and at the end. The root keeps half of
        # the error of the sum of squares.
        Operator(
            "rmsnorm",
            rank=2,
            inputs=lambda shape: [Operand("x", shape), _gamma(shape)],
            outputs=lambda shape: [
                Operand("y", shape, roundings=2, f32_roundings=shape[-1] // 2 + SOME)
            ],
            reference=_rmsnorm,
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
                Operand("y", shape, roundings=4, f32_roundings=shape[-1] // 2 + SOME),
            ],
            reference=_residual_rmsnorm,
        ),
        # Peers that differentiate operation by operation round each of them, and
        # compute the rrms of x themselves.
        Operator(
            "rmsnorm_grad",
            rank=2,
            inputs=lambda shape: [
                Operand("dy", shape),
                Operand("x", shape),
                Operand(
                    "rrms",
                    shape[:1],
                    streamed=False,
                    per_row=True,
                    in_accumulator=True,
                    make=lambda before: _rrms(before["x"]),
                ),
                _gamma(shape),
            ],
            outputs=lambda shape: [
                Operand("dx", shape, roundings=12, f32_roundings=2 * shape[1] + SOME),
                Operand(
                    "dgamma",
                    shape[1:],
                    streamed=False,
                    roundings=6,
                    f32_roundings=shape[0] + shape[1] // 2 + SOME,
                ),
            ],
            reference=_rmsnorm_grad,
        ),
        *(
            Operator(
                name,
                rank=1,
                inputs=lambda shape: [Operand("x", shape, values=(0.5, 2.0))],
                outputs=lambda shape, roundings=roundings: [
                    Operand("y", shape, roundings=roundings)
                ],
                reference=_reciprocal,
            )
            # Two ULP are up to four roundings.
            for name, roundings in (("reciprocal", 1), ("reciprocal_approx", 4))
        ),
        Operator(
            "reciprocal_grad",
            rank=1,
            inputs=lambda shape: [
                Operand("y", shape, values=(0.5, 2.0)),
                Operand("dy", shape),
            ],
            outputs=lambda shape: [Operand("dx", shape, roundings=2)],
            reference=_reciprocal_grad,
        ),
        Operator(
            "channel_stats",
            rank=4,
            inputs=lambda shape: [Operand("x", shape)],
            outputs=lambda shape: [
                _vector("mean", shape, f32_roundings=_elements(shape) + SOME),
                _vector("inv_std", shape, f32_roundings=_elements(shape) + SOME),
            ],
            reference=_channel_stats,
        ),
        Operator(
            "channel_backprop_stats",
            rank=4,
            inputs=lambda shape: [
                Operand("x", shape),
                *_statistics(shape),
                Operand("dy", shape),
            ],
            outputs=_sum_outputs,
            reference=_channel_backprop_stats,
        ),
        Operator(
            "channel_backprop",
            rank=4,
            inputs=lambda shape: [
                Operand("x", shape),
                *_statistics(shape),
                *_sums(shape),
                Operand("dy", shape),
            ],
            outputs=lambda shape: [
                Operand("dx", shape, roundings=1, f32_roundings=SOME)
            ],
            reference=_channel_backprop,
        ),
        # Both ops that make the backward of batch norm, as peers have it.
        Operator(
            "batch_norm_backward",
            rank=4,
            inputs=lambda shape: [
                Operand("x", shape),
                *_statistics(shape),
                Operand("dy", shape),
            ],
            outputs=lambda shape: [
                Operand(
                    "dx", shape, roundings=1, f32_roundings=_elements(shape) + SOME
                ),
                *_sum_outputs(shape),
            ],
            reference=_batch_norm_backward,
        ),
    )
}
