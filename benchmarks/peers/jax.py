# ===- jax.py - JAX on the CPU ----------------------------------------------===#
#
# Licensed under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===------------------------------------------------------------------------===#
"""Functions compiled by XLA (jax.jit) for static shapes.

A call allocates its results: XLA writes into no given buffer. Inputs are arrays of
JAX made before. Sums of f16 and bf16 are computed in f32, as by the kernels.
"""

import os

from bench.operand import EPSILON
from bench.operators import OPERATORS
from bench.timing import time_calls
from peers import Prepared, Unsupported


class Functions:
    """For each operator a method of its inputs that returns the results. Operators
    over channels are written for images whose channels are dim `channels`."""

    def __init__(self, numpy, channels):
        self._numpy, self._channels = numpy, channels

    def _wide(self, x):
        return x if x.dtype == "float64" else x.astype("float32")

    def _over(self):
        return tuple(dim for dim in range(4) if dim != self._channels)

    def _along(self, vector):
        shape = [1] * 4
        shape[self._channels] = -1
        return vector.reshape(shape)

    def rmsnorm(self, x, gamma):
        wide = self._wide(x)
        square = self._numpy.mean(wide * wide, axis=-1, keepdims=True)
        rrms = 1 / self._numpy.sqrt(square + EPSILON)
        return [(wide * rrms * self._wide(gamma)).astype(x.dtype)]

    def residual_rmsnorm(self, x, residual, gamma):
        total = x + residual
        return [total, *self.rmsnorm(total, gamma)]

    def rmsnorm_grad(self, dy, x, rrms, gamma):
        r, wide = rrms[:, None], self._wide(dy)
        h, g = self._wide(x) * r, wide * self._wide(gamma)
        dx = r * (g - h * self._numpy.mean(g * h, axis=-1, keepdims=True))
        dgamma = self._numpy.sum(wide * h, axis=0)
        return [dx.astype(x.dtype), dgamma.astype(x.dtype)]

    def reciprocal(self, x):
        return [1 / x]

    reciprocal_approx = reciprocal

    def reciprocal_grad(self, y, dy):
        y_wide, dy_wide = self._wide(y), self._wide(dy)
        return [(-dy_wide * y_wide * y_wide).astype(y.dtype)]

    def channel_stats(self, x):
        wide = self._wide(x)
        variance = self._numpy.var(wide, axis=self._over())
        mean = self._numpy.mean(wide, axis=self._over())
        return [mean, 1 / self._numpy.sqrt(variance + EPSILON)]

    def channel_backprop_stats(self, x, mean, inv_std, dy):
        h = (self._wide(x) - self._along(mean)) * self._along(inv_std)
        wide = self._wide(dy)
        sums = (wide * h).sum(axis=self._over()), wide.sum(axis=self._over())
        return list(sums)

    def channel_backprop(self, x, *vectors_and_dy):
        *vectors, dy = vectors_and_dy
        mean, inv_std, scale_grad, bias_grad = map(self._along, vectors)
        count = x.size // x.shape[self._channels]
        projected = (self._wide(x) - mean) * inv_std * scale_grad
        dx = inv_std * (self._wide(dy) - (bias_grad + projected) / count)
        return [dx.astype(x.dtype)]

    def batch_norm_backward(self, x, mean, inv_std, dy):
        sums = self.channel_backprop_stats(x, mean, inv_std, dy)
        return [*self.channel_backprop(x, mean, inv_std, *sums, dy), *sums]


class JAX:
    """A compiled function for each case."""

    name = "JAX"

    def __init__(self, jax, bf16):
        self._jax, self._bf16, self.version = jax, bf16, jax.__version__

    def _array(self, array):
        bf16 = array.dtype == "uint16"
        return self._jax.device_put(array.view(self._bf16) if bf16 else array)

    def prepare(self, case, buffers):
        layout = OPERATORS[case.operator].layout
        functions = Functions(self._jax.numpy, 3 if layout == "NHWC" else 1)
        name = case.operator.removesuffix(f"_{layout.lower()}")
        function = getattr(functions, name, None)
        if function is None:
            raise Unsupported(f"no function for {case.operator}")
        compiled = self._jax.jit(function)
        sets = [[self._array(array) for array in one.inputs] for one in buffers.sets]

        def outputs(index):
            import numpy

            results = compiled(*sets[index])
            arrays = [numpy.asarray(result) for result in results]
            return [
                array.view("uint16") if array.dtype == self._bf16 else array
                for array in arrays
            ]

        wait = self._jax.block_until_ready
        calls = [lambda one=one: wait(compiled(*one)) for one in sets]
        return Prepared(time_calls(calls), outputs)


def load(context):
    # Read when JAX makes its pool of threads.
    os.environ.setdefault("NPROC", str(context.threads))
    import jax
    import ml_dtypes

    jax.config.update("jax_platforms", "cpu")
    jax.config.update("jax_enable_x64", True)
    return [JAX(jax, ml_dtypes.bfloat16)]
