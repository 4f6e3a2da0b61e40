"""How leaderboards look in a terminal."""

from collections.abc import Iterable, Sequence

from rich import box
from rich.console import Console
from rich.table import Table as Grid
from rich.text import Text

from lab_core.display.plot import COLORS, line_plot
from lab_core.leaderboard import Aggregate, Entry, SuiteEntry, SuiteTable, Table
from lab_core.observers.progress import duration
from lab_core.results import RUN
from lab_core.score import Score
from lab_core.statistics import Summary
from lab_core.wallclock import TimedEntry, TimedTable

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
            rows.append((value, ("", name, "", "", "", figure(value, score), "", _share(score.normalise(value)), ""), "dim"))
    rows.sort(key=lambda row: row[0], reverse=score.higher_is_better)
    for _, cells, style in rows:
        grid.add_row(*cells[: len(grid.columns)], style=style)
    return grid


def _cells(place: int, entry: Entry, score: Score, unit: str | None) -> tuple[str, ...]:
    budget = _short(entry.budget)
    if 0 < entry.trained < entry.budget:
        budget = f"{_short(entry.trained)} of {budget}"
    budget = budget if unit else f"{budget} {entry.step_unit}"
    if entry.time_limit is not None:
        budget = f"{duration(entry.time_limit)} limit:\n{budget}"
    return (
        str(place),
        _method(entry),
        _preset(entry),
        budget,
        str(entry.summary.n_runs),
        figure(entry.summary.mean, score),
        interval(entry.summary, score),
        _share(entry.normalised[0] if entry.normalised else None),
        duration(entry.wall_seconds) if entry.wall_seconds else "",
    )


def _method(entry: Entry | SuiteEntry | TimedEntry) -> str:
    return entry.method if entry.source == RUN else f"{entry.method} ({entry.source})"


def _preset(entry: Entry | SuiteEntry | TimedEntry) -> str:
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


def figure(value: float, score: Score) -> str:
    """A score with the digits that its benchmark deserves."""
    return f"{value:,.{score.digits}f}"


def interval(summary: Summary, score: Score) -> str:
    """The bounds, or each run where there are too few for bounds."""
    if summary.kind == "range":
        if summary.n_runs == 1:
            return ""
        return "  ".join(figure(point, score) for point in sorted(summary.points))
    bounds = f"{figure(summary.low, score)} to {figure(summary.high, score)}"
    return bounds if summary.kind == "runs" else f"{bounds} *"


def print_suites(suites: Sequence[SuiteTable]) -> None:
    """A suite's aggregates of normalised scores, and which benchmarks they are over."""
    console = Console()
    for suite in suites:
        total = len(suite.benchmarks) + len(suite.unplayed)
        console.print(Text.assemble((suite.suite, "bold"), f"  normalised scores, protocol {suite.protocol}"))
        grid = Grid(box=box.SIMPLE, pad_edge=False, padding=(0, 1, 0, 0))
        unit = _unit(entry.step_unit for entry in suite.entries)
        for name in ("#", "method", "preset", unit or "budget", "covers", "runs", "IQM", "median", "mean", "gap", "#1 better"):
            left = name in ("method", "preset")
            grid.add_column(name, justify="left" if left else "right", no_wrap=name in ("#", "method"), overflow="fold")
        for place, entry in enumerate(suite.entries, 1):
            grid.add_row(
                str(place),
                _method(entry),
                _preset(entry),
                (f"{duration(entry.time_limit)} limit:\n" if entry.time_limit is not None else "")
                + _short(entry.budget)
                + ("" if unit else f" {entry.step_unit}"),
                f"{len(entry.benchmarks)} of {total}",
                str(entry.n_runs),
                *(_aggregate(one) for one in (entry.iqm, entry.median, entry.mean, entry.optimality_gap)),
                _aggregate(entry.improvement) if entry.improvement else "",
            )
        console.print(grid)
        if len({entry.benchmarks for entry in suite.entries}) > 1:
            console.print(Text("rows over different benchmarks can't be compared with each other", style="yellow"))
        console.print(Text("0: random, 1: reference; IQM: mean of the middle half; gap: how far below 1 on average", style="dim"))
        if len(suite.entries) > 1:
            text = "#1 better: the chance that a run of row 1 does better than one of this row, on the benchmarks of both"
            console.print(Text(text, style="dim"))
        for what, names in (("no anchors, left out", suite.left_out), ("no completed run", suite.unplayed)):
            if names:
                shown = ", ".join(names[:8]) + (f" and {len(names) - 8} more" if len(names) > 8 else "")
                console.print(Text(f"{what}: {shown}", style="dim"))


def _aggregate(one: Aggregate) -> str:
    if one.low is None or one.high is None:
        return f"{one.value:.2f}"
    return f"{one.value:.2f}\n{one.low:.2f} to {one.high:.2f}"


def print_timed(tables: Sequence[TimedTable]) -> None:
    """Each benchmark with what its methods had reached after the same time, how soon they were good, and the curves."""
    console = Console()
    for table in tables:
        score = table.benchmark.score
        about = f"  {score.name} after {duration(table.seconds)} of training, selections included; protocol {table.protocol}"
        console.print(Text.assemble((table.benchmark.id, "bold"), about), soft_wrap=True)
        goal = "" if table.goal is None else f"time to {figure(table.goal, score)}"
        grid = Grid(box=box.SIMPLE, pad_edge=False, padding=(0, 1, 0, 0))
        for name in ("#", "method", "preset", "budget", "runs", score.name, "interval", *((goal, "reached") if goal else ())):
            left = name in ("method", "preset", "interval")
            grid.add_column(name, justify="left" if left else "right", no_wrap=name in ("#", "method"), overflow="fold")
        for place, entry in enumerate(table.entries, 1):
            grid.add_row(*_timed_cells(place, entry, score)[: len(grid.columns)])
        console.print(grid)
        drawn = {f"{_method(one)} {one.preset}": one.curve for one in table.entries if len(one.curve[0]) > 1}
        if drawn:
            first = dict(list(drawn.items())[: len(COLORS)])
            console.print(line_plot(first, width=min(console.width, 100), x_label="seconds"))
        for note in table.notes:
            console.print(Text(f"  {note}", style="dim"))
    console.print(Text("scores are those of the newest selection; where training had ended, the reported one", style="dim"))


def _timed_cells(place: int, entry: TimedEntry, score: Score) -> tuple[str, ...]:
    missing = f"\n{entry.unscored} not scored yet" if entry.unscored else ""
    return (
        str(place),
        _method(entry),
        _preset(entry),
        f"{_short(entry.budget)} {entry.step_unit}",
        str(len(entry.runs)) + missing,
        figure(entry.summary.mean, score) if entry.summary else "not yet",
        interval(entry.summary, score) if entry.summary else "",
        "" if entry.seconds_to_goal is None else duration(entry.seconds_to_goal),
        f"{entry.reached_goal} of {len(entry.runs)}",
    )
