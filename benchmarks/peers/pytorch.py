# ===- pytorch.py - PyTorch, eager and compiled -----------------------------===#
#
# Licensed under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===------------------------------------------------------------------------===#
"""PyTorch eager, and torch.compile with its default compiler, Inductor.

Eager operators write into the given outputs where they can (`out=`), else they
allocate their results. A compiled function writes into given ones. Both compute
in f32 where they sum f16 or bf16, as the kernels do.
"""

import os

from bench.operand import EPSILON
from bench.timing import time_calls
from peers import Prepared, Unsupported


class Functions:
    """For each operator a method of lists of input and output tensors that
    returns the results. torch.compile gets the one with `compiled_` before the
    name, if there is one."""

    def __init__(self, torch):
        self._torch = torch

    def _wide(self, x):
        return x if x.dtype == self._torch.float64 else x.float()

    def rmsnorm(self, inputs, outputs):
        x, gamma = inputs
        return [self._torch.nn.functional.rms_norm(x, gamma.shape, gamma, EPSILON)]

    def residual_rmsnorm(self, inputs, outputs):
        x, residual, gamma = inputs
        total = self._torch.add(x, residual, out=outputs[0])
        return [total] + self.rmsnorm([total, gamma], outputs)

    def compiled_residual_rmsnorm(self, inputs, outputs):
        x, residual, gamma = inputs
        total = x + residual
        return [total] + self.rmsnorm([total, gamma], outputs)

    def compiled_rmsnorm_grad(self, inputs, outputs):
        dy, x, rrms, gamma = inputs
        dy = self._wide(dy)
        h = self._wide(x) * rrms[:, None]
        g = dy * self._wide(gamma)
        dx = rrms[:, None] * (g - h * (g * h).mean(-1, keepdim=True))
        return [dx, (dy * h).sum(0)]

    def reciprocal(self, inputs, outputs):
        return [self._torch.reciprocal(*inputs, out=outputs[0])]

    def compiled_reciprocal(self, inputs, outputs):
        return [self._torch.reciprocal(*inputs)]

    reciprocal_approx = reciprocal
    compiled_reciprocal_approx = compiled_reciprocal

    def reciprocal_grad(self, inputs, outputs):
        y, dy = inputs
        return [self._torch.mul(y, dy, out=outputs[0]).mul_(y).neg_()]

    def compiled_reciprocal_grad(self, inputs, outputs):
        y, dy = inputs
        return [-dy * y * y]

    def channel_stats(self, inputs, outputs):
        (x,) = inputs
        wide = self._wide(x)
        variance, mean = self._torch.var_mean(wide, dim=(0, 2, 3), correction=0)
        return [mean, self._torch.rsqrt(variance + EPSILON)]

    def _batch_norm_backward(self, inputs, mask):
        x, mean, inv_std, dy = inputs
        return self._torch.ops.aten.native_batch_norm_backward(
            dy, x, None, None, None, mean, inv_std, True, EPSILON, mask
        )

    def batch_norm_backward(self, inputs, outputs):
        return list(self._batch_norm_backward(inputs, [True, True, True]))

    def compiled_batch_norm_backward(self, inputs, outputs):
        x, mean, inv_std, dy = inputs
        sums = self.compiled_channel_backprop_stats(inputs, outputs)
        dx = self.channel_backprop([x, mean, inv_std, *sums, dy], outputs)
        return [*dx, *sums]

    def channel_backprop_stats(self, inputs, outputs):
        return list(self._batch_norm_backward(inputs, [False, True, True])[1:])

    def compiled_channel_backprop_stats(self, inputs, outputs):
        x, mean, inv_std, dy = inputs
        h = (self._wide(x) - mean[:, None, None]) * inv_std[:, None, None]
        wide = self._wide(dy)
        return [(h * wide).sum((0, 2, 3)), wide.sum((0, 2, 3))]

    def channel_backprop(self, inputs, outputs):
        x, *vectors, dy = inputs
        mean, inv_std, scale_grad, bias_grad = (v[:, None, None] for v in vectors)
        count = x.numel() // x.shape[1]
        projected = (self._wide(x) - mean) * inv_std * scale_grad
        return [inv_std * (self._wide(dy) - (bias_grad + projected) / count)]


def _is_channels_last(case, tensor):
    return case.operator.endswith("_nhwc") and tensor.ndim == 4


class _PyTorch:
    def __init__(self, torch):
        self._torch = torch
        self._functions = Functions(torch)
        self.version = torch.__version__

    def _find(self, case, *prefixes):
        """The first function of a case that there is with one of the prefixes."""
        operator = case.operator.removesuffix("_nhwc")
        for prefix in prefixes:
            if hasattr(self._functions, prefix + operator):
                return getattr(self._functions, prefix + operator)
        raise Unsupported(f"no function for {case.operator}")

    def _tensors(self, case, arrays):
        """Tensors on the memory of `arrays`; uint16 holds bf16. PyTorch's order of
        dims is NCHW; images in NHWC are channels-last tensors."""
        torch, tensors = self._torch, []
        for tensor in map(torch.from_numpy, arrays):
            if tensor.dtype == torch.uint16:
                tensor = tensor.view(torch.bfloat16)
            if _is_channels_last(case, tensor):
                tensor = tensor.permute(0, 3, 1, 2)
            tensors.append(tensor)
        return tensors

    def _arrays(self, case, tensors, like):
        """Arrays of the tensors, in the types of the arrays `like`, which those
        of eager operators on narrower types may exceed."""
        arrays = []
        for tensor, wanted in zip(tensors, self._tensors(case, like)):
            tensor = tensor.to(wanted.dtype)
            if _is_channels_last(case, tensor):
                tensor = tensor.permute(0, 2, 3, 1)
            if tensor.dtype == self._torch.bfloat16:
                tensor = tensor.view(self._torch.uint16)
            arrays.append(tensor.numpy())
        return arrays


class Eager(_PyTorch):
    """Operators one by one."""

    name = "PyTorch eager"

    def _rmsnorm_grad_calls(self, case, buffers):
        """Autograd's backward of rms_norm, after its forward."""
        torch, calls = self._torch, []
        for one in buffers.sets:
            dy, x, _, gamma = self._tensors(case, one.inputs)
            with torch.enable_grad():
                arguments = [x.requires_grad_(), gamma.requires_grad_()]
                y = torch.nn.functional.rms_norm(x, gamma.shape, gamma, EPSILON)
            calls.append(
                lambda y=y, arguments=arguments, dy=dy: torch.autograd.grad(
                    y, arguments, dy, retain_graph=True
                )
            )
        return calls

    def prepare(self, case, buffers):
        if case.operator == "rmsnorm_grad":
            calls = self._rmsnorm_grad_calls(case, buffers)
        else:
            function = self._find(case, "")
            calls = [
                lambda inputs=self._tensors(case, one.inputs), outputs=self._tensors(
                    case, one.outputs
                ): function(inputs, outputs)
                for one in buffers.sets
            ]
        return Prepared(
            time_calls(calls),
            lambda index: self._arrays(
                case, calls[index](), buffers.sets[index].outputs
            ),
        )


class Compiled(_PyTorch):
    """One function of the inputs and outputs, compiled for the static shape."""

    name = "torch.compile"

    def prepare(self, case, buffers):
        function = self._find(case, "compiled_", "")

        def write(inputs, outputs):
            for output, result in zip(outputs, function(inputs, outputs)):
                output.copy_(result)

        self._torch._dynamo.reset()
        compiled = self._torch.compile(write, dynamic=False, fullgraph=True)
        operands = [
            (self._tensors(case, one.inputs), self._tensors(case, one.outputs))
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
