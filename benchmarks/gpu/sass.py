# ===- sass.py - What the loops of a kernel do ------------------------------===#
#
# Licensed under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===------------------------------------------------------------------------===#
"""Reads the SASS that nvdisasm prints.

A loop is the code from a label to a later branch back to it. ptxas puts the slow
paths of roots, divisions and shuffles behind a loop; their branches back into it
make no loop.
"""

import collections
import dataclasses
import re

# Registers of 4 bytes that an access of this width moves.
WIDTHS = {"128": 4, "64": 2, "32": 1, "U16": 1, "S16": 1, "U8": 1, "S8": 1}
NARROW_BYTES = {"U16": 2, "S16": 2, "U8": 1, "S8": 1}


@dataclasses.dataclass
class Loop:
    """One turn of a loop of a kernel, or a kernel without loops."""

    begin: int  # number of the first instruction
    end: int  # number behind the last one
    depth: int  # 1: in no other loop
    counts: collections.Counter  # opcode with its suffixes -> instructions
    in_flight: int  # the most loads that have begun before one is used
    in_flight_bytes: int  # the bytes of these loads, of one thread
    # For each time that a turn waits for loads that have begun: what it has done
    # since, as numbers of instructions, shuffles and barriers.
    waits: tuple

    @property
    def instructions(self):
        return self.end - self.begin

    def count(self, opcode):
        """Instructions of `opcode`, with any suffixes."""
        return sum(
            number
            for name, number in self.counts.items()
            if name == opcode or name.startswith(opcode + ".")
        )

    def bytes_of(self, opcode):
        """The bytes that a thread moves with `opcode` in a turn."""
        return sum(
            number * access_bytes(name)
            for name, number in self.counts.items()
            if name.split(".")[0] == opcode
        )

    def wide_share(self, opcode):
        """The part of these bytes that accesses of 16 bytes move; 1 of none."""
        total = self.bytes_of(opcode)
        wide = sum(
            number * 16
            for name, number in self.counts.items()
            if name.split(".")[0] == opcode and "128" in name.split(".")
        )
        return wide / total if total else 1.0


def access_bytes(opcode):
    """The bytes that a thread moves with a load or store, such as LDG.E.128."""
    for suffix in opcode.split(".")[1:]:
        if suffix in NARROW_BYTES:
            return NARROW_BYTES[suffix]
        if suffix in WIDTHS:
            return 4 * WIDTHS[suffix]
    return 4


def parse_kernels(text):
    """A dict from kernel names to lists of instructions and labels (which end
    with a colon), of what nvdisasm prints."""
    kernels, current = {}, None
    for line in text.splitlines():
        if start := re.match(r"\.text\.([\w$]+):", line):
            current = kernels.setdefault(start[1], [])
        elif current is None:
            continue
        elif label := re.match(r"(\.L_\w+):", line):
            current.append(label[1] + ":")
        elif instruction := re.match(r"\s+/\*[0-9a-f]{4,}\*/\s+(.*?)\s*;", line):
            current.append(re.sub(r"^\{\s*", "", instruction[1]))
    return kernels


def _opcode(instruction):
    """The opcode, without a predicate in front of it."""
    return re.sub(r"^@!?U?P\w+\s+", "", instruction).split()[0]


def _registers(text):
    return [int(number) for number in re.findall(r"\bR(\d+)\b", text)]


def _loads_in_flight(instructions, turns):
    """The most loads in flight, their bytes, and Loop.waits of the last of `turns`
    one after the other."""
    pending = []  # (first register, registers, bytes, waits before it began, done)
    most, most_bytes, phases, done = 0, 0, 0, (0, 0, 0)
    for turn in range(turns):
        waited = []
        for instruction in instructions:
            opcode = _opcode(instruction)
            operands = instruction.split(opcode, 1)[1]
            target, _, sources = operands.partition(",")
            kind = opcode.split(".")[0]
            is_load = kind == "LDG"
            used = _registers(sources if is_load else operands)
            waits = [
                number
                for number, (first, count, *_) in enumerate(pending)
                if any(first <= register < first + count for register in used)
            ]
            if waits:
                # Loads come back in order, nearly. Those that had begun before the
                # last wait are there by now.
                if any(pending[number][3] == phases for number in waits):
                    phases += 1
                    begun = pending[max(waits)][4]
                    waited.append(tuple(now - then for now, then in zip(done, begun)))
                pending = pending[max(waits) + 1 :]
            if is_load and (registers := _registers(target)):
                count = max(1, access_bytes(opcode) // 4)
                size = access_bytes(opcode)
                pending.append((registers[0], count, size, phases, done))
                most = max(most, len(pending))
                most_bytes = max(most_bytes, sum(load[2] for load in pending))
            done = (done[0] + 1, done[1] + (kind == "SHFL"), done[2] + (kind == "BAR"))
    return most, most_bytes, tuple(waited)


def find_loops(code):
    """The Loops of what parse_kernels returned for a kernel, in the order of the
    code; the last is the whole kernel, with depth 0."""
    labels, instructions = {}, []
    for line in code:
        if line.endswith(":"):
            labels[line[:-1]] = len(instructions)
        else:
            instructions.append(line)
    ranges = []
    for number, instruction in enumerate(instructions):
        target = re.search(r"\bBRA\b.*`\((\.L_\w+)\)", instruction)
        begin = labels.get(target[1]) if target else None
        # The last instruction of a kernel branches to itself.
        if begin is not None and begin < number:
            ranges.append((begin, number + 1))
    # In order of their beginning, the longer first: a branch from behind a loop
    # into it overlaps with it, without being in it.
    kept = []
    for begin, end in sorted(set(ranges), key=lambda one: (one[0], -one[1])):
        if all(other[1] <= begin or end <= other[1] for other in kept):
            kept.append((begin, end))
    kept.append((0, len(instructions)))
    loops = []
    for begin, end in kept:
        body = instructions[begin:end]
        outside = [one for one in kept[:-1] if one[0] <= begin and end <= one[1]]
        depth = len(outside) if (begin, end) in kept[:-1] else 0
        # A turn may wait for what the one before it has begun to load.
        loops.append(
            Loop(
                begin,
                end,
                depth,
                collections.Counter(map(_opcode, body)),
                *_loads_in_flight(body, turns=2 if depth else 1),
            )
        )
    return loops


def main_loop(loops):
    """The innermost loop that loads the most bytes of global memory by accesses of
    16 bytes, or without such by any, the shortest of several (what is left over takes
    longer); the kernel if it has no loop."""
    inner = [
        loop
        for loop in loops[:-1]
        if not any(
            other is not loop and loop.begin <= other.begin and other.end <= loop.end
            and other.bytes_of("LDG")
            for other in loops[:-1]
        )
    ]

    def rank(loop):
        loaded = loop.bytes_of("LDG")
        return loaded * loop.wide_share("LDG"), loaded, -loop.instructions

    return max(inner or loops, key=rank)
