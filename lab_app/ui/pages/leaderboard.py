"""The leaderboard: every benchmark with its best row, and one benchmark with all its rows."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from lab_app.results.intervals import digits, interval, legend
from lab_app.results.leaderboard import Entry, Table
from lab_app.results.results import SHIPPED, registered_benchmark
from lab_app.ui.library import Library
from lab_app.ui.rendering import render, value
from lab_core.errors import unknown

_WIDTH, _HEIGHT, _PAD = 160, 18, 6  # of the drawing of a score with its interval


def index(request: Request) -> Response:
    """Every benchmark that something is scored on, by family."""
    library: Library = request.app.state.library
    family = request.query_params.get("family", "")
    groups: dict[str, list[Any]] = {}
    for one in library.standings():
        if family in ("", *one.families):
            groups.setdefault(one.families[0], []).append(one)
    families = sorted({task.family for task in library.registry.tasks()})
    return render(request, "leaderboard.html", section="leaderboard", groups=groups, families=families, family=family)


def page(request: Request) -> Response:
    """One benchmark: a table for each protocol, best row first, the anchors among the rows."""
    library: Library = request.app.state.library
    name: str = request.path_params["benchmark"]
    everything = bool(request.query_params.get("all"))
    tables = library.tables(name, everything=everything)
    benchmark = registered_benchmark(name, library.registry)
    if benchmark is None:
        raise unknown("benchmark", name, [one.id for one in library.registry.benchmarks()])
    return render(
        request,
        "benchmark.html",
        section="leaderboard",
        benchmark=benchmark,
        everything=everything,
        tables=[_shown(table) for table in tables],
        tasks=[task.id for task in library.registry.tasks() if task.benchmark == name],
    )


def _shown(table: Table) -> dict[str, Any]:
    score = table.benchmark.score
    figure = digits(score)
    rows: list[dict[str, Any]] = [_row(entry, table) for entry in table.entries]
    anchors = [("random", score.random), (score.reference_name or "reference", score.reference)]
    rows += [{"anchor": name, "mean": one, "score": figure(one), "bar": None} for name, one in anchors if one is not None]
    rows.sort(key=lambda row: row["mean"], reverse=score.higher_is_better)
    _draw(rows)
    columns = {name: title for name, title in table.benchmark.columns.items() if any(name in e.details for e in table.entries)}
    return {
        "protocol": table.protocol,
        "rows": rows,
        "columns": columns,
        "notes": table.notes,
        "legend": legend((entry.summary, entry.unit) for entry in table.entries),
        "shipped": any(entry.source == SHIPPED for entry in table.entries),
    }


def _row(entry: Entry, table: Table) -> dict[str, Any]:
    figure = digits(table.benchmark.score)
    summary = entry.summary
    return {
        "anchor": "",
        "entry": entry,
        "mean": summary.mean,
        "low": summary.low if summary.kind != "none" else summary.mean,
        "high": summary.high if summary.kind != "none" else summary.mean,
        "score": figure(summary.mean),
        "interval": interval(summary, figure),
        "shipped": entry.source == SHIPPED,
        "changed": ", ".join(f"{name}={value(one)}" for name, one in entry.changed.items()),
        "normalised": None if entry.normalised is None else round(100 * entry.normalised[0]),
        "bar": None,
    }


def _draw(rows: list[dict[str, Any]]) -> None:
    """Places of each score and its interval on one scale: x of the mean, and of both ends."""
    ends = [end for row in rows for end in (row["mean"], row.get("low", row["mean"]), row.get("high", row["mean"]))]
    if not ends or max(ends) == min(ends):
        return
    low, high = min(ends), max(ends)

    def x(number: float) -> float:
        return round(_PAD + (number - low) / (high - low) * (_WIDTH - 2 * _PAD), 1)

    for row in rows:
        row["bar"] = {"mean": x(row["mean"]), "low": x(row.get("low", row["mean"])), "high": x(row.get("high", row["mean"]))}
