# ===- channels.py - The operators over channels ----------------------------===#
#
# Licensed under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===------------------------------------------------------------------------===#
"""The operators over the channels of images, in one layout."""

import math

from bench.operand import EPSILON, SOME, Operand, Operator, exactly


class Channels:
    """References and operands of the operators in `layout`, NCHW or NHWC."""

    def __init__(self, layout):
        self._dim = {"NCHW": 1, "NHWC": 3}[layout]
        self._layout = layout

    def _over(self):
        """The dims over which the elements of a channel lie."""
        return tuple(dim for dim in range(4) if dim != self._dim)

    def _along(self, vector):
        """Values of channels in a shape that broadcasts to images."""
        shape = [1] * 4
        shape[self._dim] = -1
        return vector.reshape(shape)

    def _stats(self, x):
        inv_std = 1 / (x.var(axis=self._over()) + EPSILON) ** 0.5
        mean = x.mean(axis=self._over()), abs(x).mean(axis=self._over())
        return [mean, exactly(inv_std)]

    def _backprop_stats(self, x, mean, inv_std, dy):
        terms = (x - self._along(mean)) * self._along(inv_std) * dy
        return [
            (values.sum(axis=self._over()), abs(values).sum(axis=self._over()))
            for values in (terms, dy)
        ]

    def _backprop(self, x, *vectors_and_dy):
        *vectors, dy = vectors_and_dy
        mean, inv_std, scale_grad, bias_grad = map(self._along, vectors)
        count = x.size // x.shape[self._dim]
        projected = (x - mean) * inv_std * scale_grad
        dx = inv_std * (dy - (bias_grad + projected) / count)
        magnitude = abs(dy) + (abs(bias_grad) + abs(projected)) / count
        return [(dx, abs(inv_std) * magnitude)]

    def _batch_norm_backward(self, x, mean, inv_std, dy):
        sums = self._backprop_stats(x, mean, inv_std, dy)
        (scale_grad, scale_terms), (bias_grad, bias_terms) = sums
        dx = self._backprop(x, mean, inv_std, scale_grad, bias_grad, dy)[0]
        terms = self._backprop(x, mean, inv_std, scale_terms, bias_terms, dy)[0]
        return [(dx[0], terms[1]), *sums]

    def _elements(self, shape):
        """Of a channel."""
        return math.prod(shape) // shape[self._dim]

    def _vector(self, name, shape, make=None, sum_roundings=0):
        return Operand(
            name,
            (shape[self._dim],),
            streamed=False,
            in_accumulator=True,
            make=make,
            sum_roundings=sum_roundings,
        )

    def _made_statistics(self, shape):
        """mean and inv_std of x."""

        def made(number):
            return lambda before: self._stats(before["x"])[number][0]

        names = ("mean", "inv_std")
        return [self._vector(name, shape, made(i)) for i, name in enumerate(names)]

    def _made_sums(self, shape):
        """scale_grad and bias_grad, with the operands that they are made of."""

        def made(number):
            def make(before):
                names = ("x", "mean", "inv_std", "dy")
                sums = self._backprop_stats(*(before[name] for name in names))
                return sums[number][0]

            return make

        names = ("scale_grad", "bias_grad")
        return [self._vector(name, shape, made(i)) for i, name in enumerate(names)]

    def _sums(self, shape, *names):
        """Results that are sums over the elements of a channel."""
        roundings = self._elements(shape) + SOME
        return [self._vector(name, shape, None, roundings) for name in names]

    def _operator(self, name, reference, inputs, outputs):
        if self._layout != "NCHW":
            name += f"_{self._layout.lower()}"
        return Operator(name, 4, inputs, outputs, reference, self._layout)

    def operators(self):
        """The Operators. batch_norm_backward is both ops that make it, as peers
        have it."""

        def backward_inputs(shape):
            statistics = self._made_statistics(shape)
            return [Operand("x", shape), *statistics, Operand("dy", shape)]

        def backprop_inputs(shape):
            *before, dy = backward_inputs(shape)
            return [*before, *self._made_sums(shape), dy]

        def dx(shape, sum_roundings):
            return Operand("dx", shape, roundings=1, sum_roundings=sum_roundings)

        return [
            self._operator(
                "channel_stats",
                self._stats,
                lambda shape: [Operand("x", shape)],
                lambda shape: self._sums(shape, "mean", "inv_std"),
            ),
            self._operator(
                "channel_backprop_stats",
                self._backprop_stats,
                backward_inputs,
                lambda shape: self._sums(shape, "scale_grad", "bias_grad"),
            ),
            self._operator(
                "channel_backprop",
                self._backprop,
                backprop_inputs,
                lambda shape: [dx(shape, SOME)],
            ),
            self._operator(
                "batch_norm_backward",
                self._batch_norm_backward,
                backward_inputs,
                lambda shape: [
                    dx(shape, self._elements(shape) + SOME),
                    *self._sums(shape, "scale_grad", "bias_grad"),
                ],
            ),
        ]
