# ===- model.py - The time that a kernel should take ------------------------===#
#
# Licensed under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===------------------------------------------------------------------------===#
"""Predicts the time of a call from its launches, resources and SASS.

A kernel takes a little longer than the slowest of three things, the more the nearer
the others come (the sum of their fourth powers is that of its time):
  memory: its bytes at the rate of a copy, the workspace's included;
  latency: the turns of its main loop one after the other. A turn waits once for
    memory (for the L2 cache, if it reads what the kernel before it has written) and
    for the L2 cache each further time, less what it has done since it began to load,
    and its warps share the schedulers for its instructions, shuffles and barriers;
  issue: all instructions of all warps, at one each cycle and scheduler.
Turns follow from the bytes that a kernel has to load and those that all resident
threads load in one turn; every thread of the grid is taken to load. Kernels of a call
run one after the other.
"""

import dataclasses
import math

from bench.cases import ELEMENT_BYTES
from bench.operators import OPERATORS
from gpu.launches import num_bytes
from gpu.sass import find_loops, main_loop


@dataclasses.dataclass(frozen=True)
class KernelModel:
    """One launch; times are in seconds."""

    launch: object  # a gpu.launches.Launch
    resources: object  # a gpu.tools.Resources
    loop: object  # its main gpu.sass.Loop
    resident: int  # blocks of a multiprocessor
    active: float  # the part of the multiprocessors that have a block
    occupancy: float  # warps of a multiprocessor that has blocks, of those it can
    flight_bytes: float  # loaded at once by a multiprocessor that has blocks
    threads: int  # that run at once
    turns: float  # of the main loop of each of them
    turn_cycles: float
    memory: float
    latency: float
    issue: float

    @property
    def seconds(self):
        return sum(one**4 for one in (self.memory, self.latency, self.issue)) ** 0.25

    @property
    def bound(self):
        """Which of the three it is."""
        return max("memory", "latency", "issue", key=lambda name: getattr(self, name))


@dataclasses.dataclass(frozen=True)
class CallModel:
    """A call of an operator; times are in seconds."""

    case: object  # a bench.cases.Case
    kernels: list
    useful_bytes: int
    loaded_bytes: int  # those of them that are read
    instructions: float  # of a thread for each element of the first operand
    seconds: float
    limit: float  # a copy of the useful bytes

    @property
    def share(self):
        return self.limit / self.seconds

    @property
    def main(self):
        return self.kernels[0]


def _is_behind(launch):
    """Whether a kernel takes the workspace alone, which the one before it wrote."""
    matrices = [sizes for sizes, _ in launch.workspace if len(sizes) > 1]
    return bool(matrices) and not any(len(sizes) > 1 for sizes, _ in launch.operands)


def model_kernel(machine, launch, resources, code, loaded, stored, streamed, cached):
    """The KernelModel of a launch that loads `loaded` bytes and stores `stored`, each
    once. If its main loop stores these, that tells its turns, else what it loads, of which
    the part `streamed` is those bytes; the rest, such as weights, comes from caches.
    `cached` bytes of its operands cost the memory nothing."""
    loop = main_loop(find_loops(code))
    resident = max(1, machine.resident_blocks(resources, launch.threads))
    of_one = min(resident, -(-launch.blocks // machine.multiprocessors))
    at_once = min(launch.blocks, resident * machine.multiprocessors)
    warps = of_one * -(-launch.threads // 32)
    f64 = loop.count("DADD") + loop.count("DMUL") + loop.count("DFMA")
    first = machine.l2 if _is_behind(launch) else machine.memory

    def cycles(instructions, shuffles, barriers):
        return (
            instructions * max(machine.issue, warps / machine.schedulers)
            + shuffles * machine.shuffle
            + barriers * machine.barrier
        )

    turn = cycles(loop.instructions, loop.count("SHFL"), loop.count("BAR"))
    turn += f64 * warps * 32 / machine.f64_rate
    for number, since in enumerate(loop.waits):
        turn += max(0, (machine.l2 if number else first) - cycles(*since))
    threads = at_once * launch.threads
    per_turn = threads * loop.bytes_of("LDG") * streamed
    # A loop that sums stores less than results.
    if loop.bytes_of("STG") * 4 * loaded > loop.bytes_of("LDG") * stored > 0:
        loaded, per_turn = stored, threads * loop.bytes_of("STG")
    turns = max(1.0, loaded / per_turn) if per_turn else 1.0
    moved = sum(map(num_bytes, launch.operands + launch.workspace)) - cached
    rate = machine.multiprocessors * machine.schedulers * machine.clock
    return KernelModel(
        launch=launch,
        resources=resources,
        loop=loop,
        resident=resident,
        active=min(1.0, launch.blocks / machine.multiprocessors),
        occupancy=warps / machine.warps,
        flight_bytes=of_one * launch.threads * loop.in_flight_bytes,
        threads=threads,
        turns=turns,
        turn_cycles=turn,
        memory=moved / machine.copy_bytes,
        latency=turns * turn / machine.clock,
        issue=turns * loop.instructions * threads / 32 / rate,
    )


def _element_bytes(operand, case):
    return ELEMENT_BYTES[operand.type(case.type)]


def model_call(machine, case, launches, resources, code):
    """The CallModel of a case, from its Launches and, by the names of kernels, what
    assemble() and parse_kernels() return."""
    operator = OPERATORS[case.operator]
    inputs = operator.inputs(case.shape)
    operands = [one for one in inputs + operator.outputs(case.shape) if one.streamed]
    useful = sum(math.prod(one.shape) * _element_bytes(one, case) for one in operands)
    read = [one for one in inputs if one.streamed]
    written = [one for one in operands if one not in inputs]
    stored = sum(math.prod(one.shape) * _element_bytes(one, case) for one in written)
    loaded = sum(math.prod(one.shape) * _element_bytes(one, case) for one in read)
    of_element = sum(_element_bytes(one, case) for one in read)
    weights = sum(
        _element_bytes(one, case)
        for one in inputs
        if not one.streamed and not one.per_row and one.shape == case.shape[-1:]
    )
    kernels, instructions = [], 0
    elements = math.prod(case.shape)
    for number, launch in enumerate(launches):
        # A later kernel that takes whole operands reads them again.
        streams = number == 0 or any(
            math.prod(sizes) == elements for sizes, _ in launch.operands
        )
        again = streams and number > 0 and loaded <= machine.kept_bytes
        kernels.append(
            model_kernel(
                machine,
                launch,
                resources[launch.kernel],
                code[launch.kernel],
                loaded if streams else sum(map(num_bytes, launch.workspace)),
                stored if streams else 0,
                of_element / (of_element + weights) if streams else 1.0,
                loaded if again else 0,
            )
        )
        if streams:
            one = kernels[-1]
            instructions += one.loop.instructions * one.turns * one.threads
    return CallModel(
        case=case,
        kernels=kernels,
        useful_bytes=useful,
        loaded_bytes=loaded,
        instructions=instructions / elements,
        seconds=sum(one.seconds + machine.launch_seconds for one in kernels),
        limit=useful / machine.copy_bytes + machine.launch_seconds,
    )
