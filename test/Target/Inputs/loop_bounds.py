# ===- loop_bounds.py - Holds loops of assembly to a table ------*- python -*-===#
#
# Licensed under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===-----------------------------------------------------------------------===#
"""Compares the innermost loops of the unit-stride kernels in x86-64 or AArch64 assembly
(stdin) with a table, and prints those that are above it.

usage: loop_bounds.py TABLE REGISTER TYPE.. < ASSEMBLY

REGISTER (zmm, ymm or q) is the one that every loop uses. A line of the table is

    OPERATOR LOADED STORED STACK..

for the kernel OPERATOR_TYPE of each TYPE: the bytes that a loop loads and stores for an
element, in terms of T, the bytes of the type, and A, those of its sums (2T+4A); and
for each TYPE the most accesses of vectors to the stack (spills) for 64 elements. A loop that
stores nothing, a sum, has an element for each lane of its multiply-adds, or of its
additions if it has no multiply-add; one that stores has as many elements as its stores
say. On x86-64 the stores to a row are in the order of their addresses, but for
non-temporal ones and where a `*` follows the number of spills. A loop belongs to a line that stores as much for an element, if any does at all; with
several it must hold the bounds of one. None may call anything.
"""

import re
import sys

# Not needed again, so nothing is left beside the sources.
sys.dont_write_bytecode = True

from assembly_loops import KINDS, functions, innermost_loops, width

BYTES = {"f32": 4, "bf16": 2, "f16": 2, "f64": 8}
REGISTERS = {"zmm": 64, "ymm": 32, "xmm": 16}
# Of x86-64: what is no access to a vector, and what is one to half a register.
NO_VECTOR = re.compile(r"prefetch|lea|v?p?broadcast|v\w+s[sd] |vmov[dq] |vpinsr|vpextr")
HALF = re.compile(r"vpmov[sz]x(wd|bw|dq)|vcvtph2ps|vcvtps2ph|vcvtps2pd|vpmov(dw|qd)")
VECTOR = re.compile(r"%[xyz]mm|\b[qd]\d")
ADDITION = re.compile(r"vaddp[sd]|fadd\s.*\.[24][sd]")


def x86_access(line):
    """(whether it stores, bytes) of an instruction on vectors in memory, else None."""
    if "(" not in line or "{1to" in line or NO_VECTOR.match(line):
        return None
    registers = [size for name, size in REGISTERS.items() if f"%{name}" in line]
    if not registers:
        return None
    stores = re.search(r"\)( \{%k\d\})?$", line) is not None
    size = max(registers)
    if re.match(r"vextract", line):
        return stores, 16 if "128" in line or "32x4" in line else 32
    return stores, size // 2 if HALF.match(line) else size


def arm_access(line):
    """The same of AArch64."""
    found = re.match(r"(ldp|stp|ldnp|stnp|ldu?r|stu?r) ([qd])\d", line)
    if not found:
        return None
    size = 16 if found[2] == "q" else 8
    return found[1].startswith("st"), size * (2 if "p" in found[1] else 1)


def is_ordered(lines):
    """Whether each of these x86-64 instructions that stores a vector has a higher
    address than the one before it with the same base."""
    last = {}
    for line in lines:
        address = re.search(r"(-?\d*)(\(.*\))$", line)
        if address and x86_access(line) and not line.startswith("vmovnt"):
            offset = int(address[1] or 0)
            if offset <= last.get(address[2], offset - 1):
                return False
            last[address[2]] = offset
    return True


class Loop:
    """What a loop does in one turn."""

    def __init__(self, lines, register):
        def is_stack(line):
            return re.match(KINDS["stack"], line) and VECTOR.search(line)

        access = arm_access if register == "q" else x86_access
        lines_of_rows = [line for line in lines if not is_stack(line)]
        accesses = [access(line) for line in lines_of_rows]
        self.ordered = register == "q" or is_ordered(lines_of_rows)
        self.loaded = sum(a[1] for a in accesses if a and not a[0])
        self.stored = sum(a[1] for a in accesses if a and a[0])
        self.stack = sum(bool(is_stack(line)) for line in lines)
        self.calls = sum(bool(re.match(KINDS["calls"], line)) for line in lines)
        self.width = width("\n".join(lines))
        self.masked = any(re.match(KINDS["masked"], line) for line in lines)
        fma = sum(bool(re.match(KINDS["fma"], line)) for line in lines)
        self._sums = fma or sum(bool(ADDITION.match(line)) for line in lines)

    def elements(self, stored, size):
        """How many there are if `stored` bytes are stored for each, or if none are
        and sums have elements of `size` bytes."""
        if stored:
            return self.stored / stored
        return self._sums * REGISTERS.get(self.width, 16) / size


def read_table(path, types):
    """(operator, type) -> a list of (loaded, stored, stack, in any order)."""
    table = {}
    for line in open(path):
        operator, loaded, stored, *stack = line.split() or [""]
        if not operator or operator.startswith("#"):
            continue
        for kind, most in zip(types, stack, strict=True):
            sizes = {"T": BYTES[kind], "A": max(4, BYTES[kind])}

            def value(text):
                terms = re.findall(r"([\d.]*)([TA]?)", text)
                return sum(
                    float(n or 1) * sizes.get(name, 1) for n, name in terms if n or name
                )

            spills, any_order = int(most.rstrip("*")), most.endswith("*")
            row = value(loaded), value(stored), spills, any_order
            table.setdefault((operator, kind), []).append(row)
    return table


def check(loop, rows, accumulator, register):
    """None if the loop holds the bounds of one of `rows`, else what it does."""
    if loop.calls:
        return f"{loop.calls} calls"
    if loop.width != register:
        return f"expected {register}, found {loop.width}"
    if not loop.ordered and not any(row[3] for row in rows):
        return "expected stores in the order of their addresses"
    texts = []
    for loaded, stored, stack, _ in rows:
        if bool(stored) != bool(loop.stored):
            continue
        elements = loop.elements(stored, accumulator)
        found = [loop.loaded / elements, loop.stored / elements]
        spills = loop.stack * 64 / elements
        if found[0] <= loaded and found[1] <= stored and spills <= stack:
            return None
        texts.append(
            f"expected at most {loaded:g} bytes loaded, {stored:g} stored and {stack} "
            f"accesses to the stack, found {found[0]:g}, {found[1]:g} and {spills:g}"
        )
    kind = "with" if loop.stored else "without"
    return "; or ".join(texts) or f"expected no loop {kind} stores"


def main():
    path, register, *types = sys.argv[1:]
    table, failed, checked = read_table(path, types), False, set()
    for function, body in functions(sys.stdin.read().split("\n")):
        found = re.match(r"(\w+)_(\w+)\.(?:contiguous\.)?unit_stride\.rows0$", function)
        if not found:
            continue
        key = found.groups()
        for lines in innermost_loops(body):
            loop = Loop(lines, register)
            if loop.masked or loop.width == "none":
                continue
            checked.add(key)
            wrong = check(loop, table.get(key, []), max(4, BYTES[key[1]]), register)
            if wrong:
                failed = True
                print(f"{function}: {wrong}")
    for operator, kind in table.keys() - checked:
        failed = True
        print(f"{operator}_{kind}: expected a loop, found none")
    sys.exit(1 if failed else 0)


main()
