# ===- code_block.py - The code of a page ----------------------*- python -*-===#
#
# Licensed under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===-----------------------------------------------------------------------===#
"""Prints the first block of code in LANGUAGE of a page.

usage: code_block.py LANGUAGE < PAGE.md
"""

import re
import sys

print(re.search(rf"```{sys.argv[1]}\n(.*?)```", sys.stdin.read(), re.DOTALL)[1])
