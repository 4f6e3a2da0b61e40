"""How far a suite is: for each entry what recorded runs scored, and what the user's own did."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec

from lab_app.results.results import RUN, SHIPPED, Result, comparable, naming_fields, run_scores, summary_of
from lab_app.results.summary import Summary
from lab_app.suites.suite import Resolved
from lab_core.registry.registry import Registry


class Scored(msgspec.Struct, frozen=True, kw_only=True):
    """What the runs of one source scored, with the mean wall seconds of their training.

    changed  settings in which they differ from the entry's; such runs stand in for none that are as the entry says
    """

    summary: Summary
    unit: str
    wall_seconds: float
    runs: tuple[str, ...]
    changed: Mapping[str, Any] = {}


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """An entry with its scores under its benchmark's default protocol; None where there are none."""

    entry: Resolved
    recorded: Scored | None
    own: Scored | None


def rows(entries: Iterable[Resolved], results: Sequence[Result], registry: Registry) -> list[Row]:
    """A row for each entry, in order. Runs as the entry says go first; of several budgets the one with
    most runs counts, of those the newest."""
    by_task: dict[str, list[Result]] = {}
    for result in results:
        by_task.setdefault(result.task, []).append(result)
    found: list[Row] = []
    for entry in entries:
        naming = naming_fields(entry.task.id, registry)
        wanted = {name: value for name, value in msgspec.to_builtins(entry.changed).items() if name not in naming}
        fitting = _fitting(entry, by_task.get(entry.task.id, ()))
        recorded, own = (_scored(entry, [one for one in fitting if one.source == source], wanted) for source in (SHIPPED, RUN))
        found.append(Row(entry=entry, recorded=recorded, own=own))
    return found


def _fitting(entry: Resolved, results: Iterable[Result]) -> list[Result]:
    """The completed scores of an entry's task and preset on its benchmark."""
    benchmark = entry.benchmark
    if benchmark is None:
        return []
    return [
        one
        for one in results
        if one.preset == entry.entry.preset
        and one.status == "completed"
        and (one.benchmark, one.protocol) == (benchmark.id, benchmark.default_protocol)
        and one.scores
        and comparable(one.settings, benchmark, one.protocol)
    ]


def _scored(entry: Resolved, results: Sequence[Result], wanted: Mapping[str, Any]) -> Scored | None:
    benchmark = entry.benchmark
    if benchmark is None or not results:
        return None
    groups: dict[tuple[int, float | None, str], list[Result]] = {}
    for one in results:
        groups.setdefault((one.budget, one.time_limit, repr(sorted(one.changed.items()))), []).append(one)

    def order(group: Sequence[Result]) -> tuple[bool, int, str]:
        return dict(group[0].changed) == wanted, len({one.run for one in group}), max(one.created for one in group)

    chosen = max(groups.values(), key=order)
    scores = run_scores(chosen, benchmark)
    seconds = {one.run: one.wall_seconds for one in chosen}
    given = chosen[0].changed
    return Scored(
        summary=summary_of(list(scores.values()), benchmark),
        unit=chosen[0].unit,
        wall_seconds=sum(seconds.values()) / len(seconds),
        runs=tuple(scores),
        changed={name: value for name, value in given.items() if name not in wanted or wanted[name] != value},
    )
