"""``lab leaderboard --csv``: one row a line, numbers at full precision."""

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from lab_app.cli.table_forms import print_csv
from lab_app.results.leaderboard import Entry, Table
from lab_app.results.suites import SuiteTable
from lab_app.results.views import Front, Leader, Place
from lab_app.results.wallclock import TimedTable
from lab_core.benchmark import Benchmark

_ROW = ("method", "preset", "budget", "step_unit", "time_limit", "changed", "source")
_SCORE = ("mean", "low", "high", "bounds", "runs", "units", "unit", "normalised", "trained", "wall_seconds")
_WHERE = ("benchmark", "protocol", "score", "higher_is_better")


def print_tables(tables: Iterable[Table]) -> None:
    rows = [
        [*_where(table.benchmark, table.protocol), place, *_row(entry), *_score(entry)]
        for table in tables
        for place, entry in enumerate(table.entries, 1)
    ]
    print_csv([*_WHERE, "place", *_ROW, *_SCORE], rows)


def print_overview(leaders: Iterable[Leader]) -> None:
    rows = [
        [*_where(one.benchmark, one.protocol), one.rows, *_row(one.entry), *_score(one.entry), " ".join(one.close)]
        for one in leaders
    ]
    print_csv([*_WHERE, "rows", *_ROW, *_SCORE, "close"], rows)


def print_places(places: Iterable[Place]) -> None:
    rows = [[*_where(one.benchmark, one.protocol), one.place, one.rows, *_row(one.entry), *_score(one.entry)] for one in places]
    print_csv([*_WHERE, "place", "rows", *_ROW, *_SCORE], rows)


def print_fronts(fronts: Iterable[Front]) -> None:
    rows = [
        [*_where(front.benchmark, front.protocol), int(good), *_row(entry), *_score(entry)]
        for front in fronts
        for entry, good in zip(front.entries, front.efficient, strict=True)
    ]
    print_csv([*_WHERE, "front", *_ROW, *_SCORE], rows)


def print_suites(suites: Iterable[SuiteTable]) -> None:
    figures = ("iqm", "median", "mean", "optimality_gap", "improvement")
    columns = [f"{name}{part}" for name in figures for part in ("", "_low", "_high")]
    rows: list[Sequence[Any]] = []
    for suite in suites:
        for place, entry in enumerate(suite.entries, 1):
            values: list[Any] = []
            for name in figures:
                one = getattr(entry, name)
                values += [None] * 3 if one is None else [one.value, one.low, one.high]
            where = [suite.suite, suite.protocol, " ".join(suite.benchmarks), place]
            rows.append([*where, *_row(entry), len(entry.benchmarks), entry.n_runs, entry.mean_rank, *values])
    print_csv(["suite", "protocol", "over", "place", *_ROW, "covers", "runs", "mean_rank", *columns], rows)


def print_timed(tables: Iterable[TimedTable]) -> None:
    rows: list[Sequence[Any]] = []
    for table in tables:
        for place, entry in enumerate(table.entries, 1):
            one = entry.summary
            score = [one.mean, one.low, one.high, one.kind] if one else [None] * 4
            goal = [table.goal, entry.reached_goal, entry.seconds_to_goal]
            where = [*_where(table.benchmark, table.protocol), table.seconds, place]
            row = [entry.method, entry.preset, entry.budget, entry.step_unit, None, _changed(entry), entry.source]
            rows.append([*where, *row, *score, len(entry.runs), *goal])
    more = ("mean", "low", "high", "bounds", "runs", "goal", "reached_goal", "seconds_to_goal")
    print_csv([*_WHERE, "seconds", "place", *_ROW, *more], rows)


def _where(benchmark: Benchmark, protocol: str) -> list[Any]:
    return [benchmark.id, protocol, benchmark.score.name, int(benchmark.score.higher_is_better)]


def _row(entry: Any) -> list[Any]:
    limit = entry.time_limit
    return [entry.method, entry.preset, entry.budget, entry.step_unit, limit, _changed(entry), entry.source]


def _changed(entry: Any) -> str | None:
    return msgspec.json.encode(dict(entry.changed)).decode() if entry.changed else None


def _score(entry: Entry) -> list[Any]:
    one = entry.summary
    normalised = entry.normalised[0] if entry.normalised else None
    trained = [normalised, entry.trained, entry.wall_seconds]
    return [one.mean, one.low, one.high, one.kind, one.n_runs, entry.units, entry.unit, *trained]
