# ===- plots.py - Results of a run as pictures -------------------------------===#
#
# Licensed under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===------------------------------------------------------------------------===#
"""Draws SVG files; needs matplotlib."""

from bench import widths
from bench.report import OURS

COLUMNS = 3
COLORS = {"f32": "C0", "bf16": "C1", "f16": "C2", "f64": "C3"}


class PlotError(Exception):
    """Nothing can be drawn; the text says why."""


def _grid(pyplot, names, xlabel, ylabel):
    """A figure and a dict from names to axes of the same range, in rows of COLUMNS."""
    count = -(-len(names) // COLUMNS)
    figure, axes = pyplot.subplots(
        count,
        COLUMNS,
        figsize=(4 * COLUMNS, 0.6 + 2.2 * count),
        squeeze=False,
        sharex=True,
        sharey=True,
    )
    for name, axis in zip(names, axes.flat):
        axis.set_title(name, fontsize=9)
        axis.grid(linewidth=0.3)
        axis.tick_params(labelsize=8, labelbottom=True)
    for axis in axes.flat[len(names) :]:
        axis.remove()
    figure.supxlabel(xlabel, fontsize=9)
    figure.supylabel(ylabel, fontsize=9)
    return figure, dict(zip(names, axes.flat))


def _rates(pyplot, results):
    """GB/s over the useful bytes for each operator; dashed is the limit."""
    results = [r for r in results if OURS in r.seconds and not r.case.call]
    if not results:
        return None
    names = list(dict.fromkeys(r.case.operator for r in results))
    figure, axes = _grid(pyplot, names, "useful bytes", "GB/s")
    for name, axis in axes.items():
        of_name = [r for r in results if r.case.operator == name]
        for kind in dict.fromkeys(r.case.type for r in of_name):
            points = sorted(
                (r for r in of_name if r.case.type == kind),
                key=lambda r: r.useful_bytes,
            )
            sizes = [r.useful_bytes for r in points]
            ours = [r.gb_per_s(r.seconds[OURS]) for r in points]
            limits = [r.gb_per_s(r.limit_seconds) for r in points]
            axis.plot(sizes, ours, "o-", color=COLORS[kind], label=kind, markersize=4)
            axis.plot(sizes, limits, "_--", color=COLORS[kind], linewidth=1)
        axis.set_xscale("log")
        axis.set_yscale("log")
        axis.legend(fontsize=7)
    return figure


def _ratios(pyplot, results):
    """A bar for each case: the best peer's time / ours."""
    results = [r for r in results if OURS in r.seconds and r.best_peer()][::-1]
    if not results:
        return None
    figure, axis = pyplot.subplots(figsize=(10, 1 + 0.18 * len(results)))
    ratios = [r.ratio(r.best_peer()) for r in results]
    places = range(len(results))
    colors = ["C0" if ratio >= 1 else "C3" for ratio in ratios]
    axis.barh(places, [ratio - 1 for ratio in ratios], left=1, color=colors)
    axis.set_yticks(places, [f"{r.case}  ({r.best_peer()})" for r in results])
    axis.tick_params(labelsize=7)
    axis.set_ylim(-0.6, len(results) - 0.4)
    axis.axvline(1, color="black", linewidth=1)
    axis.set_xscale("log")
    axis.set_xlabel("time of the best peer / ours")
    return figure


def _widths(pyplot, run):
    """ns of an element over the width of a row."""
    points = run.get("widths")
    if not points:
        return None
    names = list(dict.fromkeys(map(widths.name_of, points)))
    figure, axes = _grid(pyplot, names, "width", "ns an element")
    for name, axis in axes.items():
        of_name = [p for p in points if widths.name_of(p) == name]
        of_name.sort(key=lambda p: (p["width"], -p["rows"]))
        xs = [p["width"] for p in of_name]
        axis.plot(xs, [widths.per_element(p) * 1e9 for p in of_name], ".-")
        axis.set_xscale("log", base=2)
        axis.set_yscale("log")
    return figure


def _errors(pyplot, run):
    """The largest error of each operator's first result over the elements of a row or
    channel, in ULP."""
    errors = run.get("errors")
    if not errors:
        return None
    firsts = {}
    for error in errors:
        firsts.setdefault(error["operator"], error["result"])
    names = [f"{operator}: {result}" for operator, result in firsts.items()]
    figure, axes = _grid(pyplot, names, "width", "ULP")
    for name, axis in axes.items():
        of_name = [e for e in errors if f"{e['operator']}: {e['result']}" == name]
        for kind in dict.fromkeys(e["type"] for e in of_name):
            points = [e for e in of_name if e["type"] == kind]
            axis.plot(
                [e["width"] for e in points],
                [e["largest"] for e in points],
                "o-",
                color=COLORS[kind],
                label=kind,
                markersize=4,
            )
        axis.set_xscale("log", base=2)
        axis.legend(fontsize=7)
    return figure


def draw(run, results, folder):
    """Draws what there are results of into the folder, which it makes: a dict from
    the names of the files to titles. Raises PlotError and OSError."""
    try:
        import matplotlib
    except ImportError as error:
        raise PlotError(
            f"matplotlib is needed ({error}): install benchmarks/requirements.txt"
        ) from error
    # No window, small files, and the same ones for the same results.
    matplotlib.use("svg")
    matplotlib.rcParams.update({"svg.hashsalt": "norm", "svg.fonttype": "none"})
    from matplotlib import pyplot

    drawn = {}
    for name, title, figure in (
        ("rates.svg", "GB/s over the size; dashed: the limit", _rates(pyplot, results)),
        ("peers.svg", "The best peer's time / ours", _ratios(pyplot, results)),
        ("widths.svg", "Time of an element over the width", _widths(pyplot, run)),
        ("errors.svg", "Largest error over the width", _errors(pyplot, run)),
    ):
        if figure:
            folder.mkdir(parents=True, exist_ok=True)
            figure.tight_layout()
            figure.savefig(folder / name, metadata={"Date": None})
            pyplot.close(figure)
            drawn[name] = title
    return drawn
