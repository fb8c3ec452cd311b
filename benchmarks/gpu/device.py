# ===- device.py - Times on a GPU -------------------------------------------===#
#
# Licensed under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===------------------------------------------------------------------------===#
"""Tensors and times on a GPU; needs PyTorch with CUDA and NumPy."""

import dataclasses

# Sets of buffers together exceed the L2 cache by this.
CACHE_MULTIPLE = 3
MOST_SETS = 64
# Calls of one measurement take at least so long.
SAMPLE_SECONDS = 1e-3


def to_device(torch, array):
    """A tensor on the GPU with the values of an array; uint16 holds bf16."""
    if array.dtype.name == "uint16":
        return torch.from_numpy(array.view("int16")).cuda().view(torch.bfloat16)
    return torch.from_numpy(array).cuda()


def to_host(torch, tensor, like):
    """The values of a tensor in an array of the type of the array `like`."""
    if like.dtype.name == "uint16":
        bits = tensor.to(torch.bfloat16).contiguous().view(torch.int16)
        return bits.cpu().numpy().view("uint16")
    wanted = torch.from_numpy(like[:0]).dtype
    return tensor.to(wanted).cpu().numpy()


class DeviceBuffers:
    """The operands of a case on the GPU, in enough sets to leave no data in its
    cache if the case asks for that, and what the results must be."""

    def __init__(self, torch, case):
        from bench.buffers import Buffers

        # One set on the host; the cache of the GPU decides how many it gets.
        self._host = Buffers(dataclasses.replace(case, rotate=False), 0)
        self.useful_bytes = self._host.useful_bytes
        self.copy_bytes = self._host.copy_bytes
        self._torch = torch
        cache = torch.cuda.get_device_properties(0).L2_cache_size
        count = 1
        if case.rotate:
            count = max(1, min(MOST_SETS, CACHE_MULTIPLE * cache // self.useful_bytes + 1))
        first = self._host.sets[0]
        inputs = [to_device(torch, array) for array in first.inputs]
        outputs = [to_device(torch, array) for array in first.outputs]
        self.sets = [(inputs, outputs)]
        self.sets += [
            ([one.clone() for one in inputs], [one.clone() for one in outputs])
            for _ in range(count - 1)
        ]

    def spoil_outputs(self):
        """Fills the outputs with NaN, so that what is not written is found."""
        for _, outputs in self.sets:
            for output in outputs:
                output.fill_(float("nan"))

    def check(self, results, index):
        """None if the tensors `results` are right for set `index`, else why not."""
        arrays = [
            to_host(self._torch, tensor, like)
            for tensor, like in zip(results, self._host.sets[0].outputs)
        ]
        return self._host.check(arrays, index)


class DeviceTimed:
    """Calls that are timed on the current stream; `best` is the shortest time of one so far, in
    seconds. They are captured as a CUDA graph where that is possible, so that no time
    of the host counts."""

    def __init__(self, torch, calls):
        self._torch = torch
        self._calls = calls
        self.best = float("inf")
        self.captured = False
        for call in calls[:3]:
            call()
        torch.cuda.synchronize()
        self._replay, self._count = self._loop, len(calls)
        seconds = self._sample()
        repeats = max(1, int(SAMPLE_SECONDS / max(seconds * self._count, 1e-9)))
        self._count = len(calls) * min(repeats, 200)
        try:
            graph = torch.cuda.CUDAGraph()
            with torch.cuda.graph(graph, stream=torch.cuda.current_stream()):
                self._loop()
            self._replay, self.captured = graph.replay, True
        except RuntimeError:
            torch.cuda.synchronize()

    def _loop(self):
        for number in range(self._count):
            self._calls[number % len(self._calls)]()

    def _sample(self):
        torch = self._torch
        begin, end = (torch.cuda.Event(enable_timing=True) for _ in range(2))
        begin.record()
        self._replay()
        end.record()
        end.synchronize()
        return begin.elapsed_time(end) * 1e-3 / self._count

    def turn(self, samples):
        """Warms up once and takes so many samples."""
        self._sample()
        for _ in range(samples):
            self.best = min(self.best, self._sample())


def time_limits(torch, buffers):
    """Name -> DeviceTimed of moving as many bytes: a copy, and a sum over them where
    nothing is written but values of channels."""
    count = buffers.copy_bytes or buffers.useful_bytes // 2
    pairs = [
        [torch.zeros(count // 4, dtype=torch.int32, device="cuda") for _ in range(2)]
        for _ in buffers.sets
    ]
    calls = [lambda pair=pair: pair[1].copy_(pair[0]) for pair in pairs]
    limits = {"copy": DeviceTimed(torch, calls)}
    if not buffers.copy_bytes:
        wide = [
            torch.zeros(buffers.useful_bytes // 4, device="cuda") for _ in buffers.sets
        ]
        limits["read"] = DeviceTimed(torch, [lambda one=one: one.sum() for one in wide])
    return limits
