# ===- tables.py - Errors as tables, and what misses an aim -----------------===#
#
# Licensed under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===------------------------------------------------------------------------===#
"""Formats what measure_accuracy.py measured as Markdown."""

import dataclasses

# The aims of the operators, far below what they promise.
MOST_ULP = {"f32": 4.0}
LEAST_SHARE = {"f16": 99.9, "bf16": 99.9}


@dataclasses.dataclass(frozen=True)
class Error:
    """Of one result: errors in ULP, and per cent of correctly rounded elements."""

    largest: float
    mean: float
    share: float


def _title(operator, result, element_type):
    kind = result.type(element_type)
    types = element_type if kind == element_type else f"{element_type} to {kind}"
    return f"`{operator}` | {result.name} | {types}"


def _table(errors, widths, wanted, cell):
    """Two lines of titles, and one for each result that `wanted` takes, with a
    column for each width."""
    lines = ["| operator | result | types | " + " | ".join(map(str, widths)) + " |"]
    lines.append("|---|---|---|" + "---:|" * len(widths))
    rows = dict.fromkeys(key[:3] for key in errors)
    for operator, result, element_type in rows:
        if wanted(result, element_type):
            cells = [cell(errors[operator, result, element_type, w]) for w in widths]
            title = _title(operator, result, element_type)
            lines.append(f"| {title} | " + " | ".join(cells) + " |")
    return lines


def find_misses(errors):
    """A line for each error that misses an aim."""
    lines = []
    for (operator, result, element_type, width), error in errors.items():
        kind = result.type(element_type)
        title = _title(operator, result, element_type).replace(" | ", " ")
        if error.largest > MOST_ULP.get(kind, error.largest):
            lines.append(
                f"- {title}, {width}: {error.largest:.2f} ULP, the aim is at most "
                f"{MOST_ULP[kind]:g}"
            )
        if error.share < LEAST_SHARE.get(kind, 0):
            lines.append(
                f"- {title}, {width}: {error.share:.2f} % correctly rounded, the aim "
                f"is at least {LEAST_SHARE[kind]:g} %"
            )
    return lines


def format_all(errors, widths):
    """The tables and the list of misses."""
    lines = ["Largest and mean error in ULP, by the elements of a row or channel:", ""]
    lines += _table(
        errors,
        widths,
        lambda result, element_type: True,
        lambda error: f"{error.largest:.2f}, {error.mean:.2f}",
    )
    narrow = lambda result, element_type: result.type(element_type) in LEAST_SHARE
    shares = _table(errors, widths, narrow, lambda error: f"{error.share:.2f}")
    if len(shares) > 2:
        title = "Correctly rounded elements of f16 and bf16 results, in per cent:"
        lines += ["", title, "", *shares]
    lines += ["", "Aims that are missed:", ""]
    lines += find_misses(errors) or ["- none"]
    return "\n".join(lines) + "\n"
