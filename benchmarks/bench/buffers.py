# ===- buffers.py - Inputs and outputs that all peers share -----------------===#
#
# Licensed under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===------------------------------------------------------------------------===#
"""Memory of a case: filled once, read and written in place by every peer."""

import math

import numpy

from bench.machine import read_caches
from bench.operators import OPERATORS

NUMPY_TYPES = {
    "f32": numpy.float32,
    "f16": numpy.float16,
    "bf16": numpy.uint16,
    "f64": numpy.float64,
}
ALIGNMENT = 64
# What the sets of a case with `rotate` exceed the last-level cache by, and the
# share of the free memory that they may take.
CACHE_MULTIPLE = 2
MEMORY_SHARE = 0.5


def to_bf16(values):
    """float32 to the bits of bf16, to nearest even; no value may be a NaN."""
    bits = values.view(numpy.uint32)
    return ((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16).astype(numpy.uint16)


def from_float(values, element_type):
    """Float values, none of them a NaN, rounded to an array of NUMPY_TYPES."""
    if element_type == "bf16":
        return to_bf16(values.astype(numpy.float32))
    return values.astype(NUMPY_TYPES[element_type])


def to_float64(array):
    """The values of an array of NUMPY_TYPES."""
    if array.dtype == numpy.uint16:
        array = (array.astype(numpy.uint32) << 16).view(numpy.float32)
    return array.astype(numpy.float64)


def cache_bytes():
    """The bytes of the largest cache of the first CPU, 32 MB if unknown."""
    return max(read_caches().values(), default=32 << 20)


class BufferSet:
    """One set of operands: `inputs` and `outputs` in the operator's order.

    The streamed inputs lie one behind the other from `inputs_address` on, the
    streamed outputs from `outputs_address` on, where at least `outputs_bytes`
    may be written. The arrays own their memory.
    """

    def __init__(self, operator, element_type, shape, outputs_bytes):
        self._element_type = element_type
        inputs, outputs = operator.inputs(shape), operator.outputs(shape)
        self.inputs, self.inputs_address = self._allocate(inputs, 0)
        self.outputs, self.outputs_address = self._allocate(outputs, outputs_bytes)

    def _allocate(self, operands, least_bytes):
        def dtype(operand):
            return numpy.dtype(NUMPY_TYPES[operand.type(self._element_type)])

        def padded(operand):
            size = math.prod(operand.shape) * dtype(operand).itemsize
            return -(-size // ALIGNMENT) * ALIGNMENT

        # NumPy asks the system for huge pages for large arrays.
        size = max(sum(map(padded, operands)), least_bytes)
        block = numpy.empty(size + ALIGNMENT, numpy.uint8)
        begin = -block.ctypes.data % ALIGNMENT
        address, arrays = block.ctypes.data + begin, {}
        for operand in sorted(operands, key=lambda operand: not operand.streamed):
            size = math.prod(operand.shape) * dtype(operand).itemsize
            array = block[begin : begin + size].view(dtype(operand))
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
        # What a copy of as many bytes writes, into the outputs.
        self.copy_bytes = self.useful_bytes // 2 if self.written_bytes else 0
        count = 1
        if case.rotate:
            wanted = -(-CACHE_MULTIPLE * cache_bytes() // self.useful_bytes)
            limit = int(free_bytes * MEMORY_SHARE) // self.useful_bytes
            count = max(1, min(wanted, limit))
        self.sets = [
            BufferSet(self.operator, case.type, case.shape, self.copy_bytes)
            for _ in range(count)
        ]
        self._fill()

    def _fill(self):
        generator = numpy.random.default_rng(1)
        first = self.sets[0]
        operands = self.operator.inputs(self.case.shape)
        made = {}
        for derived in (False, True):
            for operand, array in zip(operands, first.inputs):
                if (operand.make is not None) != derived:
                    continue
                if operand.make:
                    values = operand.make(made)
                else:
                    low, high = operand.values
                    wide = numpy.float64 if self.case.type == "f64" else numpy.float32
                    values = generator.random(array.shape, wide)
                    values = values * (high - low) + low
                array[...] = from_float(values, operand.type(self.case.type))
                made[operand.name] = to_float64(array)
        for other in self.sets[1:]:
            for array, source in zip(other.inputs, first.inputs):
                array[...] = source
        for one in self.sets:
            one.spoil_outputs()
        inputs = [made[operand.name] for operand in operands]
        self._expected = self.operator.reference(*inputs)
        # Results of set 0 that were right: those of other sets, whose inputs are the
        # same, are mostly equal, which is found sooner.
        self._right = None

    def check(self, results, index):
        """None if `results`, the outputs of set `index`, are right, else why not."""
        if self._right and all(map(numpy.array_equal, results, self._right)):
            return None
        operands = self.operator.outputs(self.case.shape)
        for operand, result, expected in zip(operands, results, self._expected):
            values, magnitude = expected
            found = to_float64(result)
            # Negated, so that a NaN fails.
            bound = operand.error_bound(self.case.type)
            least = operand.least_error(self.case.type)
            bad = ~(numpy.abs(found - values) <= bound * magnitude + least)
            if bad.any():
                place = tuple(int(i) for i in numpy.argwhere(bad)[0])
                return (
                    f"result '{operand.name}' of set {index} is wrong at {place}: "
                    f"expected {float(values[place])}, found {float(found[place])}"
                )
        if index == 0 and len(self.sets) > 1:
            self._right = [result.copy() for result in results]
        return None
