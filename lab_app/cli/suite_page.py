"""How a suite looks: a row for each entry, what is stated, what was recorded and what the user's own runs scored."""

import os
import sys
from collections.abc import Sequence
from typing import Any

from rich.console import Console

from lab_app.cli.fitted_table import Column, print_fitted, width
from lab_app.cli.table_forms import Form, Section, print_csv, print_sections
from lab_app.durations import duration
from lab_app.results.intervals import digits, interval, legend
from lab_app.suites.standing import Row, Scored
from lab_app.suites.suite import Suite


def document(suite: Suite, rows: Sequence[Row]) -> dict[str, Any]:
    """All of it for ``--json``."""
    return {"suite": suite.name, "title": suite.title, "entries": [_entry(row) for row in rows]}


def _entry(row: Row) -> dict[str, Any]:
    entry, benchmark = row.entry.entry, row.entry.benchmark
    return {
        "task": entry.task,
        "preset": entry.preset,
        "settings": dict(entry.set),
        "name": entry.name or None,
        "source": entry.source or None,
        "stated": entry.stated or None,
        "note": entry.note or None,
        "benchmark": benchmark.id if benchmark else None,
        "protocol": benchmark.default_protocol if benchmark else None,
        "score": benchmark.score.name if benchmark else None,
        "good": benchmark.score.goal() if benchmark else None,
        "recorded": row.recorded,
        "own": row.own,
    }


def print_rows(suite: Suite, rows: Sequence[Row], form: Form) -> None:
    """The table in one of the forms but JSON."""
    if form == "csv":
        _print_csv(rows)
        return
    columns = _columns(rows)
    notes = _notes(rows)
    if form == "text":
        sized = sys.stdout.isatty() or "COLUMNS" in os.environ
        console = Console(highlight=False, width=None if sized else width(columns))
        console.print(f"{suite.name}  {suite.title}", style="bold", markup=False)
        print_fitted(console, columns)
        for note in notes:
            console.print(note, style="dim", markup=False)
        return
    print_sections([Section(suite.title or suite.name, columns, notes=notes)], form, title=suite.title or suite.name)


def _columns(rows: Sequence[Row]) -> list[Column]:
    entries = [row.entry for row in rows]
    return [
        Column("system", [one.entry.name for one in entries], left=True, cut=True),
        Column("source", [one.entry.source for one in entries], left=True, keep="extra"),
        Column("stated there", [one.entry.stated for one in entries], left=True, cut=True),
        Column("task", [_task(row) for row in rows], left=True, cut=not any(one.entry.name for one in entries)),
        Column("benchmark", [one.benchmark.id if one.benchmark else "" for one in entries], left=True, keep="extra"),
        Column("recorded", [_score(row, row.recorded) for row in rows], left=True),
        Column("interval", [_bounds(row, row.recorded) for row in rows], left=True, keep="wanted"),
        Column("yours", [_score(row, row.own) for row in rows], left=True),
        Column("your interval", [_bounds(row, row.own) for row in rows], left=True, keep="wanted"),
        Column("good", [one.benchmark.score.goal() if one.benchmark else "" for one in entries], left=True, keep="extra"),
        Column("time", [duration(_time(row)) if _time(row) else "" for row in rows], keep="wanted"),
    ]


def _task(row: Row) -> str:
    entry = row.entry.entry
    settings = "".join(f" {name}={value}" for name, value in entry.set.items())
    return entry.task + ("" if entry.preset == "default" else f" ({entry.preset})") + settings


def _score(row: Row, scored: Scored | None) -> str:
    benchmark = row.entry.benchmark
    if scored is None or benchmark is None:
        return ""
    return f"{benchmark.score.name} {digits(benchmark.score)(scored.summary.mean)}" + (" (changed)" if scored.changed else "")


def _bounds(row: Row, scored: Scored | None) -> str:
    benchmark = row.entry.benchmark
    return "" if scored is None or benchmark is None else interval(scored.summary, digits(benchmark.score))


def _time(row: Row) -> float:
    scored = row.own or row.recorded
    return scored.wall_seconds if scored else 0.0


def _notes(rows: Sequence[Row]) -> list[str]:
    scored = [one for row in rows for one in (row.recorded, row.own) if one is not None]
    having = sum(row.own is not None for row in rows)
    with_score = sum(row.entry.benchmark is not None for row in rows)
    recorded = sum(row.recorded is not None for row in rows)
    counts = f"{len(rows)} entries, {with_score} with a score; recorded: {recorded}, yours: {having}"
    notes = [f"{row.entry.entry.name or row.entry.entry.task}: {row.entry.entry.note}" for row in rows if row.entry.entry.note]
    for row in rows:
        for one in (row.recorded, row.own):
            if one is not None and one.changed:
                changes = ", ".join(f"{name}={value}" for name, value in one.changed.items())
                notes.append(f"{row.entry.entry.task}: changed: {changes}")
    return [counts, *legend((one.summary, one.unit) for one in scored), *notes]


def _print_csv(rows: Sequence[Row]) -> None:
    columns = ["system", "source", "stated", "task", "preset", "benchmark", "protocol", "score"]
    columns += [f"{name}_{what}" for name in ("recorded", "own") for what in ("mean", "low", "high", "bounds", "runs", "seconds")]
    cells: list[list[Any]] = []
    for row in rows:
        entry, benchmark = row.entry.entry, row.entry.benchmark
        facts = [benchmark.id, benchmark.default_protocol, benchmark.score.name] if benchmark else [None] * 3
        scores = [cell for one in (row.recorded, row.own) for cell in _csv_score(one)]
        cells.append([entry.name, entry.source, entry.stated, _task(row), entry.preset, *facts, *scores])
    print_csv(columns, cells)


def _csv_score(scored: Scored | None) -> list[Any]:
    if scored is None:
        return [None] * 6
    one = scored.summary
    return [one.mean, one.low, one.high, one.kind, one.n_runs, scored.wall_seconds]
