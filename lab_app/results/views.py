"""Short answers from the tables of the leaderboard: the best of each benchmark, one method everywhere, score against time."""

from collections.abc import Iterable, Sequence
from pathlib import Path

import msgspec

from lab_app.results import charts
from lab_app.results.leaderboard import Entry, Table
from lab_core.benchmark import Benchmark
from lab_core.errors import UsageError

_PANELS = 12


class Leader(msgspec.Struct, frozen=True, kw_only=True):
    """The best row of a benchmark under one protocol, of ``rows``.

    close   methods of other rows whose bounds reach those of the best: the runs don't tell them apart
    second  the best row of another method; None where there is none
    """

    benchmark: Benchmark
    protocol: str
    entry: Entry
    rows: int
    close: tuple[str, ...]
    second: Entry | None


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """A row of one method: its place among the ``rows`` of a benchmark and protocol, and the best of them."""

    benchmark: Benchmark
    protocol: str
    entry: Entry
    place: int
    rows: int
    best: Entry


class Front(msgspec.Struct, frozen=True, kw_only=True):
    """The rows of a benchmark and protocol by the time of their training.

    efficient  of each row, whether no other is as good in less time or better in the same
    """

    benchmark: Benchmark
    protocol: str
    entries: tuple[Entry, ...]
    efficient: tuple[bool, ...]


def overview(tables: Iterable[Table]) -> list[Leader]:
    """The best row of every benchmark, under its default protocol or else the first that it has."""
    found: dict[str, Leader] = {}
    for table in tables:
        if table.entries and table.benchmark.id not in found:
            found[table.benchmark.id] = _leader(table)
    return list(found.values())


def _leader(table: Table) -> Leader:
    best = table.entries[0]
    rest = [entry for entry in table.entries[1:] if entry.method != best.method]
    higher = table.benchmark.score.higher_is_better

    def reaches(other: Entry) -> bool:
        if "none" in (best.summary.kind, other.summary.kind):
            return other.summary.mean == best.summary.mean
        return other.summary.high >= best.summary.low if higher else other.summary.low <= best.summary.high

    return Leader(
        benchmark=table.benchmark,
        protocol=table.protocol,
        entry=best,
        rows=len(table.entries),
        close=tuple(dict.fromkeys(entry.method for entry in rest if reaches(entry))),
        second=rest[0] if rest else None,
    )


def places(tables: Iterable[Table], method: str) -> list[Place]:
    """Every row of a method."""
    return [
        Place(
            benchmark=table.benchmark,
            protocol=table.protocol,
            entry=entry,
            place=place,
            rows=len(table.entries),
            best=table.entries[0],
        )
        for table in tables
        for place, entry in enumerate(table.entries, 1)
        if entry.method == method
    ]


def fronts(tables: Iterable[Table]) -> list[Front]:
    """Score against wall time for every table with rows, the quickest row first. What has nothing to train took no time."""
    found: list[Front] = []
    for table in tables:
        entries = sorted(table.entries, key=lambda entry: entry.wall_seconds)
        score = table.benchmark.score
        efficient: list[bool] = []
        for one in entries:
            beaten = any(
                other.wall_seconds <= one.wall_seconds
                and not score.better(one.summary.mean, other.summary.mean)
                and (other.wall_seconds < one.wall_seconds or score.better(other.summary.mean, one.summary.mean))
                for other in entries
            )
            efficient.append(not beaten)
        if entries:
            found.append(
                Front(benchmark=table.benchmark, protocol=table.protocol, entries=tuple(entries), efficient=tuple(efficient))
            )
    return found


def save_fronts(path: Path, found: Sequence[Front]) -> list[str]:
    """Draw score against wall time, a panel for each benchmark with two trained rows or more; returns the benchmarks left out.

    Raises UsageError without any, or for a name that is no picture's.
    """
    charts.check_path(path)
    drawn = [one for one in found if sum(entry.wall_seconds > 0 for entry in one.entries) > 1]
    if not drawn:
        raise UsageError("No benchmark has two trained rows, so there is nothing to draw.")
    figure, panels = charts.new_panels(min(len(drawn), _PANELS))
    for axes, front in zip(panels, drawn, strict=False):
        trained = [(entry, good) for entry, good in zip(front.entries, front.efficient, strict=True) if entry.wall_seconds > 0]
        line = [(entry.wall_seconds, entry.summary.mean) for entry, good in trained if good]
        axes.plot(*zip(*line, strict=True), drawstyle="steps-post", color="C0", linewidth=1) if line else None
        for entry, good in trained:
            axes.plot(entry.wall_seconds, entry.summary.mean, "o", color="C0" if good else "grey")
            name = entry.method + ("" if entry.preset == "default" else f" {entry.preset}")
            axes.annotate(name, (entry.wall_seconds, entry.summary.mean), (4, 3), textcoords="offset points", fontsize=7)
        axes.set_xscale("log")
        axes.margins(0.15)
        axes.set(xlabel="seconds of training", ylabel=front.benchmark.score.name)
        axes.set_title(f"{front.benchmark.id}, protocol {front.protocol}", fontsize=9)
    charts.write_figure(figure, path)
    return [one.benchmark.id for one in drawn[_PANELS:]]
