# ===- op_examples.py - Prints the examples of ops ------------*- python -*-===#
#
# Licensed under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===-----------------------------------------------------------------------===#
"""Prints the examples of the norm ops, for --split-input-file.

  op_examples.py FILE.td..

An op without a whole function that uses it is an error."""

import re
import sys

missing = []
for path in sys.argv[1:]:
    text = open(path, encoding="utf-8").read()
    for op in re.split(r"(?=: Norm_\w*Op<\")", text)[1:]:
        name = "norm." + re.match(r': Norm_\w*Op<"(\w+)"', op).group(1)
        blocks = re.findall(r"```mlir\n(.*?)```", op, re.DOTALL)
        examples = [block for block in blocks if name + " " in block]
        if not examples:
            missing.append(f"{path}: {name} has no example")
        for example in examples:
            print(f"// {name}\n{example.rstrip()}\n\n// -----\n")
if missing:
    sys.exit("\n".join(missing))
