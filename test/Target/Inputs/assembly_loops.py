# ===- assembly_loops.py - Describes loops of assembly --------*- python -*-===#
#
# Licensed under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===-----------------------------------------------------------------------===#
"""Prints a line for each innermost loop of x86-64 or AArch64 assembly (stdin):

    FUNCTION: WIDTH fma=N nontemporal=N masked=N half=N calls=N stack=N

WIDTH is the widest vector register (zmm, ymm, xmm, q, or none); the numbers
count instructions: fused multiply-adds, non-temporal stores, masked accesses,
conversions of f16, calls, and accesses to the stack. With --memory, of x86-64:

    FUNCTION: WIDTH loads=N stores=N fma=N add=N

the vector instructions that read or write vectors in memory, the fused
multiply-adds and the sums. Scalars that are broadcast do not count.
"""

import re
import sys

LABEL = re.compile(r"(\.LBB\d+_\d+):")
JUMP = re.compile(r"(?:j\w+|b(?:\.\w+)?|cbn?z|tbn?z)\s.*?(\.LBB\d+_\d+)$")
KINDS = {
    "fma": r"vfn?m(add|sub)\w*p[sd]|fml[as]\s.*\.[24][sd]",
    "nontemporal": r"vmovnt|movnt|stnp",
    "masked": r"vp?maskmov|v.*\(.*\{%k",
    "half": r"vcvtph2ps|vcvtps2ph|fcvtl|fcvtn",
    "calls": r"call|bl\s|blr\s",
    "stack": r".*(\(%rsp|\[sp|\[x29)",
}

MEMORY = {
    "loads": r"v(?!p?broadcast).*\), .*%[xyz]mm",
    "stores": r"v.*%[xyz]mm\d+, [^%]*\([^)]*\)( \{%k\d\})?$",
    "fma": KINDS["fma"],
    "add": r"vaddp[sd]",
}


def functions(lines):
    """(name, lines) of each function."""
    name, body = None, []
    for line in lines:
        if line.startswith(".Lfunc_end"):
            yield name, body
            name = None
        elif name is None and re.match(r"[\w.]+:", line):
            if not line.startswith("."):
                name, body = line.split(":")[0], []
        elif name is not None:
            body.append(line.split("//")[0].split("#")[0].strip())


def innermost_loops(body):
    """The lines of each loop without a label inside."""
    labels = {m.group(1): i for i, l in enumerate(body) if (m := LABEL.match(l))}
    for i, line in enumerate(body):
        jump = JUMP.match(line)
        start = labels.get(jump.group(1), i) if jump else i
        if start < i and not any(LABEL.match(l) for l in body[start + 1 : i]):
            yield [re.sub(r"\s+", " ", l) for l in body[start + 1 : i + 1]]


def width(text):
    for register in ("zmm", "ymm", "xmm"):
        if register in text:
            return register
    return "q" if re.search(r"\bq\d|\.4s|\.2d|\.8h", text) else "none"


def main():
    kinds = MEMORY if "--memory" in sys.argv[1:] else KINDS
    for function, body in functions(sys.stdin.read().split("\n")):
        for loop in innermost_loops(body):
            counts = (
                f"{kind}={sum(1 for l in loop if re.match(pattern, l))}"
                for kind, pattern in kinds.items()
            )
            print(f"{function}:", width("\n".join(loop)), *counts)


if __name__ == "__main__":
    main()
