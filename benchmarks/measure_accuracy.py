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
import sys

from accuracy import cases, tables
from accuracy.measure import AccuracyError, measure_all
from bench.page import PageError, write_between_markers
from bench.tools import ToolError

FOLDER = pathlib.Path(__file__).resolve().parent
PAGE = FOLDER.parent / "docs" / "Numerics.md"


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


def main():
    arguments = parse_arguments()
    try:
        tool = arguments.prefix / "bin" / "norm-run"
        errors = measure_all(tool, arguments.types, arguments.widths)
        text = tables.format_all(errors, arguments.widths)
        if arguments.write:
            write_between_markers(PAGE, text)
        else:
            print(text, end="")
    except (AccuracyError, PageError, ToolError, OSError) as error:
        sys.exit(f"measure_accuracy.py: error: {error}")


if __name__ == "__main__":
    main()
