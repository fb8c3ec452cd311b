# ===- wrong_results.py - Results that are refused --------------*- python -*-===#
#
# Licensed under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===-----------------------------------------------------------------------===#
"""Prints what the benchmarks say of right and wrong results.

usage: wrong_results.py FOLDER_OF_THE_BENCHMARKS
"""

import sys

sys.path.insert(0, sys.argv[1])

import numpy

from bench.buffers import Buffers, to_float64
from bench.cases import Case


def rmsnorm(x, gamma):
    """By the definition, row by row."""
    rows = []
    for row in x.tolist():
        root = (sum(one * one for one in row) / len(row) + 1e-6) ** 0.5
        rows.append([one / root * g for one, g in zip(row, gamma.tolist())])
    return [rows]


def channel_stats_nhwc(x):
    """By the definition, channel by channel."""
    means, inv_stds = [], []
    for channel in range(x.shape[3]):
        values = x[:, :, :, channel].ravel().tolist()
        mean = sum(values) / len(values)
        variance = sum((one - mean) ** 2 for one in values) / len(values)
        means.append(mean)
        inv_stds.append((variance + 1e-6) ** -0.5)
    return [means, inv_stds]


def reciprocal(x):
    return [[1 / one for one in x.tolist()]]


for function, element_type, shape in (
    (rmsnorm, "f32", (2, 5)),
    (channel_stats_nhwc, "bf16", (2, 3, 3, 4)),
    # So many elements that some results are subnormal.
    (rmsnorm, "f16", (64, 4096)),
    (reciprocal, "f64", (5,)),
):
    case = Case(function.__name__, element_type, shape, "", False)
    buffers = Buffers(case, 1 << 30)
    one = buffers.sets[0]
    for output, values in zip(one.outputs, function(*map(to_float64, one.inputs))):
        output[...] = numpy.array(values)

    def check(what):
        text = buffers.check(one.outputs, 0)
        print(f"{case.operator} {element_type}: {what}: {text}")

    check("right")
    # By far more than roundings.
    place = (1, 2)[-len(one.outputs[0].shape) :]
    one.outputs[0][place] *= 1.1
    check("one element")
    one.spoil_outputs()
    check("not written")
