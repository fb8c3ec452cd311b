# ===- norm.py - Kernels of this project ------------------------------------===#
#
# Licensed under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===------------------------------------------------------------------------===#
"""Kernels that norm-compile made, called through their C entry from C++.

The number of rows is dynamic and the width static, as in a program that serves
batches of any size.
"""

from bench.operators import EPSILON
from peers import Prepared, Unsupported

SOURCES = {
    "rmsnorm": """
func.func @rmsnorm(%x: tensor<?x{width}x{type}>, %gamma: tensor<{width}x{type}>)
    -> tensor<?x{width}x{type}> {{
  %y = norm.rmsnorm %x gamma(%gamma) axis(1) epsilon({epsilon:.17e})
    : (tensor<?x{width}x{type}>, tensor<{width}x{type}>)
    -> tensor<?x{width}x{type}>
  return %y : tensor<?x{width}x{type}>
}}
""",
    "residual_rmsnorm": """
func.func @residual_rmsnorm(
    %x: tensor<?x{width}x{type}>, %residual: tensor<?x{width}x{type}>,
    %gamma: tensor<{width}x{type}>)
    -> (tensor<?x{width}x{type}>, tensor<?x{width}x{type}>) {{
  %sum = arith.addf %x, %residual : tensor<?x{width}x{type}>
  %y = norm.rmsnorm %sum gamma(%gamma) axis(1) epsilon({epsilon:.17e})
    : (tensor<?x{width}x{type}>, tensor<{width}x{type}>)
    -> tensor<?x{width}x{type}>
  return %sum, %y : tensor<?x{width}x{type}>, tensor<?x{width}x{type}>
}}
""",
}


class Norm:
    """Compiles each case ahead of time for the host."""

    name = "norm"
    version = ""

    def __init__(self, harness):
        self._harness = harness

    def prepare(self, case, buffers):
        if case.operator not in SOURCES:
            raise Unsupported(f"no source of {case.operator}")
        source = SOURCES[case.operator].format(
            width=case.shape[-1], type=case.type, epsilon=EPSILON
        )
        entry = self._harness.compile_entry(source, case.operator)
        sets = [one.inputs + one.outputs for one in buffers.sets]
        return Prepared(self._harness.time_entry(entry, sets))


def load(context):
    return [Norm(context.harness)]
