"""How leaderboards and comparisons look in a terminal."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table as Grid
from rich.text import Text

from lab_core.comparison import Comparison, ScorePair, Side
from lab_core.display.plot import line_plot
from lab_core.leaderboard import Aggregate, Entry, SuiteEntry, SuiteTable, Table
from lab_core.observers.progress import duration, quantity
from lab_core.score import Score
from lab_core.statistics import Summary

_LEGEND = {
    "runs": "interval: 95 % over runs",
    "range": "fewer than 5 runs: each of them, no interval",
    "episodes": "*: one run, 95 % over its episodes; another seed may lie outside",
}
_WIDE = 100  # columns from which there is room for what matters less


def print_tables(tables: Sequence[Table]) -> None:
    """Each benchmark and protocol with its rows, best first, its anchors among them, and its notes."""
    console = Console()
    for table in tables:
        score = table.benchmark.score
        direction = "higher is better" if score.higher_is_better else "lower is better"
        unit = f" in {score.unit}" if score.unit else ""
        about = f"  {score.name}{unit}, {direction}  protocol {table.protocol}"
        console.print(Text.assemble((table.benchmark.id, "bold"), about), soft_wrap=True)
        console.print(_grid(table, wide=console.width >= _WIDE))
        for note in table.notes:
            console.print(Text(f"  {note}", style="dim"))
    if any(entry.normalised for table in tables for entry in table.entries):
        console.print(Text("norm.: 0 % is a random player, 100 % the reference", style="dim"))
    kinds = {entry.summary.kind for table in tables for entry in table.entries}
    for kind, text in _LEGEND.items():
        if kind in kinds:
            console.print(Text(text, style="dim"))


def _grid(table: Table, *, wide: bool) -> Grid:
    score = table.benchmark.score
    unit = _unit(entry.step_unit for entry in table.entries)
    grid = Grid(box=box.SIMPLE, pad_edge=False, padding=(0, 1, 0, 0))
    names = ("#", "method", "preset", unit or "budget", "runs", score.name, "interval", "norm.")
    for name in (*names, "time") if wide else names:
        left = name in ("method", "preset", "interval")
        grid.add_column(name, justify="left" if left else "right", no_wrap=name in ("#", "method", "interval"), overflow="fold")
    rows: list[tuple[float, tuple[str, ...], str]] = []
    for place, entry in enumerate(table.entries, 1):
        rows.append((entry.summary.mean, _cells(place, entry, score, unit), ""))
    for name, value in ((_reference(score), score.reference), ("random", score.random)):
        if value is not None:
            rows.append((value, ("", name, "", "", "", _figure(value, score), "", _share(score.normalise(value)), ""), "dim"))
    rows.sort(key=lambda row: row[0], reverse=score.higher_is_better)
    for _, cells, style in rows:
        grid.add_row(*cells[: len(grid.columns)], style=style)
    return grid


def _cells(place: int, entry: Entry, score: Score, unit: str | None) -> tuple[str, ...]:
    budget = _short(entry.budget)
    if entry.source == "run" and entry.trained < entry.budget:
        budget = f"{_short(entry.trained)} of {budget}"
    return (
        str(place),
        entry.method if entry.source == "run" else f"{entry.method} ({entry.source})",
        _preset(entry),
        budget if unit else f"{budget} {entry.step_unit}",
        str(entry.summary.n_runs),
        _figure(entry.summary.mean, score),
        _interval(entry.summary, score),
        _share(entry.normalised[0] if entry.normalised else None),
        duration(entry.wall_seconds) if entry.wall_seconds else "",
    )


def _preset(entry: Entry | SuiteEntry) -> str:
    return entry.preset + "".join(f"\n {name}={value}" for name, value in entry.changed.items())


def _unit(units: Iterable[str]) -> str | None:
    """The unit of all budgets, None where they differ."""
    found = set(units)
    return found.pop() if len(found) == 1 else None


def _reference(score: Score) -> str:
    return score.reference_name or "reference"


def _share(normalised: float | None) -> str:
    return "" if normalised is None else f"{100 * normalised:.0f} %"


def _short(number: float) -> str:
    """``1M``, ``2.5M``, ``400k``, ``1,500``."""
    for limit, divisor, letter in ((1_000_000, 1_000_000, "M"), (10_000, 1_000, "k")):
        if number >= limit:
            return f"{number / divisor:,.4g}{letter}"
    return f"{number:,.0f}"


def _figure(value: float, score: Score) -> str:
    return f"{value:,.{score.digits}f}"


def _interval(summary: Summary, score: Score) -> str:
    if summary.kind == "range":
        if summary.n_runs == 1:
            return ""
        return "  ".join(_figure(point, score) for point in sorted(summary.points))
    bounds = f"{_figure(summary.low, score)} to {_figure(summary.high, score)}"
    return bounds if summary.kind == "runs" else f"{bounds} *"


def print_suites(suites: Sequence[SuiteTable]) -> None:
    """A suite's aggregates of normalised scores, and which benchmarks they are over."""
    console = Console()
    for suite in suites:
        total = len(suite.benchmarks) + len(suite.unplayed)
        console.print(Text.assemble((suite.suite, "bold"), f"  normalised scores, protocol {suite.protocol}"))
        grid = Grid(box=box.SIMPLE, pad_edge=False, padding=(0, 1, 0, 0))
        unit = _unit(entry.step_unit for entry in suite.entries)
        for name in ("#", "method", "preset", unit or "budget", "covers", "runs", "IQM", "median", "mean", "gap"):
            left = name in ("method", "preset")
            grid.add_column(name, justify="left" if left else "right", no_wrap=name in ("#", "method"), overflow="fold")
        for place, entry in enumerate(suite.entries, 1):
            grid.add_row(
                str(place),
                entry.method,
                _preset(entry),
                _short(entry.budget) + ("" if unit else f" {entry.step_unit}"),
                f"{len(entry.benchmarks)} of {total}",
                str(entry.n_runs),
                *(_aggregate(one) for one in (entry.iqm, entry.median, entry.mean, entry.optimality_gap)),
            )
        console.print(grid)
        if len({entry.benchmarks for entry in suite.entries}) > 1:
            console.print(Text("rows over different benchmarks can't be compared with each other", style="yellow"))
        console.print(Text("0: random, 1: reference; IQM: mean of the middle half; gap: how far below 1 on average", style="dim"))
        for what, names in (("no anchors, left out", suite.left_out), ("no completed run", suite.unplayed)):
            if names:
                shown = ", ".join(names[:8]) + (f" and {len(names) - 8} more" if len(names) > 8 else "")
                console.print(Text(f"{what}: {shown}", style="dim"))


def _aggregate(one: Aggregate) -> str:
    if one.low is None or one.high is None:
        return f"{one.value:.2f}"
    return f"{one.value:.2f}\n{one.low:.2f} to {one.high:.2f}"


def print_comparison(found: Comparison, score_of: Callable[[str], Score]) -> None:
    """Two sides on one page."""
    console = Console()
    names = _names(found.a, found.b)
    grid = Grid(box=box.SIMPLE, pad_edge=False, padding=(0, 1, 0, 0))
    grid.add_column("")
    grid.add_column(names[0], style="cyan", overflow="fold")
    grid.add_column(names[1], style="magenta", overflow="fold")
    for name in found.a.facts:
        mine, theirs = found.a.facts[name], found.b.facts.get(name, "")
        if mine == theirs and name != "benchmark":
            continue
        grid.add_row(name, mine, theirs)
    sides = (found.a, found.b)
    grid.add_row("runs", *(str(len(one.runs)) for one in sides))
    grid.add_row("trained", *(f"{one.steps:,.0f} {one.step_unit}" for one in sides))
    grid.add_row("wall time", *(duration(one.wall_seconds) for one in sides))
    grid.add_row("rate", *("" if one.rate is None else f"{quantity(one.rate)} {one.step_unit}/s" for one in sides))
    for pair in found.scores:
        score = score_of(pair.benchmark)
        grid.add_section()
        grid.add_row(f"{score.name} on {pair.benchmark}\nunder {pair.protocol}", _scored(pair.a, score), _scored(pair.b, score))
    if found.settings:
        grid.add_section()
    for difference in found.settings:
        grid.add_row(difference.name, _value(difference.a), _value(difference.b))
    console.print(grid)
    for pair in found.scores:
        console.print(_verdict(pair, names))
    if not found.scores:
        console.print(Text("no benchmark and protocol that both were scored on", style="dim"))
    if not found.settings:
        console.print(Text("every setting is the same", style="dim"))
    _print_curves(console, found, names)


def _names(a: Side, b: Side) -> tuple[str, str]:
    return (a.name, b.name) if a.name != b.name else (f"{a.name} (A)", f"{b.name} (B)")


def _scored(summary: Summary, score: Score) -> str:
    interval = _interval(summary, score)
    return score.format(summary.mean) + (f"\n{interval}" if interval else "")


def _verdict(pair: ScorePair, names: tuple[str, str]) -> Text:
    what = "a run" if pair.over == "runs" else "an episode"
    text = Text.assemble(f"{what} of ", (names[0], "cyan"), " does better than one of ", (names[1], "magenta"))
    text.append(f" with probability {pair.improvement:.2f}")
    if pair.low is not None and pair.high is not None:
        text.append(f" (95 %: {pair.low:.2f} to {pair.high:.2f})")
    elif pair.over == "runs":
        text.append(" (too few runs for an interval)")
    if pair.over == "episodes":
        text.append("; with one run on each side this says nothing about other seeds", style="dim")
    return text


def _value(value: Any) -> str:
    if value is None:
        return "-"
    text = f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)
    return text if len(text) <= 60 else text[:57] + "..."


def _print_curves(console: Console, found: Comparison, names: tuple[str, str]) -> None:
    drawn = {name: curve for name, curve in zip(names, found.curves, strict=False) if len(curve[0]) > 1}
    if found.metric is None or not drawn:
        console.print(Text("no curve that both have", style="dim"))
        return
    unit = found.a.step_unit if found.a.step_unit == found.b.step_unit else "steps"
    console.print(Text(f"\n{found.metric}", style="bold"))
    console.print(line_plot(drawn, width=min(console.width, 100), x_label=unit))
