# ===- outputs.py - What a run leaves behind ---------------------------------===#
#
# Licensed under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===------------------------------------------------------------------------===#
"""Findings of all results together, as text and as files.

Everywhere `run` and `results` are what report.read_json() returns, and `core` is None or
that pair of a run of one core.
"""

import shutil

from bench import plots, report
from bench.markdown import format_page
from bench.page import write_between_markers, write_whole
from bench.widths import find_cliffs, find_steps


def print_findings(run, results, targets):
    """Prints means, what misses a target, and cliffs."""
    report.print_summary(run["summary"])
    for one in targets.compare(results):
        programs = "none" if one.programs is None else f"{one.programs:.2f}"
        print(
            f"\n{one.name}: best peer's time / ours, geometric mean: {programs} "
            f"(target {one.target:g}), loops by hand included {one.everyone:.2f}, "
            f"least {one.result.ratio(one.peer):.2f}"
        )
    misses = targets.misses(results)
    if results:
        print(f"\nabove a target or slower than a peer: {len(misses)}")
    for result, text in misses:
        note = targets.note(result.case)
        print(f"  {result.case}: {text}{'; ' + note if note else ''}")
    for result in results:
        if report.OURS in result.skipped:
            print(f"  {result.case}: {result.skipped[report.OURS]}")
    if "widths" in run:
        cliffs = find_cliffs(run["widths"])
        print(f"\ncliffs: {len(cliffs)} of {len(find_steps(run['widths']))} steps")
        for cliff in cliffs:
            print(
                f"  {cliff.sweep}, {cliff.rows} rows: an element of width "
                f"{cliff.width + 1} takes {cliff.ratio:.2f} times that of {cliff.width}"
            )


def write_outputs(folder, run, results, targets, core):
    """Writes the CSV, the plots and the text of a page to the folder, which exists; a
    dict from the names of the plots to their titles. Raises OSError."""
    report.write_csv(folder / "results.csv", results)
    names = ["results.csv", "results.md"]
    points = run.get("widths")
    if points:
        rows = [point.values() for point in points]
        report.write_rows(folder / "widths.csv", points[0].keys(), rows)
        names.append("widths.csv")
    print()
    drawn = {}
    try:
        drawn = plots.draw(run, results, folder)
    except plots.PlotError as error:
        print(f"plots: skipped: {error}")
    text = format_page(run, results, targets, drawn, core)
    write_whole(folder / "results.md", text)
    print(f"written to {folder}: {', '.join([*names, *drawn])}")
    return drawn


def write_page(page, folder, run, results, targets, core, drawn):
    """Puts what write_outputs() wrote to the folder and returned into the file `page`,
    and plots into a folder beside it. Raises OSError and PageError."""
    pictures = f"images/{page.stem.lower()}"
    for name in drawn:
        (page.parent / pictures).mkdir(parents=True, exist_ok=True)
        shutil.copy(folder / name, page.parent / pictures / name)
    paths = {f"{pictures}/{name}": title for name, title in drawn.items()}
    write_between_markers(page, format_page(run, results, targets, paths, core))
