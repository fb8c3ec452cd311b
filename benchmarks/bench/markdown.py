# ===- markdown.py - Results of a run as a page ------------------------------===#
#
# Licensed under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===------------------------------------------------------------------------===#
"""The generated part of a page such as docs/Performance.md."""

from bench import widths
from bench.report import OURS
from bench.targets import nanoseconds_of_element


def _table(titles, left, rows):
    """Lines of a table whose first `left` columns are texts."""
    lines = [f"| {' | '.join(titles)} |"]
    lines.append(f"|{'---|' * left}{'---:|' * (len(titles) - left)}")
    return lines + [f"| {' | '.join(row)} |" for row in rows] + [""]


def _about(about):
    caches = ", ".join(
        f"{level} {size >> 10} KB" if size < 1 << 20 else f"{level} {size >> 20} MB"
        for level, size in about["caches"].items()
    )
    versions = ", ".join(
        f"{name} {version}" for name, version in about["versions"].items() if version
    )
    load = about["load_before"][0], about["load_after"][0]
    turn = f"{about['seconds_per_turn']:g} s"
    if "least_seconds_per_turn" in about:
        turn = f"{about['least_seconds_per_turn']:g} to {turn}"
    return [
        f"{about['date']}: {about['cpu']} ({', '.join(about['flags'])}; {caches}), "
        f"{about['system']}, {about['threads']} threads; {versions}. "
        f"{about['rounds']} turns of {turn}. Load of the "
        f"machine without this program {load[0]:.1f} at the beginning, with it "
        f"{load[1]:.1f} at the end.{_spread(about)}",
        "",
    ]


def _spread(about):
    if "spread" not in about:
        return ""
    median, most = about["spread"]
    return (
        " Of runs one after the other, the least times count; the best peer's time "
        f"divided by ours differs between them by {median:.0%} in half of the cases and "
        f"by {most:.0%} in one of ten."
    )


def _microseconds(seconds):
    return f"{seconds * 1e6:.{3 if seconds < 1e-5 else 1}f}"


def _groups(results, targets):
    rows = [
        [
            one.name,
            f"`{one.result.case}`, {one.peer}",
            "" if one.programs is None else f"{one.programs:.2f}",
            f"{one.target:g}",
            "" if one.possible is None else f"{one.possible:.2f}",
            f"{one.everyone:.2f}",
            f"{one.result.ratio(one.peer):.2f}",
        ]
        for one in targets.compare(results)
    ]
    if not rows:
        return []
    titles = ["operators", "least is", "mean", "target"]
    titles += ["at the limit", "mean with loops", "least"]
    text = (
        "The time of the best peer of each case divided by ours, as geometric mean over "
        "the cases, without and with loops written by hand, and the least of all; `at "
        "the limit` is the first mean if each kernel took as long as the limit:"
    )
    return [text, "", *_table(titles, 2, rows)]


def _cases(results, targets, others):
    rows = []
    for result in results:
        if result.case.call or OURS not in result.seconds:
            continue
        target = targets.of(result.case)
        ratios = [result.ratio(peer) for peer in others]
        seconds = result.seconds[OURS]
        rows.append(
            [
                f"`{result.case}`" + (", from memory" if result.case.rotate else ""),
                result.limit,
                _microseconds(seconds),
                f"{result.gb_per_s(seconds):.1f}",
                f"{1 / result.share(OURS):.2f}",
                "" if target is None else str(target).removesuffix(" x limit"),
                *("" if ratio is None else f"{ratio:.2f}" for ratio in ratios),
            ]
        )
    if not rows:
        return []
    titles = ["case", "limit", "us", "GB/s", "x limit", "target", *others]
    text = (
        "`x limit` is the kernel's time divided by the limit's, and `target` the most "
        "that it should be, or the most time:"
    )
    return [text, "", *_table(titles, 2, rows)]


def _calls(results, targets):
    rows = [
        [
            f"`{result.case}`",
            f"{result.seconds[OURS] * 1e9:.0f}",
            str(targets.of(result.case) or ""),
        ]
        for result in results
        if result.case.call and OURS in result.seconds
    ]
    if not rows:
        return []
    text = "A call for one element, with all checks of the arguments:"
    return [text, "", *_table(["case", "ns", "target"], 1, rows)]


def _costs(results, targets):
    costs = sorted((r.cost.seconds, str(r.case)) for r in results if r.cost)
    if not costs:
        return []
    sizes = sorted(r.cost.code_bytes / 1024 for r in results if r.cost)
    target = targets.compile_seconds
    text = (
        f"From parsed IR to an object a kernel takes {costs[0][0] * 1e3:.0f} to "
        f"{costs[-1][0] * 1e3:.0f} ms (`{costs[-1][1]}`), half of them at most "
        f"{costs[(len(costs) - 1) // 2][0] * 1e3:.0f} ms"
    )
    if target:
        above = sum(seconds > target for seconds, _ in costs)
        text += (
            f"; the target is {target * 1e3:g} ms, which {above} of {len(costs)} miss"
        )
    return [f"{text}. Their code has {sizes[0]:.1f} to {sizes[-1]:.1f} KB.", ""]


def _operators(summary, others):
    rows = [
        [
            f"`{operator}`",
            *(
                f"{peers[peer][0]:.2f}, {peers[peer][1]:.2f}" if peer in peers else ""
                for peer in others
            ),
        ]
        for operator, peers in summary.items()
    ]
    if not rows:
        return []
    text = "A peer's time divided by ours, geometric mean over the cases and least:"
    return [text, "", *_table(["operator", *others], 1, rows)]


def _one_core(core):
    """`core` is None, or what read_json() returned of the cases of one core."""
    if not core:
        return []
    run, results = core
    rows = [
        [
            f"`{result.case}`",
            f"{nanoseconds_of_element(result):.3f}",
            f"{1 / result.share(OURS):.2f}",
        ]
        for result in results
        if OURS in result.seconds
    ]
    text = (
        f"One core, from its first-level cache ({run['date']}, {run['rounds']} turns of "
        f"{run['seconds_per_turn']:g} s), where nothing waits for memory:"
    )
    return [text, "", *_table(["case", "ns an element", "x limit"], 1, rows)]


def _misses(results, targets):
    lines = ["Above a target, or slower than a peer:", ""]
    for result, text in targets.misses(results):
        note = targets.note(result.case)
        lines.append(f"- `{result.case}`: {text}.{' ' + note if note else ''}")
    for result in results:
        if OURS in result.skipped:
            lines.append(f"- `{result.case}`: {result.skipped[OURS]}")
    return lines + ["- none"] * (len(lines) == 2) + [""]


def _widths(points):
    if not points:
        return []
    steps, cliffs = widths.find_steps(points), widths.find_cliffs(points)
    names = dict.fromkeys(map(widths.name_of, points))
    lines = [
        f"Widths of rows (`{'`, `'.join(names)}`), one below, at and above each power "
        f"of two up to {max(p['width'] for p in points) - 1}: of {len(steps)} pairs of "
        f"neighbours from {widths.LEAST_WIDTH} on, the times of an element differ by "
        f"more than {widths.TOLERANCE:.0%} in",
        "",
    ]
    lines += [
        f"- `{cliff.sweep}`, {cliff.rows} rows: width {cliff.width + 1} takes "
        f"{cliff.ratio:.2f} of the time of {cliff.width}"
        for cliff in cliffs
    ]
    return lines + ["- none"] * (not cliffs) + [""]


def format_page(run, results, targets, plots, core=None):
    """The text: `run` and `results` as read_json() returns them, `plots` a dict from
    paths, relative to the page, to titles, `core` the pair of a run of one core."""
    others = dict.fromkeys(peer for r in results for peer in r.seconds if peer != OURS)
    lines = _about(run)
    lines += _groups(results, targets)
    lines += _cases(results, targets, others)
    lines += _calls(results, targets)
    lines += _costs(results, targets)
    lines += _operators(run["summary"], others)
    lines += _one_core(core)
    if results:
        lines += _misses(results, targets)
    lines += _widths(run.get("widths", []))
    for path, title in plots.items():
        lines += [f"![{title}]({path})", ""]
    return "\n".join(lines)
