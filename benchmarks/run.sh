#!/bin/bash
#===- run.sh - Measures the kernels on the CPU -----------------------------===#
#
# Licensed under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
#===------------------------------------------------------------------------===#
#
# Measures the kernels beside the limit of the machine and other programs, and
# writes tables, JSON, CSV and plots. README.md has the options, which run.py
# reads.
#
#   benchmarks/run.sh --quick           # some cases, in a minute
#   benchmarks/run.sh --peers --write   # everything, into docs/Performance.md
set -u
folder=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd) || exit 1
python=${PYTHON:-python3}
command -v "$python" >/dev/null || {
  echo "run.sh: error: $python was not found; PYTHON names another one" >&2
  exit 1
}
exec "$python" -B "$folder/run.py" "$@"
