# ===- buffers.py - Inputs and outputs that all peers share -----------------===#
#
# Licensed under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===------------------------------------------------------------------------===#
"""Memory of a case: filled once, read and written in place by every peer."""

import math
import os

import numpy

from bench.operators import OPERATORS

NUMPY_TYPES = {"f32": numpy.float32, "bf16": numpy.uint16}
ALIGNMENT = 64
# What the sets of a case with `rotate` exceed the last-level cache by, and the
# share of the free memory that they may take.
CACHE_MULTIPLE = 2
MEMORY_SHARE = 0.5


def to_bf16(values):
    """float32 to the bits of bf16, to nearest even; no value may be a NaN."""
    bits = values.view(numpy.uint32)
    return ((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16).astype(numpy.uint16)


def to_float64(array):
    """The values of an array of NUMPY_TYPES."""
    if array.dtype == numpy.uint16:
        array = (array.astype(numpy.uint32) << 16).view(numpy.float32)
    return array.astype(numpy.float64)


def cache_bytes():
    """The bytes of the largest cache of the first CPU, 32 MB if unknown."""
    folder, largest = "/sys/devices/system/cpu/cpu0/cache", 0
    names = os.listdir(folder) if os.path.isdir(folder) else []
    for name in names:
        try:
            with open(os.path.join(folder, name, "size")) as file:
                largest = max(largest, int(file.read().strip().rstrip("K")) << 10)
        except (OSError, ValueError):
            continue
    return largest or 32 << 20


class BufferSet:
    """One set of operands: `inputs` and `outputs` in the operator's order.

    The streamed inputs lie one behind the other from `inputs_address` on, the
    streamed outputs from `outputs_address` on. The arrays own their memory.
    """

    def __init__(self, operator, element_type, shape):
        self._type = numpy.dtype(NUMPY_TYPES[element_type])
        inputs, outputs = operator.inputs(shape), operator.outputs(shape)
        self.inputs, self.inputs_address = self._allocate(inputs)
        self.outputs, self.outputs_address = self._allocate(outputs)

    def _allocate(self, operands):
        def padded(operand):
            size = math.prod(operand.shape) * self._type.itemsize
            return -(-size // ALIGNMENT) * ALIGNMENT

        # NumPy asks the system for huge pages for large arrays.
        block = numpy.empty(sum(map(padded, operands)) + ALIGNMENT, numpy.uint8)
        begin = -block.ctypes.data % ALIGNMENT
        address, arrays = block.ctypes.data + begin, {}
        for operand in sorted(operands, key=lambda operand: not operand.streamed):
            size = math.prod(operand.shape) * self._type.itemsize
            array = block[begin : begin + size].view(self._type)
            arrays[operand.name] = array.reshape(operand.shape)
            begin += padded(operand)
        return [arrays[operand.name] for operand in operands], address

    def spoil_outputs(self):
        """Fills the outputs with NaN, so that what is not written is found."""
        for output in self.outputs:
            output.view(numpy.uint8).fill(0xFF)


class Buffers:
    """The sets of a case, with equal inputs, and what the outputs must be."""

    def __init__(self, case, free_bytes):
        self.case = case
        self.operator = OPERATORS[case.operator]
        itemsize = numpy.dtype(NUMPY_TYPES[case.type]).itemsize

        def streamed(operands):
            sizes = (math.prod(o.shape) for o in operands(case.shape) if o.streamed)
            return sum(sizes) * itemsize

        self.read_bytes = streamed(self.operator.inputs)
        self.written_bytes = streamed(self.operator.outputs)
        self.useful_bytes = self.read_bytes + self.written_bytes
        count = 1
        if case.rotate:
            wanted = -(-CACHE_MULTIPLE * cache_bytes() // self.useful_bytes)
            limit = int(free_bytes * MEMORY_SHARE) // self.useful_bytes
            count = max(1, min(wanted, limit))
        self.sets = [
            BufferSet(self.operator, case.type, case.shape) for _ in range(count)
        ]
        self._fill()

    def _fill(self):
        generator = numpy.random.default_rng(1)
        first = self.sets[0]
        for array in first.inputs:
            values = generator.random(array.shape, numpy.float32) * 2 - 1
            array[...] = to_bf16(values) if self.case.type == "bf16" else values
        for other in self.sets[1:]:
            for array, source in zip(other.inputs, first.inputs):
                array[...] = source
        for one in self.sets:
            one.spoil_outputs()
        inputs = [to_float64(array) for array in first.inputs]
        self._expected = self.operator.reference(*inputs)

    def check(self, results, index):
        """None if `results`, the outputs of set `index`, are right, else why not."""
        operands = self.operator.outputs(self.case.shape)
        for operand, result, expected in zip(operands, results, self._expected):
            bound = self.operator.error_bound(operand, self.case.type, self.case.shape)
            error = numpy.abs(to_float64(result) - expected)
            # Negated, so that a NaN fails.
            bad = ~(error <= bound * numpy.abs(expected))
            if bad.any():
                place = tuple(int(i) for i in numpy.argwhere(bad)[0])
                return (
                    f"result '{operand.name}' of set {index} is wrong at {place}: "
                    f"expected {expected[place]!r}, "
                    f"found {to_float64(result)[place]!r}"
                )
        return None
