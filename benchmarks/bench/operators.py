# ===- operators.py - What each operator computes and touches ---------------===#
#
# Licensed under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===------------------------------------------------------------------------===#
"""The operators of the benchmarks: operands, float64 reference, error bound.

An operator is added here, in shapes.json, and in each peer that has it.
"""

from bench.channels import Channels
from bench.operand import EPSILON, SOME, Operand, Operator, exactly


def _rrms(x):
    return 1 / ((x * x).mean(axis=-1) + EPSILON) ** 0.5


def _rmsnorm(x, gamma):
    return [exactly(x * _rrms(x)[:, None] * gamma)]


def _residual_rmsnorm(x, residual, gamma):
    total = x + residual
    return [exactly(total)] + _rmsnorm(total, gamma)


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
    return [exactly(1 / x)]


def _reciprocal_grad(y, dy):
    return [exactly(-dy * y * y)]


def _gamma(shape):
    return Operand("gamma", shape[-1:], streamed=False)


def _made_rrms(shape):
    return Operand(
        "rrms",
        shape[:1],
        streamed=False,
        per_row=True,
        in_accumulator=True,
        make=lambda before: _rrms(before["x"]),
    )


def _result(name, shape, roundings):
    """A row that is divided by the root of a sum over it, which keeps half of the
    error of the sum."""
    return Operand(
        name, shape, roundings=roundings, sum_roundings=shape[-1] // 2 + SOME
    )


OPERATORS = {
    operator.name: operator
    for operator in (
        # Peers may round before gamma and at the end.
        Operator(
            "rmsnorm",
            rank=2,
            inputs=lambda shape: [Operand("x", shape), _gamma(shape)],
            outputs=lambda shape: [_result("y", shape, 2)],
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
                _result("y", shape, 4),
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
                _made_rrms(shape),
                _gamma(shape),
            ],
            outputs=lambda shape: [
                Operand("dx", shape, roundings=12, sum_roundings=2 * shape[1] + SOME),
                Operand(
                    "dgamma",
                    shape[1:],
                    streamed=False,
                    roundings=6,
                    sum_roundings=shape[0] + shape[1] // 2 + SOME,
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
        *Channels("NCHW").operators(),
        *Channels("NHWC").operators(),
    )
}
