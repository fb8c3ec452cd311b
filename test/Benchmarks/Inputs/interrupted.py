# ===- interrupted.py - A run that is interrupted ---------------*- python -*-===#
#
# Licensed under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===-----------------------------------------------------------------------===#
"""Interrupts run.py while it waits for its cases, and prints its exit code.

usage: interrupted.py FOLDER_OF_THE_BENCHMARKS PIPE
"""

import os
import signal
import subprocess
import sys

folder, pipe = sys.argv[1:]
if os.path.exists(pipe):
    os.remove(pipe)
os.mkfifo(pipe)
# What starts this may ignore the signal, and a Python that begins so does too.
signal.signal(signal.SIGINT, signal.default_int_handler)
run = subprocess.Popen([sys.executable, "-B", f"{folder}/run.py", f"--cases={pipe}"])
with open(pipe, "w"):  # opened when the other side is
    run.send_signal(signal.SIGINT)
    print(run.wait(), flush=True)
