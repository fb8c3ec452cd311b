#!/bin/bash
# Checks the format and the lint of all C and C++ files.
#
#   scripts/format.sh [--fix]
#
# --fix rewrites the files with clang-format and leaves lint alone. The lint
# reads the compile commands and the precompiled header of build/, so build
# first. Exits with 2 if clang-format 22 is not installed.
set -u
cd "$(dirname "$0")/.."

fix=no
case ${1-} in
  "") ;;
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

# The precompiled header can only be read by the clang that wrote it.
if command -v clang-tidy-22 >/dev/null &&
   grep -qs 'CMAKE_CXX_COMPILER:.*clang++-22' build/CMakeCache.txt; then
  printf '%s\n' "${sources[@]}" | while read -r file; do
    # Inputs of tests and switched-off targets have no compile command.
    grep -qF "\"$PWD/$file\"" build/compile_commands.json && echo "$file"
  done | xargs -r -P "$(nproc)" -n 4 \
    clang-tidy-22 --quiet --warnings-as-errors='*' -p build || status=1
else
  echo "format.sh: lint skipped: it needs clang-tidy-22 and a build by clang-22"
fi
exit $status
