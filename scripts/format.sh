#!/bin/bash
#===- format.sh - Checks format and lint -----------------------------------===#
#
# Licensed under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
#===------------------------------------------------------------------------===#
#
# Checks the format and the lint of all C and C++ files.
#
#   scripts/format.sh [--fix | --tidy]
#
# --fix rewrites the files with clang-format and does nothing else. --tidy lints
# the files that include MLIR too, which takes minutes. The lint reads the
# compile commands of build/, so build first. Exits with 2 if clang-format 22 is
# not installed.
set -u
cd "$(dirname "$0")/.."

fix=no tidy=no
case ${1-} in
  "") ;;
  --tidy) tidy=yes ;;
  --fix) fix=yes ;;
  *) echo "format.sh: error: unknown argument '$1'" >&2; exit 1 ;;
esac

find_sources() {
  find benchmarks cmake dialect examples include lib test tools \
    -name "*.$1" -print0 2>/dev/null
}
mapfile -d '' headers < <(find_sources h)
mapfile -d '' sources < <(find_sources cpp; find_sources c)

if ! command -v clang-format-22 >/dev/null; then
  echo "format.sh: clang-format-22 is not installed" >&2
  exit 2
fi
if [ $fix = yes ]; then
  exec clang-format-22 -i "${headers[@]}" "${sources[@]}"
fi
status=0
clang-format-22 --dry-run --Werror "${headers[@]}" "${sources[@]}" || status=1

# Prints the files to lint: those compiled without the precompiled header, whose
# lint takes about a second each, or with --tidy every compiled file.
lint_list() {
  python3 - $tidy "${sources[@]}" <<'PYTHON'
import json, os, sys

wanted = {os.path.abspath(name) for name in sys.argv[2:]}
with open("build/compile_commands.json") as file:
    for entry in json.load(file):
        if entry["file"] in wanted and (
            sys.argv[1] == "yes" or "cmake_pch" not in entry["command"]):
            print(entry["file"])
PYTHON
}

# Another compiler's precompiled header and options are none of clang-tidy's.
if command -v clang-tidy-22 >/dev/null &&
   grep -qs 'CMAKE_CXX_COMPILER:.*clang++-22' build/CMakeCache.txt; then
  lint_list | xargs -r -P "$(nproc)" -n 2 \
    clang-tidy-22 --quiet --warnings-as-errors='*' -p build \
    2> >(grep -v 'Processing file' >&2) || status=1
else
  echo "format.sh: lint skipped: it needs clang-tidy-22 and a build by clang-22"
fi
exit $status
