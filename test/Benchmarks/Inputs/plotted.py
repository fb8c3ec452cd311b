# ===- plotted.py - Results with a plot -------------------------*- python -*-===#
#
# Licensed under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===-----------------------------------------------------------------------===#
"""Runs run.py with one plot that needs no matplotlib.

usage: plotted.py FOLDER_OF_THE_BENCHMARKS OPTION_OF_RUN..
"""

import sys

sys.path.insert(0, sys.argv.pop(1))

import run
from bench import plots


def draw(about, results, folder):
    (folder / "rates.svg").write_text("a plot")
    return {"rates.svg": "GB/s"}


plots.draw = draw
sys.exit(run.main())
