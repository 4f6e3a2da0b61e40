"""Methods on benchmarks: a row is a method, preset and budget over *all* its completed runs, never the best one.

The budget is in steps, or, for runs that a time limit ended, that time (and the steps that their schedules were made for).

Plain data in, plain data out: nothing here knows of folders or stores.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec

from lab_app.results.results import Result, RunScore, fits, rules_of, run_scores, summary_of
from lab_app.results.summary import Summary
from lab_core.benchmark import Benchmark

Key = tuple[Any, ...]


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """A row.

    time_limit  wall seconds that ended its runs; None for a budget of steps
    normalised  mean, low and high on the scale from random (0) to reference (1)
    details     the benchmark's further columns, as far as its runs have them: mean over runs
    trained     steps, and wall_seconds the time, that its runs took on average, on ``processors``
    """

    method: str
    preset: str
    budget: int
    time_limit: float | None
    step_unit: str
    changed: Mapping[str, Any]
    tasks: tuple[str, ...]
    summary: Summary
    normalised: tuple[float, float, float] | None
    runs: tuple[str, ...]
    units: int
    unit: str
    details: Mapping[str, float] = {}
    trained: float
    wall_seconds: float
    source: str
    processors: tuple[str, ...] = ()


class Table(msgspec.Struct, frozen=True, kw_only=True):
    """One benchmark under one protocol: entries, best first. ``notes`` say what a reader should know about them.

    floor  what the data itself scores (``Benchmark.floor`` says which), as its evaluations say; None where they don't agree
    """

    benchmark: Benchmark
    protocol: str
    entries: tuple[Entry, ...]
    floor: float | None = None
    notes: tuple[str, ...] = ()


def leaderboard(results: Iterable[Result], benchmarks: Mapping[str, Benchmark], *, everything: bool = False) -> list[Table]:
    """Tables, one a benchmark and protocol, the benchmark's default protocol first.

    ``benchmarks`` must hold every benchmark that a result names. Only completed runs count; runs whose settings were
    changed on top of their preset get rows of their own with ``everything``, else they are left out, and a note says so.
    """
    by_table: dict[tuple[str, str], list[Result]] = {}
    for result in results:
        by_table.setdefault((result.benchmark, result.protocol), []).append(result)

    def order(key: tuple[str, str]) -> tuple[str, bool, str]:
        return key[0], key[1] != benchmarks[key[0]].default_protocol, key[1]

    return [_table(benchmarks[key[0]], key[1], by_table[key], everything) for key in sorted(by_table, key=order)]


def _table(benchmark: Benchmark, protocol: str, results: Sequence[Result], everything: bool) -> Table:
    notes: list[str] = []
    kept: list[Result] = []
    dropped: dict[str, set[str]] = {}
    rules = rules_of(benchmark, protocol)
    for result in results:
        reason = _unfit(result, rules, everything)
        if reason:
            dropped.setdefault(reason, set()).add(result.run)
        else:
            kept.append(result)
    for reason, runs in dropped.items():
        notes.append(f"left out: {len(runs)} {'run' if len(runs) == 1 else 'runs'} {reason}")
    notes += _differences(kept, benchmark, protocol)
    timed = {result.processor for result in kept if result.time_limit is not None}
    if len(timed) > 1:
        notes.append(f"time limits on different processors can't be compared: {', '.join(sorted(timed))}")
    by_key: dict[Key, list[Result]] = {}
    for result in kept:
        by_key.setdefault(_key(result), []).append(result)
    entries = [_entry(group, benchmark) for group in by_key.values()]
    repeated = len({result.run for result in kept}) - sum(len(entry.runs) for entry in entries)
    if repeated:
        notes.append(f"counted once: {repeated} {'run repeats' if repeated == 1 else 'runs repeat'} another's seed and scores")
    entries.sort(key=lambda entry: entry.summary.mean, reverse=benchmark.score.higher_is_better)
    return Table(
        benchmark=benchmark,
        protocol=protocol,
        entries=tuple(entries),
        floor=_floor(kept) if benchmark.floor else None,
        notes=tuple(notes),
    )


def _floor(results: Sequence[Result]) -> float | None:
    floors = {result.settings.get("floor") for result in results}
    floor = floors.pop() if len(floors) == 1 else None
    return float(floor) if isinstance(floor, int | float) else None


def _unfit(result: Result, rules: Mapping[str, Any], everything: bool) -> str | None:
    """Why a result is in no row; None for one that is."""
    if result.status != "completed":
        return "not completed"
    if not result.scores or not all(map(math.isfinite, (*result.scores, result.value))):
        return "without a finite score"
    if not fits(result.settings, rules):
        return "scored under other settings of that protocol than today's"
    if result.changed and not everything:
        return "changed by --set (shown with --all)"
    return None


def _differences(results: Sequence[Result], benchmark: Benchmark, protocol: str) -> list[str]:
    """Notes on conditions beside the protocol's (versions of an emulator) that differ between results."""
    rules = {*benchmark.protocols.get(protocol, {}), "count"}
    seen: dict[str, set[str]] = {}
    for result in results:
        for name, value in result.settings.items():
            if name not in rules:
                seen.setdefault(name, set()).add(str(value))
    return [f"scores were made with different {name}: {', '.join(sorted(v))}" for name, v in sorted(seen.items()) if len(v) > 1]


def _key(result: Result) -> Key:
    changed = tuple(sorted((name, repr(value)) for name, value in result.changed.items()))
    return result.method, result.preset, result.budget, result.time_limit, result.step_unit, result.source, changed


def entry_key(entry: Entry) -> Key:
    changed = tuple(sorted((name, repr(value)) for name, value in entry.changed.items()))
    return entry.method, entry.preset, entry.budget, entry.time_limit, entry.step_unit, entry.source, changed


def _entry(group: Sequence[Result], benchmark: Benchmark) -> Entry:
    scored = run_scores(group, benchmark)
    runs = {result.run: result for result in group}
    first = group[0]
    summary = summary_of(list(scored.values()), benchmark)
    return Entry(
        method=first.method,
        preset=first.preset,
        budget=first.budget,
        time_limit=first.time_limit,
        step_unit=first.step_unit,
        changed=first.changed,
        tasks=tuple(sorted({result.task for result in group})),
        summary=summary,
        normalised=_normalised(summary, benchmark),
        runs=tuple(scored),
        units=sum(len(score.scores) for score in scored.values()),
        unit=first.unit,
        details=_details(list(scored.values()), benchmark),
        trained=sum(result.trained for result in runs.values()) / len(runs),
        wall_seconds=sum(result.wall_seconds for result in runs.values()) / len(runs),
        source=first.source,
        processors=tuple(sorted({result.processor for result in group} - {""})),
    )


def _details(scores: Sequence[RunScore], benchmark: Benchmark) -> dict[str, float]:
    columns = {name: [score.details[name] for score in scores if name in score.details] for name in benchmark.columns}
    return {name: sum(values) / len(values) for name, values in columns.items() if values}


def _normalised(summary: Summary, benchmark: Benchmark) -> tuple[float, float, float] | None:
    values = [benchmark.score.normalise(value) for value in (summary.mean, summary.low, summary.high)]
    mean, low, high = values
    if mean is None or low is None or high is None:
        return None
    return mean, min(low, high), max(low, high)
