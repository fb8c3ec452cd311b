# ===- norm.py - Kernels of this project ------------------------------------===#
#
# Licensed under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===------------------------------------------------------------------------===#
"""Kernels that norm-compile made, called through their C entry from C++.

The first size is dynamic (rows, images, elements) and the others are static, as
in a program that serves batches of any size, unless the case says that all are
dynamic.
"""

import string

from bench.operand import EPSILON
from bench.operators import OPERATORS
from peers import Prepared

# Operator -> what a function of its operands does; a name such as $x stands for
# the type of that operand.
BODIES = {
    "rmsnorm": """
  %y = norm.rmsnorm %x gamma(%gamma) axis(1) epsilon($epsilon)
    : ($x, $gamma) -> $y
""",
    "residual_rmsnorm": """
  %sum = arith.addf %x, %residual : $x
  %y = norm.rmsnorm %sum gamma(%gamma) axis(1) epsilon($epsilon)
    : ($x, $gamma) -> $y
""",
    "rmsnorm_grad": """
  %dx, %dgamma = norm.rmsnorm_grad %dy, %x, %rrms gamma(%gamma) axis(1)
    : ($dy, $x, $rrms, $gamma) -> ($dx, $dgamma)
""",
    "reciprocal": """
  %y = norm.reciprocal %x : ($x) -> $y
""",
    "reciprocal_approx": """
  %y = norm.reciprocal %x precision(approx) : ($x) -> $y
""",
    "reciprocal_grad": """
  %dx = norm.reciprocal_grad %y, %dy : ($y, $dy) -> $dx
""",
    "channel_stats": """
  %mean, %inv_std = norm.channel_stats %x epsilon($epsilon) layout($layout)
    : ($x) -> ($mean, $inv_std)
""",
    "channel_backprop_stats": """
  %scale_grad, %bias_grad =
      norm.channel_backprop_stats %x, %mean, %inv_std, %dy layout($layout)
    : ($x, $mean, $inv_std, $dy) -> ($scale_grad, $bias_grad)
""",
    "channel_backprop": """
  %dx = norm.channel_backprop %x, %mean, %inv_std, %scale_grad, %bias_grad, %dy
      layout($layout)
    : ($x, $mean, $inv_std, $scale_grad, $bias_grad, $dy) -> $dx
""",
    "batch_norm_backward": """
  %scale_grad, %bias_grad =
      norm.channel_backprop_stats %x, %mean, %inv_std, %dy layout($layout)
    : ($x, $mean, $inv_std, $dy) -> ($scale_grad, $bias_grad)
  %dx = norm.channel_backprop %x, %mean, %inv_std, %scale_grad, %bias_grad, %dy
      layout($layout)
    : ($x, $mean, $inv_std, $scale_grad, $bias_grad, $dy) -> $dx
""",
}


def _type(operand, case, static):
    """The tensor type. All sizes are dynamic if those of the case are, else where the
    size is the first one of x, unless all are to be `static`."""
    sizes = list(operand.shape)
    if case.dynamic and not static:
        sizes = "?" * len(sizes)
    elif not static and (operand.streamed or operand.per_row):
        sizes[0] = "?"
    return f"tensor<{'x'.join(map(str, sizes))}x{operand.type(case.type)}>"


def make_source(case, static=False):
    """A module with the function of a case, of any number of rows, images or
    elements, of any sizes if the case is dynamic, or with all sizes `static`."""
    operator = OPERATORS[case.operator]
    inputs, outputs = operator.inputs(case.shape), operator.outputs(case.shape)
    types = {one.name: _type(one, case, static) for one in inputs + outputs}
    arguments = ", ".join(f"%{one.name}: ${one.name}" for one in inputs)
    results = ", ".join(f"${one.name}" for one in outputs)
    values = ", ".join(f"%{one.name}" for one in outputs)
    suffix = f"_{operator.layout.lower()}"
    text = (
        f"func.func @{case.operator}({arguments}) -> ({results}) {{"
        f"{BODIES[case.operator.removesuffix(suffix)]}"
        f"  return {values} : {results}\n}}\n"
    )
    return string.Template(text).substitute(
        types, epsilon=f"{EPSILON:.17e}", layout=operator.layout
    )


class Norm:
    """Compiles each case ahead of time for the host."""

    name = "norm"
    version = ""

    def __init__(self, harness):
        self._harness = harness

    def prepare(self, case, buffers):
        entry = self._harness.compile_entry(make_source(case), case.operator)
        sets = [one.inputs + one.outputs for one in buffers.sets]
        return Prepared(self._harness.time_entry(entry.address, sets), cost=entry.cost)


def load(context):
    return [Norm(context.harness)]
