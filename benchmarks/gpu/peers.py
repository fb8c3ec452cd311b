# ===- peers.py - What kernels are compared with on a GPU -------------------===#
#
# Licensed under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===------------------------------------------------------------------------===#
"""PyTorch, torch.compile, Liger, QuACK and cuDNN on tensors of a GPU.

A peer has a name, a version, and calls(case, sets) that returns for each set of
(inputs, outputs) a callable which returns the results, or raises Unsupported.
"""

import importlib.metadata

from bench.operand import EPSILON
from peers import Unsupported
from peers.pytorch import Functions


def _version(package):
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return ""


class _ByFunction:
    """Calls of an rms_norm(x, gamma), and of the backward that autograd makes of it."""

    def __init__(self, torch, name, package, rms_norm):
        self.name, self.version = name, _version(package)
        self._torch, self._rms_norm = torch, rms_norm

    def calls(self, case, sets):
        if case.operator == "rmsnorm":
            return [
                lambda inputs=inputs: [self._rms_norm(*inputs)] for inputs, _ in sets
            ]
        if case.operator == "rmsnorm_grad":
            return [self._backward(*inputs) for inputs, _ in sets]
        raise Unsupported(f"no function for {case.operator}")

    def _backward(self, dy, x, _, gamma):
        with self._torch.enable_grad():
            arguments = [
                x.detach().requires_grad_(),
                gamma.detach().requires_grad_(),
            ]
            y = self._rms_norm(*arguments)
        return lambda: self._torch.autograd.grad(y, arguments, dy, retain_graph=True)


class Eager(_ByFunction):
    """PyTorch's operators one by one."""

    def __init__(self, torch):
        def rms_norm(x, gamma):
            return torch.nn.functional.rms_norm(x, gamma.shape, gamma, EPSILON)

        super().__init__(torch, "PyTorch eager", "torch", rms_norm)
        self._functions = Functions(torch)

    def calls(self, case, sets):
        if case.operator in ("rmsnorm", "rmsnorm_grad"):
            return super().calls(case, sets)
        function = getattr(self._functions, case.operator, None)
        if function is None:
            raise Unsupported(f"no function for {case.operator}")
        return [lambda one=one: function(*one) for one in sets]


class Compiled:
    """torch.compile of one function of the inputs."""

    name = "torch.compile"

    def __init__(self, torch):
        self.version = torch.__version__
        self._torch, self._functions = torch, Functions(torch)

    def calls(self, case, sets):
        names = (f"compiled_{case.operator}", case.operator)
        found = [getattr(self._functions, name, None) for name in names]
        function = next(filter(None, found), None)
        if function is None:
            raise Unsupported(f"no function for {case.operator}")

        def write(inputs, outputs):
            for output, result in zip(outputs, function(inputs, outputs)):
                output.copy_(result)

        self._torch._dynamo.reset()
        compiled = self._torch.compile(write, dynamic=False, fullgraph=True)

        def call(one):
            compiled(*one)
            return one[1]

        return [lambda one=one: call(one) for one in sets]


def load_peers(torch):
    """The peers that are installed, and a dict name -> why another is skipped."""
    peers, skipped = [Eager(torch), Compiled(torch)], {}
    try:
        from liger_kernel.ops.rms_norm import LigerRMSNormFunction

        def liger(x, gamma):
            # offset, casting mode, dy kept as it is
            return LigerRMSNormFunction.apply(x, gamma, EPSILON, 0.0, "gemma", False)

        peers.append(_ByFunction(torch, "Liger", "liger-kernel", liger))
    except Exception as error:  # whatever a package of others raises
        skipped["Liger"] = str(error)
    try:
        from quack import rmsnorm

        def quack(x, gamma):
            return rmsnorm(x, gamma, eps=EPSILON)

        peers.append(_ByFunction(torch, "QuACK", "quack-kernels", quack))
    except Exception as error:  # whatever a package of others raises
        skipped["QuACK"] = str(error)
    try:
        import cudnn
        from gpu.cudnn import CuDNN

        peers.append(CuDNN(torch, cudnn))
    except Exception as error:  # whatever a package of others raises
        skipped["cuDNN"] = str(error)
    return peers, skipped
