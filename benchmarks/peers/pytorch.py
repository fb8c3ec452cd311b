# ===- pytorch.py - PyTorch, eager and compiled -----------------------------===#
#
# Licensed under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===------------------------------------------------------------------------===#
"""PyTorch eager, and torch.compile with its default compiler, Inductor.

Eager operators allocate their results: rms_norm takes no output. A compiled
function writes into given ones.
"""

import os

from bench.operators import EPSILON
from bench.timing import time_calls
from peers import Prepared, Unsupported


def _functions(torch):
    def rmsnorm(x, gamma):
        return [torch.nn.functional.rms_norm(x, gamma.shape, gamma, EPSILON)]

    def residual_rmsnorm(x, residual, gamma):
        total = x + residual
        return [total] + rmsnorm(total, gamma)

    return {"rmsnorm": rmsnorm, "residual_rmsnorm": residual_rmsnorm}


class _PyTorch:
    def __init__(self, torch):
        self._torch = torch
        self._functions = _functions(torch)
        self.version = torch.__version__

    def _function(self, case):
        if case.operator not in self._functions:
            raise Unsupported(f"no function for {case.operator}")
        return self._functions[case.operator]

    def _tensors(self, arrays):
        """Tensors on the memory of `arrays`; uint16 holds bf16."""
        tensors = [self._torch.from_numpy(array) for array in arrays]
        return [
            (
                tensor.view(self._torch.bfloat16)
                if tensor.dtype == self._torch.uint16
                else tensor
            )
            for tensor in tensors
        ]

    def _arrays(self, tensors):
        return [
            (
                tensor.view(self._torch.uint16).numpy()
                if tensor.dtype == self._torch.bfloat16
                else tensor.numpy()
            )
            for tensor in tensors
        ]


class Eager(_PyTorch):
    """Operators one by one; results are allocated by each call."""

    name = "PyTorch eager"

    def prepare(self, case, buffers):
        function = self._function(case)
        inputs = [self._tensors(one.inputs) for one in buffers.sets]
        calls = [lambda one=one: function(*one) for one in inputs]
        return Prepared(
            time_calls(calls),
            lambda index: self._arrays(function(*inputs[index])),
        )


class Compiled(_PyTorch):
    """One function of the inputs and outputs, compiled for the static shape."""

    name = "torch.compile"

    def prepare(self, case, buffers):
        function = self._function(case)

        def write(inputs, outputs):
            for output, result in zip(outputs, function(*inputs)):
                output.copy_(result)

        self._torch._dynamo.reset()
        compiled = self._torch.compile(write, dynamic=False, fullgraph=True)
        operands = [
            (self._tensors(one.inputs), self._tensors(one.outputs))
            for one in buffers.sets
        ]
        try:
            compiled(*operands[0])
        except self._torch._dynamo.exc.TorchDynamoException as error:
            raise Unsupported(str(error).strip().splitlines()[0])
        calls = [lambda one=one: compiled(*one) for one in operands]
        return Prepared(time_calls(calls))


def load(context):
    # Compiling needs no pool of processes for a few kernels.
    os.environ.setdefault("TORCHINDUCTOR_COMPILE_THREADS", "1")
    # PyTorch's OpenMP spins for some 14 ms when it waits. If another program
    # takes a CPU meanwhile, every call costs that much; 0.1 ms still bridges
    # the time from one call to the next.
    os.environ.setdefault("GOMP_SPINCOUNT", "2000")
    import torch
    import torch._dynamo

    torch.set_num_threads(context.threads)
    torch.set_grad_enabled(False)
    return [Eager(torch), Compiled(torch)]
