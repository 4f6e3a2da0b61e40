"""How scores with their bounds read in every command: one text for the bounds, one for what they are.

In a table bounds carry a mark, and :func:`legend` says below it what the marks mean; on a line of its own :func:`phrase` says it
in place.
"""

from collections.abc import Callable, Iterable

from lab_app.results.statistics import ENOUGH_RUNS
from lab_app.results.summary import BoundsKind, Summary
from lab_core.score import Score

Figure = Callable[[float], str]
_MARKS: dict[BoundsKind, str] = {"runs": "", "units": " *", "run range": " ~", "unit range": " ~"}


def interval(summary: Summary, figure: Figure) -> str:
    """The bounds with the mark of their kind; nothing where there are none."""
    return "" if summary.kind == "none" else f"{_bounds(summary, figure)}{_MARKS[summary.kind]}"


def phrase(summary: Summary, figure: Figure, unit: str) -> str:
    """The score with its bounds and what they are: ``27.30 (95 % over 649 sentences: 26.10 to 28.40)``."""
    shown = figure(summary.mean)
    return shown if summary.kind == "none" else f"{shown} ({meaning(summary, unit)}: {_bounds(summary, figure)})"


def meaning(summary: Summary, unit: str) -> str:
    """What the bounds are: ``95 % over 649 sentences``, ``lowest to highest of 3 runs``."""
    over = counted(summary.n_units, unit) if summary.kind in ("units", "unit range") else counted(summary.n_runs, "run")
    return f"95 % over {over}" if summary.kind in ("runs", "units") else f"lowest to highest of {over}"


def each_run(summary: Summary, figure: Figure) -> str:
    """The runs one by one, where they are too few for an interval."""
    return "  ".join(figure(point) for point in sorted(summary.points)) if summary.kind == "run range" else ""


def legend(summaries: Iterable[tuple[Summary, str]]) -> list[str]:
    """What the intervals of these summaries are, each sort once; with each the unit of its runs' scores."""
    units: dict[BoundsKind, set[str]] = {}
    for summary, unit in summaries:
        units.setdefault(summary.kind, set()).add(plural(unit))
    parts = {kind: ", ".join(sorted(found)) for kind, found in units.items()}
    texts: dict[BoundsKind, str] = {
        "runs": "interval: 95 % over runs",
        "run range": f"~ fewer than {ENOUGH_RUNS} runs: from the lowest to the highest of them, no interval",
        "unit range": f"~ one run: from the lowest to the highest of its few {parts.get('unit range')}",
        "units": f"* one run: 95 % over its {parts.get('units')}; another seed may lie outside",
    }
    return [text for kind, text in texts.items() if kind in units]


def digits(score: Score) -> Figure:
    """A score with the digits that its benchmark deserves."""
    return lambda value: f"{value:,.{score.digits}f}"


def counted(count: int, unit: str) -> str:
    """``1 sentence``, ``1,200 sentences``."""
    return f"{count:,} {unit if count == 1 else plural(unit)}"


def plural(unit: str) -> str:
    """The plural of a benchmark's unit; "series" is its own."""
    return unit if unit.endswith("s") else f"{unit}s"


def _bounds(summary: Summary, figure: Figure) -> str:
    return f"{figure(summary.low)} to {figure(summary.high)}"
