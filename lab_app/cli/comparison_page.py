"""How a comparison of two methods or runs looks in a terminal."""

from collections.abc import Callable
from typing import Any

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table as Grid
from rich.text import Text

from lab_app.display.plot import line_plot
from lab_app.durations import duration
from lab_app.observers.progress import quantity
from lab_app.results.comparison import Comparison, ScorePair, Side
from lab_app.results.intervals import counted, digits, each_run, interval, legend
from lab_app.results.summary import Summary
from lab_core.score import Score


def print_comparison(found: Comparison, score_of: Callable[[str], Score]) -> None:
    """Two sides on one page."""
    console = Console()
    names = _names(found.a, found.b)
    grid = Grid(box=box.SIMPLE, pad_edge=False, padding=(0, 1, 0, 0))
    grid.add_column("")
    grid.add_column(escape(names[0]), style="cyan", overflow="fold")
    grid.add_column(escape(names[1]), style="magenta", overflow="fold")
    for name in found.a.facts:
        mine, theirs = found.a.facts[name], found.b.facts.get(name, "")
        if mine == theirs and name != "benchmark":
            continue
        grid.add_row(*map(escape, (name, mine, theirs)))
    sides = (found.a, found.b)
    grid.add_row("runs", *(str(len(one.runs)) for one in sides))
    grid.add_row("trained", *(f"{one.steps:,.0f} {one.step_unit}" for one in sides))
    grid.add_row("wall time", *(duration(one.wall_seconds) for one in sides))
    grid.add_row("rate", *("" if one.rate is None else f"{quantity(one.rate)} {one.step_unit}/s" for one in sides))
    for pair in found.scores:
        score = score_of(pair.benchmark)
        grid.add_section()
        name = escape(f"{score.name} on {pair.benchmark}\nunder {pair.protocol}")
        grid.add_row(name, _scored(pair.a, score), _scored(pair.b, score))
    if found.settings:
        grid.add_section()
    for difference in found.settings:
        grid.add_row(*map(escape, (difference.name, _value(difference.a), _value(difference.b))))
    console.print(grid)
    for pair in found.scores:
        console.print(_verdict(pair, names))
    for line in legend((one, pair.unit) for pair in found.scores for one in (pair.a, pair.b)):
        console.print(Text(line, style="dim"))
    if not found.scores:
        console.print(Text("no benchmark and protocol that both were scored on", style="dim"))
    if not found.settings:
        console.print(Text("every setting is the same", style="dim"))
    _print_curves(console, found, names)


def _names(a: Side, b: Side) -> tuple[str, str]:
    return (a.name, b.name) if a.name != b.name else (f"{a.name} (A)", f"{b.name} (B)")


def _scored(summary: Summary, score: Score) -> str:
    bounds = each_run(summary, digits(score)) or interval(summary, digits(score))
    return score.format(summary.mean) + (f"\n{bounds}" if bounds else "")


def _verdict(pair: ScorePair, names: tuple[str, str]) -> Text:
    first, second = (names[0], "cyan"), (names[1], "magenta")
    if pair.over == "resamples":
        units = counted(pair.a.n_units, pair.unit)
        text = Text.assemble(first, " scores better than ", second, f" in {pair.improvement:.0%} of resamples of the {units}")
        text.append("; with one run on each side this says nothing about other seeds", style="dim")
        return text
    what = "a run" if pair.over == "runs" else f"one {pair.unit}"
    text = Text.assemble(f"{what} of ", first, " does better than one of ", second)
    text.append(f" with probability {pair.improvement:.2f}")
    if pair.low is not None and pair.high is not None:
        text.append(f" (95 %: {pair.low:.2f} to {pair.high:.2f})")
    elif pair.over == "runs":
        text.append(" (too few runs for an interval)")
    if pair.p is not None and pair.smallest_p is not None:
        text.append(f"\nalike? p = {pair.p:.2g} by a permutation test over {pair.a.n_runs} and {pair.b.n_runs} runs")
        if pair.smallest_p > 0.05:
            text.append(f"; so few runs can't give less than {pair.smallest_p:.2g}", style="dim")
    if pair.over == "units":
        text.append("; with one run on each side this says nothing about other seeds", style="dim")
    return text


def _value(value: Any) -> str:
    if value is None:
        return "-"
    text = f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)
    return text if len(text) <= 60 else text[:57] + "..."


def _print_curves(console: Console, found: Comparison, names: tuple[str, str]) -> None:
    drawn = {name: curve for name, curve in zip(names, found.curves, strict=False) if curve[0]}
    if found.metric is None or not drawn:
        console.print(Text("no curve that both have", style="dim"))
    else:
        unit = found.a.step_unit if found.axis == "step" else "seconds of training"
        console.print(Text(f"\n{found.metric}", style="bold"))
        console.print(line_plot(drawn, width=min(console.width, 100), x_label=unit))
    for note in found.notes:
        console.print(Text(note, style="dim"))
