"""Methods on benchmarks: a row is a method, preset and budget over *all* its completed runs, never the best one.

The budget is in steps, or, for runs that a time limit ended, that time (and the steps that their schedules were made for).

Plain data in, plain data out: nothing here knows of folders or stores.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal

import msgspec

from lab_app.results import significance, statistics
from lab_app.results.results import Result, RunScore, comparable, run_scores, summary_of
from lab_app.results.summary import Summary
from lab_core.benchmark import Benchmark

Key = tuple[Any, ...]
Figure = Literal["iqm", "median", "mean", "optimality_gap"]


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """A row.

    time_limit  wall seconds that ended its runs; None for a budget of steps
    normalised  mean, low and high on the scale from random (0) to reference (1)
    details     the benchmark's further columns, as far as its runs have them: mean over runs
    trained     steps, and wall_seconds the time, that its runs took on average
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


class Table(msgspec.Struct, frozen=True, kw_only=True):
    """One benchmark under one protocol: entries, best first. ``notes`` say what a reader should know about them.

    floor  what the data itself scores (``Benchmark.floor`` says which), as its evaluations say; None where they don't agree
    """

    benchmark: Benchmark
    protocol: str
    entries: tuple[Entry, ...]
    floor: float | None = None
    notes: tuple[str, ...] = ()


class Aggregate(msgspec.Struct, frozen=True, kw_only=True):
    """One statistic over a suite, with its 95 % interval where the runs can bear one."""

    value: float
    low: float | None = None
    high: float | None = None


class SuiteEntry(msgspec.Struct, frozen=True, kw_only=True):
    """A method, preset and budget over the benchmarks of a suite that it has completed runs on.

    scores       the normalised score of each run, by benchmark
    improvement  the chance that a run of the first row does better than one of this row, over the benchmarks that both
                 cover; None in the first row and without a common benchmark
    """

    method: str
    preset: str
    budget: int
    time_limit: float | None
    step_unit: str
    source: str
    changed: Mapping[str, Any]
    benchmarks: tuple[str, ...]
    scores: Mapping[str, tuple[float, ...]]
    n_runs: int
    iqm: Aggregate
    median: Aggregate
    mean: Aggregate
    optimality_gap: Aggregate
    improvement: Aggregate | None = None

    @property
    def by_task(self) -> list[tuple[float, ...]]:
        """The scores of each benchmark, as the statistics take them."""
        return list(self.scores.values())


class SuiteTable(msgspec.Struct, frozen=True, kw_only=True):
    """A suite under one protocol, over ``benchmarks``; ``left_out`` have no anchors, ``unplayed`` no completed run."""

    suite: str
    protocol: str
    benchmarks: tuple[str, ...]
    left_out: tuple[str, ...]
    unplayed: tuple[str, ...]
    entries: tuple[SuiteEntry, ...]


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


def aggregate(tables: Sequence[Table], suite: str, benchmarks: Iterable[Benchmark]) -> list[SuiteTable]:
    """The suite's tables put together, one for each protocol that they were played under.

    Scores are normalised, and only benchmarks with both anchors count. Rows that cover more benchmarks come first: means
    over different benchmarks can't be compared.
    """
    members = {benchmark.id: benchmark for benchmark in benchmarks if suite in benchmark.suites}
    usable = {name for name, benchmark in members.items() if benchmark.score.normalise(0.0) is not None}
    found: list[SuiteTable] = []
    for protocol in sorted({table.protocol for table in tables if table.benchmark.id in members}):
        played = {table.benchmark.id: table for table in tables if table.protocol == protocol and table.benchmark.id in usable}
        by_key: dict[Key, list[tuple[Benchmark, Entry]]] = {}
        for table in played.values():
            for entry in table.entries:
                by_key.setdefault(_entry_key(entry), []).append((table.benchmark, entry))
        entries = [_suite_entry(rows) for rows in by_key.values()]
        entries.sort(key=lambda entry: (-len(entry.benchmarks), -entry.iqm.value))
        entries = [msgspec.structs.replace(entry, improvement=_improvement(entries[0], entry)) for entry in entries]
        covered = {name for entry in entries for name in entry.benchmarks}
        found.append(
            SuiteTable(
                suite=suite,
                protocol=protocol,
                benchmarks=tuple(sorted(covered)),
                left_out=tuple(sorted(set(members) - usable)),
                unplayed=tuple(sorted(usable - covered)),
                entries=tuple(entries),
            )
        )
    return found


def _table(benchmark: Benchmark, protocol: str, results: Sequence[Result], everything: bool) -> Table:
    notes: list[str] = []
    kept: list[Result] = []
    dropped: dict[str, set[str]] = {}
    for result in results:
        reason = _unfit(result, benchmark, everything)
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


def _unfit(result: Result, benchmark: Benchmark, everything: bool) -> str | None:
    """Why a result is in no row; None for one that is."""
    if result.status != "completed":
        return "not completed"
    if not result.scores or not all(map(math.isfinite, (*result.scores, result.value))):
        return "without a finite score"
    if not comparable(result.settings, benchmark, result.protocol):
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


def _entry_key(entry: Entry) -> Key:
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


def _suite_entry(rows: Sequence[tuple[Benchmark, Entry]]) -> SuiteEntry:
    first = rows[0][1]
    scores = {benchmark.id: tuple(_scaled(benchmark, entry)) for benchmark, entry in sorted(rows, key=lambda row: row[0].id)}
    by_task = list(scores.values())
    counts = [len(task) for task in by_task]
    kinds: dict[Figure, statistics.Statistic] = {
        "iqm": statistics.iqm,
        "median": statistics.median,
        "mean": statistics.mean,
        "optimality_gap": statistics.optimality_gap,
    }
    figures: dict[Figure, Aggregate] = {}
    for name, statistic in kinds.items():
        value = statistics.aggregate(by_task, statistic)
        low, high = statistics.stratified_interval(by_task, statistic) if statistics.enough(counts) else (None, None)
        figures[name] = Aggregate(value=value, low=low, high=high)
    return SuiteEntry(
        method=first.method,
        preset=first.preset,
        budget=first.budget,
        time_limit=first.time_limit,
        step_unit=first.step_unit,
        source=first.source,
        changed=first.changed,
        benchmarks=tuple(scores),
        scores=scores,
        n_runs=sum(counts),
        **figures,
    )


def _scaled(benchmark: Benchmark, entry: Entry) -> list[float]:
    scaled = [benchmark.score.normalise(point) for point in entry.summary.points]
    return [value for value in scaled if value is not None]


def _improvement(best: SuiteEntry, other: SuiteEntry) -> Aggregate | None:
    common = [name for name in best.scores if name in other.scores]
    if best is other or not common:
        return None
    a, b = ([one.scores[name] for name in common] for one in (best, other))
    value = significance.probability_of_improvement(a, b)
    bears = statistics.enough([len(runs) for runs in (*a, *b)])
    low, high = significance.improvement_interval(a, b) if bears else (None, None)
    return Aggregate(value=value, low=low, high=high)
