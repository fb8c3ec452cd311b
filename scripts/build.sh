#!/bin/bash
#===- build.sh - Configures and builds -------------------------------------===#
#
# Licensed under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
#===------------------------------------------------------------------------===#
#
# Configures the folder build/ and builds it.
#
#   scripts/build.sh [-DNAME=VALUE ...] [TARGET ...]
#
# -D arguments go to CMake; without targets everything is built.
set -eu
cd "$(dirname "$0")/.."

options=() targets=()
for argument in "$@"; do
  case $argument in
    -D*) options+=("$argument") ;;
    -*) echo "build.sh: error: unknown argument '$argument'" >&2; exit 1 ;;
    *) targets+=("$argument") ;;
  esac
done

# A build folder keeps the compiler it was first configured with.
if [ ! -e build/CMakeCache.txt ] && command -v clang++-22 >/dev/null; then
  options=(-DCMAKE_C_COMPILER=clang-22 -DCMAKE_CXX_COMPILER=clang++-22
           ${options[@]+"${options[@]}"})
fi
cmake -G Ninja -S . -B build ${options[@]+"${options[@]}"} >/dev/null
ninja --quiet -C build ${targets[@]+"${targets[@]}"}
