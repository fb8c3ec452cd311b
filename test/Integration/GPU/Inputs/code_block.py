# ===- code_block.py - The code of a page ----------------------*- python -*-===#
#
# Licensed under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===-----------------------------------------------------------------------===#
"""Prints block number N of the code in LANGUAGE of a page, the first one is 0.

usage: code_block.py LANGUAGE N < PAGE.md
"""

import re
import sys

blocks = re.findall(rf"```{sys.argv[1]}\n(.*?)```", sys.stdin.read(), re.DOTALL)
print(blocks[int(sys.argv[2])])
