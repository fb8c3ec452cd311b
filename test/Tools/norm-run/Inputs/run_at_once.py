# ===- run_at_once.py - Runs a command several times at once ---*- python -*-===#
#
# Licensed under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===-----------------------------------------------------------------------===#
"""run_at_once.py N COMMAND...: all must succeed, print the same, and no warning."""

import subprocess
import sys

processes = [
    subprocess.Popen(sys.argv[2:], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    for _ in range(int(sys.argv[1]))
]
results = [process.communicate(timeout=100) for process in processes]
assert all(process.returncode == 0 for process in processes), results
assert len({output for output, _ in results}) == 1, results
assert not any(errors for _, errors in results), results
