"""How a reproduction looks: a table, both curves in the terminal, and as a picture."""

from pathlib import Path

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table as Grid
from rich.text import Text

from lab_app.display.plot import line_plot
from lab_app.durations import duration
from lab_app.observers.progress import quantity
from lab_app.records.reproduce import Reproduction
from lab_app.results import charts


def print_reproduction(found: Reproduction) -> None:
    """The verdict with what it rests on, and the curves."""
    console = Console(highlight=False)
    band = found.band
    grid = Grid(box=box.SIMPLE, pad_edge=False, padding=(0, 1, 0, 0))
    for name in ("", "recorded", "now", "inside"):
        grid.add_column(name, overflow="fold")
    last = f"{quantity(band.middle[-1])} ({quantity(band.low[-1])} to {quantity(band.high[-1])})"
    grid.add_row(escape(f"{found.metric} at {band.steps[-1]:,.0f} {found.step_unit}"), last, quantity(found.values[-1]), "")
    points = f"{found.share:.0%} of {len(found.values)} points"
    grid.add_row(escape(f"curve of {found.metric}"), _width(found), points, _yes(found.curve_inside))
    if found.score is not None:
        one = found.score
        recorded = ", ".join(quantity(value) for value in one.recorded)
        expected = f"{recorded} ({quantity(one.low)} to {quantity(one.high)})"
        grid.add_row(escape(f"score on {one.benchmark}\nunder {one.protocol}"), expected, quantity(one.value), _yes(one.inside))
    grid.add_row("bit for bit", "" if found.exact_expected else "not expected", found.difference or "the same", _yes(found.exact))
    grid.add_row("wall time", duration(found.recorded_seconds), duration(found.seconds), "")
    console.print(grid)
    if len(found.values) > 1:
        curves = {"recorded": (band.steps, band.middle), "now": (band.steps, found.values)}
        curves |= {"low": (band.steps, band.low), "high": (band.steps, band.high)}
        console.print(Text(found.metric, style="bold"))
        console.print(line_plot(curves, width=min(console.width, 100), x_label=found.step_unit))
    word, style = ("reproduced", "bold green") if found.reproduced else ("not reproduced", "bold red")
    console.print(Text.assemble((word, style), f": {why(found)}"))


def why(found: Reproduction) -> str:
    """The verdict's reason in a few words."""
    if found.exact:
        return "every metric is the same, bit for bit"
    if found.exact_expected:
        return f"a deterministic task on the same machine type gave something else: {found.difference}"
    where = f"{found.share:.0%} of the curve inside the band"
    if found.score is not None:
        where += f", the score {'inside' if found.score.inside else 'outside'} its interval"
    return where


def save_plot(path: Path, found: Reproduction) -> None:
    """The new curve over the recorded band, as .png, .pdf or .svg."""
    band = found.band
    figure, axes = charts.new_figure()
    axes.fill_between(band.steps, band.low, band.high, color="C0", alpha=0.2, linewidth=0, label=_width(found))
    axes.plot(band.steps, band.middle, color="C0", label="recorded" if band.n_runs == 1 else "recorded, mean")
    axes.plot(band.steps, found.values, color="C3", label=f"now, seed {found.seed}")
    axes.set(xlabel=found.step_unit, ylabel=found.metric.replace("_", " "))
    axes.set_title(f"{found.task}: {'reproduced' if found.reproduced else 'not reproduced'}, {why(found)}", fontsize=9, wrap=True)
    axes.legend(frameon=False)
    charts.write_figure(figure, path)


def _width(found: Reproduction) -> str:
    n = found.band.n_runs
    if found.band.kind == "prediction":
        return f"95 % band for a new run, from {n} recorded ones"
    runs = "1 recorded run" if n == 1 else f"{n} recorded runs"
    return f"{runs}, a stated tolerance around"


def _yes(inside: bool) -> str:
    return "yes" if inside else "no"
