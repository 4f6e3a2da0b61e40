"""Methods over several benchmarks: aggregates of normalised scores, over the benchmarks that all compared rows have in common.

A mean over five games says nothing beside one over twenty-six. So rows are put into groups, each with the benchmarks that all of
its rows cover, and every figure of a group is over these alone.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal

import msgspec
import numpy as np

from lab_app.results import significance, statistics
from lab_app.results.leaderboard import Entry, Key, Table, entry_key
from lab_core.benchmark import Benchmark

Figure = Literal["iqm", "median", "mean", "optimality_gap"]
DEFAULTS = "the default of each benchmark"
_MOST = 2_000  # sets of benchmarks that are looked at


class Aggregate(msgspec.Struct, frozen=True, kw_only=True):
    """One statistic over the common benchmarks, with its 95 % interval where the runs can bear one."""

    value: float
    low: float | None = None
    high: float | None = None


class SuiteEntry(msgspec.Struct, frozen=True, kw_only=True):
    """A method, preset and budget over the benchmarks of a suite that it has completed runs on.

    benchmarks   all of the suite that it covers
    scores       the normalised score of each run, by benchmark, of the common ones; ``n_runs`` counts them
    mean_rank    its place among the rows of its table, ties sharing theirs, on average over the common benchmarks
    improvement  the chance that a run of the first row does better than one of this row; None in the first row
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
    mean_rank: float = 1.0
    improvement: Aggregate | None = None

    @property
    def by_task(self) -> list[tuple[float, ...]]:
        """The scores of each benchmark, as the statistics take them."""
        return list(self.scores.values())


class SuiteTable(msgspec.Struct, frozen=True, kw_only=True):
    """Rows of a suite under one protocol that are compared over ``benchmarks``, which all of them cover.

    others    further benchmarks that some row under this protocol covers
    left_out  benchmarks without anchors; ``unplayed`` have no completed run
    """

    suite: str
    protocol: str
    benchmarks: tuple[str, ...]
    others: tuple[str, ...] = ()
    left_out: tuple[str, ...]
    unplayed: tuple[str, ...]
    entries: tuple[SuiteEntry, ...]


def aggregate(tables: Sequence[Table], suite: str, benchmarks: Iterable[Benchmark]) -> list[SuiteTable]:
    """The tables of a suite's ``benchmarks`` put together, for each protocol the largest group of comparable rows first.

    The default protocols of all benchmarks make one table, whatever their names, and come first. Scores are normalised, and only
    benchmarks with both anchors count. Rows are ranked by IQM.
    """
    members = {benchmark.id: benchmark for benchmark in benchmarks}
    usable = {name for name, benchmark in members.items() if benchmark.score.normalise(0.0) is not None}
    by_protocol: dict[str, list[Table]] = {}
    for table in tables:
        if table.benchmark.id in members:
            default = table.protocol == members[table.benchmark.id].default_protocol
            by_protocol.setdefault("" if default else table.protocol, []).append(table)
    found: list[SuiteTable] = []
    for key in sorted(by_protocol):
        protocols = sorted({table.protocol for table in by_protocol[key]})
        protocol = protocols[0] if len(protocols) == 1 else DEFAULTS
        played = {table.benchmark.id: table for table in by_protocol[key] if table.benchmark.id in usable and table.entries}
        by_key: dict[Key, dict[str, tuple[Benchmark, Entry]]] = {}
        for name, table in played.items():
            for entry in table.entries:
                by_key.setdefault(entry_key(entry), {})[name] = (table.benchmark, entry)
        rows = list(by_key.values())
        covered = {name for row in rows for name in row}
        for common, places in groups([frozenset(row) for row in rows]):
            found.append(
                SuiteTable(
                    suite=suite,
                    protocol=protocol,
                    benchmarks=tuple(sorted(common)),
                    others=tuple(sorted(covered - common)),
                    left_out=tuple(sorted(set(members) - usable)),
                    unplayed=tuple(sorted(usable - covered)),
                    entries=tuple(_ranked([rows[place] for place in places], sorted(common))),
                )
            )
    return found


def groups(covers: Sequence[frozenset[str]]) -> list[tuple[frozenset[str], list[int]]]:
    """Rows, by place, with the benchmarks that all of a group cover. Each row is in one group.

    The first group is the one that allows most comparisons, (rows - 1) x benchmarks; the other rows are grouped likewise.
    """
    left = list(range(len(covers)))
    found: list[tuple[frozenset[str], list[int]]] = []
    while left:

        def worth(common: frozenset[str], left: Sequence[int] = left) -> tuple[int, int, int]:
            rows = sum(common <= covers[place] for place in left)
            return (rows - 1) * len(common), rows, len(common)

        best = max(sorted(_intersections({covers[place] for place in left}), key=sorted), key=worth)
        members = [place for place in left if best <= covers[place]]
        found.append((best, members))
        left = [place for place in left if place not in members]
    return found


def _intersections(sets: set[frozenset[str]]) -> set[frozenset[str]]:
    """The sets and what any of them have in common, without the empty set."""
    found = set(sets)
    waiting = list(sets)
    while waiting and len(found) < _MOST:
        one = waiting.pop()
        new = {one & other for other in found} - found - {frozenset[str]()}
        found |= new
        waiting += new
    return found


def _ranked(rows: Sequence[Mapping[str, tuple[Benchmark, Entry]]], common: Sequence[str]) -> list[SuiteEntry]:
    entries = [_suite_entry(row, common) for row in rows]
    ranks = _mean_ranks([[float(np.mean(entry.scores[name])) for name in common] for entry in entries])
    entries = [msgspec.structs.replace(entry, mean_rank=rank) for entry, rank in zip(entries, ranks, strict=True)]
    entries.sort(key=lambda entry: (-entry.iqm.value, entry.mean_rank))
    return [msgspec.structs.replace(entry, improvement=_improvement(entries[0], entry)) for entry in entries]


def _mean_ranks(scores: Sequence[Sequence[float]]) -> list[float]:
    """The mean over benchmarks of each row's place, 1 for the best; equal scores share the mean of their places."""
    values = np.asarray(scores, dtype=np.float64)  # [rows, benchmarks]
    above = (values[None, :, :] > values[:, None, :]).sum(axis=1)
    equal = (values[None, :, :] == values[:, None, :]).sum(axis=1)
    return (above + (equal + 1) / 2).mean(axis=1).tolist()


def _suite_entry(row: Mapping[str, tuple[Benchmark, Entry]], common: Sequence[str]) -> SuiteEntry:
    first = next(iter(row.values()))[1]
    scores = {name: tuple(_scaled(*row[name])) for name in common}
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
        benchmarks=tuple(sorted(row)),
        scores=scores,
        n_runs=sum(counts),
        **figures,
    )


def _scaled(benchmark: Benchmark, entry: Entry) -> list[float]:
    scaled = [benchmark.score.normalise(point) for point in entry.summary.points]
    return [value for value in scaled if value is not None]


def _improvement(best: SuiteEntry, other: SuiteEntry) -> Aggregate | None:
    if best is other:
        return None
    a, b = best.by_task, other.by_task
    value = significance.probability_of_improvement(a, b)
    bears = statistics.enough([len(runs) for runs in (*a, *b)])
    low, high = significance.improvement_interval(a, b) if bears else (None, None)
    return Aggregate(value=value, low=low, high=high)
