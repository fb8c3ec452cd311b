# ===- measure_accuracy.py - Measures the accuracy of every operator --------===#
#
# Licensed under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===------------------------------------------------------------------------===#
"""Measures errors against the float64 evaluator and writes docs/Numerics.md.

usage: measure_accuracy.py [--widths=64,..] [--types=f32,..] [--write] [--prefix=DIR]

Runs every operator by norm-run --verify on random inputs. Prints the tables, or
with --write puts them between the markers of docs/Numerics.md. Needs nothing but
Python's standard library and a build.
"""

import argparse
import pathlib
import re
import subprocess
import sys
import tempfile

from accuracy import cases, tables
from bench.page import PageError, write_between_markers

FOLDER = pathlib.Path(__file__).resolve().parent
PAGE = FOLDER.parent / "docs" / "Numerics.md"
LINE = re.compile(
    r"verify result \d+: passed, max error (\S+) ULP, mean (\S+) ULP, "
    r"\S+ relative, (\S+) % correctly rounded"
)


class AccuracyError(Exception):
    """norm-run failed; the text says why."""


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--prefix",
        default=FOLDER.parent / "build",
        type=pathlib.Path,
        help="folder with bin/norm-run",
    )
    parser.add_argument(
        "--widths",
        default=",".join(map(str, cases.WIDTHS)),
        help="elements of a row or channel, comma-separated",
    )
    parser.add_argument(
        "--types", default=",".join(cases.TYPES), help="of " + ",".join(cases.TYPES)
    )
    parser.add_argument("--write", action="store_true", help=f"write {PAGE.name}")
    arguments = parser.parse_args()
    arguments.types = arguments.types.split(",")
    for name in arguments.types:
        if name not in cases.TYPES:
            parser.error(f"unknown type '{name}', expected some of {cases.TYPES}")
    try:
        arguments.widths = [int(width) for width in arguments.widths.split(",")]
    except ValueError:
        parser.error(f"expected numbers for --widths, found '{arguments.widths}'")
    if min(arguments.widths) < 1:
        parser.error(f"expected widths >= 1, found {min(arguments.widths)}")
    return arguments


def norm_run(tool, *options):
    """The output of norm-run; raises AccuracyError with its messages."""
    command = [str(word) for word in (tool, *options)]
    try:
        done = subprocess.run(command, capture_output=True, text=True)
    except OSError as error:
        raise AccuracyError(f"cannot run {tool}: {error.strerror}")
    if done.returncode != 0:
        raise AccuracyError(f"{' '.join(command)}\n{done.stdout}{done.stderr}")
    return done.stdout


def measure(tool, folder, operator, element_type, width):
    """A list with the Error of each result of one case."""
    source = folder / "case.mlir"
    source.write_text(operator.source(element_type))
    # Random values depend on the seed and the number of the argument alone, so
    # both functions get the same.
    options = [source, "--random=1"]
    for number, shape in enumerate(operator.shapes(width)):
        options.append(f"--shape={number}:{'x'.join(map(str, shape))}")
    made = [folder / f"{number}.npy" for number in range(operator.prepared)]
    if made:
        outputs = [f"--output={path}" for path in made]
        norm_run(tool, *options, "--entry=prepare", *outputs)
    inputs = [f"--input={path}" for path in made]
    output = norm_run(tool, *options, *inputs, "--entry=measured", "--verify")
    found = LINE.findall(output)
    if len(found) != len(operator.results):
        raise AccuracyError(
            f"{operator.name}: expected a line for each of "
            f"{len(operator.results)} results, found:\n{output}"
        )
    return [
        tables.Error(float(largest), float(mean), float(share))
        for largest, mean, share in found
    ]


def measure_all(arguments):
    """A dict from (operator, result, type, width) to its Error."""
    errors = {}
    tool = arguments.prefix / "bin" / "norm-run"
    with tempfile.TemporaryDirectory() as folder:
        for operator in cases.OPERATORS:
            for element_type in arguments.types:
                for width in arguments.widths:
                    found = measure(
                        tool, pathlib.Path(folder), operator, element_type, width
                    )
                    for result, error in zip(operator.results, found):
                        key = (operator.name, result, element_type, width)
                        errors[key] = error
    return errors


def main():
    arguments = parse_arguments()
    try:
        errors = measure_all(arguments)
        text = tables.format_all(errors, arguments.widths)
        if arguments.write:
            write_between_markers(PAGE, text)
        else:
            print(text, end="")
    except (AccuracyError, PageError, OSError) as error:
        sys.exit(f"measure_accuracy.py: error: {error}")


if __name__ == "__main__":
    main()
