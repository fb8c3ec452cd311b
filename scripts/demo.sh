#!/bin/bash
#===- demo.sh - Runs example 01 --------------------------------------------===#
#
# Licensed under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
#===------------------------------------------------------------------------===#
#
# Compiles examples/01-rmsnorm for this CPU, checks its results against the
# float64 evaluator and times it.
#
#   scripts/demo.sh [-DNAME=VALUE ...]
#
# Installs what is missing and builds first; -D arguments go to CMake.
set -eu
cd "$(dirname "$0")/.."

scripts/setup.sh "$@"
echo "Building (a few minutes the first time)"
scripts/build.sh "$@" norm-opt norm-compile norm-run

example=examples/01-rmsnorm
out=build/demo
mkdir -p $out
build/bin/norm-compile $example/rmsnorm.mlir -o $out/rmsnorm.s
build/bin/norm-compile $example/rmsnorm.mlir -o $out/rmsnorm.o
echo "Compiled $example/rmsnorm.mlir to $out/rmsnorm.s and rmsnorm.o"

table=
for type in f32 bf16; do
  python3 $example/make_input.py $type 4096 $out/gamma.npy
  for shape in 512x4096 4096x4096; do
    log=$out/$type-$shape.txt
    python3 $example/make_input.py $type $shape $out/x.npy
    if ! build/bin/norm-run $example/rmsnorm.mlir --entry=rmsnorm_$type \
        --input=$out/x.npy --input=$out/gamma.npy --output=$out/y.npy \
        --threads=1 --verify --bench >$log 2>&1; then
      cat $log >&2
      exit 1
    fi
    # norm-run prints a heading and a row; one heading is enough.
    [ -n "$table" ] || table=$(grep '^shape ' $log)
    table+=$'\n'$(grep -A 1 '^shape ' $log | tail -n 1)
  done
done
echo "Ran on .npy input and verified against the float64 evaluator, one thread;"
echo "share: of the speed of a copy of as many bytes, measured in the same run."
echo "$table"
