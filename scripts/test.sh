#!/bin/bash
#===- test.sh - Builds and runs every test ---------------------------------===#
#
# Licensed under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
#===------------------------------------------------------------------------===#
#
# Sets the machine up, builds everything and runs every test.
#
#   scripts/test.sh [-DNAME=VALUE ...]
#
# -D arguments go to CMake. The last lines name the tests that failed and the
# last one counts the results; the exit code is 0 only if nothing failed.
set -u
cd "$(dirname "$0")/.."

stop() {
  echo "test.sh: error: $1" >&2
  echo "0 passed, 1 failed"
  exit 1
}

scripts/setup.sh "$@" || stop "the set-up failed"
scripts/build.sh "$@" all norm-test-depends || stop "the build failed"

results=build/test/results.json
rm -f $results
ninja --quiet -C build check-norm
scripts/format.sh
format=$?

# What counts as passed is lit's own classification of its result codes.
exec python3 - $results $format <<'PYTHON'
import collections, json, sys

PASSED = {"PASS", "FLAKYPASS", "XFAIL"}
SKIPPED = {"UNSUPPORTED", "SKIPPED", "EXCLUDED"}
OUTPUT_LINES = 40

counts = collections.Counter()
try:
    with open(sys.argv[1]) as file:
        tests = json.load(file)["tests"]
except (OSError, ValueError) as error:
    tests = [{"name": "lit", "code": "FAIL", "output": f"no results: {error}"}]
# format.sh counts as one test; 2 means that its tools are not installed.
tests.append({"name": "scripts/format.sh", "output": "its messages are above",
              "code": {0: "PASS", 2: "SKIPPED"}.get(int(sys.argv[2]), "FAIL")})
for test in tests:
    code = test["code"]
    result = ("passed" if code in PASSED else
              "skipped" if code in SKIPPED else "failed")
    counts[result] += 1
    # Again, since what format.sh prints lies between here and lit's output.
    if result == "failed":
        print(f"{code}: {test['name']}")
        print("\n".join(test.get("output", "").splitlines()[-OUTPUT_LINES:]))

line = f"{counts['passed']} passed, {counts['failed']} failed"
if counts["skipped"]:
    line += f", {counts['skipped']} skipped"
print(line)
sys.exit(1 if counts["failed"] else 0)
PYTHON
