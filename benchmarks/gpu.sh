#!/bin/bash
#===- gpu.sh - Checks and measures kernels on an NVIDIA GPU ----------------===#
#
# Licensed under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
#===------------------------------------------------------------------------===#
#
# Compiles, checks and measures the kernels for NVIDIA GPUs, and writes JSON and
# a page. README.md ("On a GPU") has the options, which gpu_run.py reads.
#
#   benchmarks/gpu.sh --steps=compile     # where norm is built; needs no GPU
#   benchmarks/gpu.sh --steps=bench       # on the GPU; needs no LLVM
#   benchmarks/gpu.sh                     # all, on one machine that has both
#   benchmarks/gpu.sh --dry-run           # says what it would do
set -u
folder=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd) || exit 1
python=${PYTHON:-python3}
command -v "$python" >/dev/null || {
  echo "gpu.sh: error: $python was not found; PYTHON names another one" >&2
  exit 1
}
exec "$python" -B "$folder/gpu_run.py" "$@"
