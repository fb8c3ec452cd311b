# ===- check_bench.py - Checks a line of --bench --------------*- python -*-===#
#
# Licensed under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===-----------------------------------------------------------------------===#
"""Checks the JSON line of norm-run --bench for an 8x64 f32 rmsnorm."""

import json
import sys

(line,) = [line for line in open(sys.argv[1]) if line.startswith("bench: ")]
bench = json.loads(line.removeprefix("bench: "))
assert bench["function"] == "rmsnorm", bench
assert bench["shape"] == [8, 64], bench
assert bench["type"] == "f32", bench
assert bench["target"] == "cpu" and bench["threads"] == 1, bench
# x is read and y is written; gamma is smaller and does not count.
assert bench["useful_bytes"] == 2 * 8 * 64 * 4, bench
assert 0 < bench["max_ulp"] <= 4, bench
assert bench["seconds"] > 0 and bench["limit_seconds"] > 0, bench
share = bench["limit_seconds"] / bench["seconds"]
assert abs(bench["limit_share"] - share) < 1e-6 * share, bench
rate = bench["useful_bytes"] / bench["seconds"] * 1e-9
assert abs(bench["gb_per_s"] - rate) < 1e-6 * rate, bench
assert "copy" in bench["limit"], bench
assert bench["jit_ms"] > 0 and bench["object_bytes"] > 0, bench
