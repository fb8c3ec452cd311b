# ===- measure.py - Runs operators and reads their errors --------------------===#
#
# Licensed under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===------------------------------------------------------------------------===#
"""Runs every operator by norm-run --verify on random inputs."""

import pathlib
import re
import tempfile

from accuracy import cases, tables
from bench.tools import run_tool

LINE = re.compile(
    r"verify result \d+: passed, max error (\S+) ULP, mean (\S+) ULP, "
    r"\S+ relative, (\S+) % correctly rounded"
)


class AccuracyError(Exception):
    """norm-run says something else than is expected; the text has it."""


def _measure(tool, folder, operator, element_type, width):
    """A list with the Error of each result of one case."""
    source = folder / "case.mlir"
    source.write_text(operator.source(element_type))
    # Random values depend on the seed and the number of the argument alone, so
    # both functions get the same.
    command = [tool, source, "--random=1"]
    for number, shape in enumerate(operator.shapes(width)):
        command.append(f"--shape={number}:{'x'.join(map(str, shape))}")
    made = [folder / f"{number}.npy" for number in range(operator.prepared)]
    if made:
        outputs = [f"--output={path}" for path in made]
        run_tool([*command, "--entry=prepare", *outputs])
    inputs = [f"--input={path}" for path in made]
    output, _ = run_tool([*command, *inputs, "--entry=measured", "--verify"])
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


def measure_all(tool, types=cases.TYPES, widths=cases.WIDTHS):
    """A dict from (operator, result, type, width) to its Error. `tool` is norm-run.
    Raises AccuracyError, ToolError and OSError."""
    errors = {}
    with tempfile.TemporaryDirectory() as folder:
        for operator in cases.OPERATORS:
            for element_type in types:
                for width in widths:
                    found = _measure(
                        tool, pathlib.Path(folder), operator, element_type, width
                    )
                    for result, error in zip(operator.results, found):
                        key = (operator.name, result, element_type, width)
                        errors[key] = error
    return errors
