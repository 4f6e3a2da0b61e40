"""How the short answers of ``lab leaderboard`` look: the best of each benchmark, one method everywhere, score against time."""

from collections.abc import Sequence

from lab_app.cli.fitted_table import Column
from lab_app.cli.leaderboard_page import changes, figure, marks, method_name, share, short, show
from lab_app.cli.table_forms import Form, Section
from lab_app.durations import duration
from lab_app.results.intervals import digits, interval, legend
from lab_app.results.leaderboard import Entry
from lab_app.results.views import Front, Leader, Place
from lab_core.benchmark import Benchmark


def print_overview(leaders: Sequence[Leader], form: Form) -> None:
    """One line a benchmark: its best method."""
    entries = [one.entry for one in leaders]
    benchmarks = [one.benchmark for one in leaders]
    columns = [
        Column("benchmark", [one.id for one in benchmarks], left=True, cut=True),
        Column("best method", [_named(entry) for entry in entries], left=True, cut=True),
        Column("score", [figure(one.entry.summary.mean, one.benchmark.score) for one in leaders]),
        Column("interval", _bounds(benchmarks, entries), left=True, keep="wanted"),
        Column("norm.", _normalised(benchmarks, entries), keep="wanted"),
        Column("runs", [str(entry.summary.n_runs) for entry in entries], keep="wanted"),
        Column("of rows", [str(one.rows) for one in leaders], keep="wanted"),
        Column("time", _times(entries), keep="wanted"),
        Column("score is", [one.score.name for one in benchmarks], left=True, keep="extra"),
        Column("next", [_second(one) for one in leaders], left=True, keep="extra"),
        Column("not told apart from", [", ".join(one.close) for one in leaders], left=True, keep="extra"),
        Column("protocol", [one.protocol for one in leaders], left=True, keep="extra"),
    ]
    unsure = sum(bool(one.close) for one in leaders)
    notes = [f"{len(leaders)} benchmarks; on {unsure} of them the bounds of another method reach those of the best"]
    section = Section("Best method of each benchmark", columns, notes=notes)
    show([section], form, title=section.title, after=lambda seen: _after(seen, entries))


def _second(one: Leader) -> str:
    return "" if one.second is None else f"{_named(one.second)} {figure(one.second.summary.mean, one.benchmark.score)}"


def print_places(method: str, places: Sequence[Place], form: Form) -> None:
    """One line a benchmark, preset and budget: how good one method is."""
    entries = [one.entry for one in places]
    benchmarks = [one.benchmark for one in places]
    best = ["" if one.place == 1 else f"{method_name(one.best)} {_mean(one.best, one.benchmark)}" for one in places]
    columns = [
        Column("benchmark", [one.id for one in benchmarks], left=True, cut=True),
        Column("preset", [entry.preset + (" *" if entry.changed else "") for entry in entries], left=True, common=True),
        Column("budget", [f"{short(entry.budget)} {entry.step_unit}" for entry in entries], keep="wanted"),
        Column("place", [f"{one.place} of {one.rows}" for one in places]),
        Column("score", [_mean(one.entry, one.benchmark) for one in places]),
        Column("interval", _bounds(benchmarks, entries), left=True, keep="wanted"),
        Column("norm.", _normalised(benchmarks, entries), keep="wanted"),
        Column("runs", [str(entry.summary.n_runs) for entry in entries], keep="wanted", common=True),
        Column("best", best, left=True, keep="extra"),
        Column("time", _times(entries), keep="extra"),
        Column("score is", [one.score.name for one in benchmarks], left=True, keep="extra"),
        Column("protocol", [one.protocol for one in places], left=True, keep="extra"),
    ]
    section = Section(method, columns, about=(f"{len({one.id for one in benchmarks})} benchmarks",), notes=changes(entries))
    show([section], form, title=f"Method {method}", after=lambda seen: _after(seen, entries))


def print_fronts(fronts: Sequence[Front], form: Form) -> None:
    """Each benchmark with its rows by training time; those that no other beats in score and time are marked."""

    def section(front: Front) -> Section:
        entries = front.entries
        columns = [
            Column("front", ["yes" if good else "" for good in front.efficient]),
            Column("method", [_named(entry) for entry in entries], left=True, cut=True),
            Column("time", _times(entries)),
            Column("score", [_mean(entry, front.benchmark) for entry in entries]),
            Column("interval", _bounds([front.benchmark] * len(entries), entries), left=True, keep="wanted"),
            Column("runs", [str(entry.summary.n_runs) for entry in entries], keep="wanted"),
        ]
        processors = {name for entry in entries for name in entry.processors}
        notes = list(changes(entries))
        if len(processors) > 1:
            notes.append(f"trained on different processors, so the times can't be compared: {', '.join(sorted(processors))}")
        dim = [place for place, good in enumerate(front.efficient) if not good]
        about = (front.benchmark.score.name, f"protocol {front.protocol}")
        return Section(front.benchmark.id, columns, about=about, notes=notes, dim=dim)

    entries = [entry for front in fronts for entry in front.entries]
    last = ["front: no other row is better in the same time, or as good in less"]
    show([section(one) for one in fronts], form, title="Score against time", after=lambda seen: [*last, *_after(seen, entries)])


# Cells


def _named(entry: Entry) -> str:
    """Method, and preset where it is not the default."""
    return method_name(entry) + ("" if entry.preset == "default" else f" ({entry.preset})")


def _mean(entry: Entry, benchmark: Benchmark) -> str:
    return figure(entry.summary.mean, benchmark.score)


def _bounds(benchmarks: Sequence[Benchmark], entries: Sequence[Entry]) -> list[str]:
    pairs = zip(benchmarks, entries, strict=True)
    return [interval(entry.summary, digits(benchmark.score)) for benchmark, entry in pairs]


def _normalised(benchmarks: Sequence[Benchmark], entries: Sequence[Entry]) -> list[str]:
    pairs = zip(benchmarks, entries, strict=True)
    return [share(benchmark.score.normalise(entry.summary.mean)) for benchmark, entry in pairs]


def _times(entries: Sequence[Entry]) -> list[str]:
    return [duration(entry.wall_seconds) if entry.wall_seconds else "none" for entry in entries]


def _after(seen: set[str], entries: Sequence[Entry]) -> list[str]:
    last = ["norm.: 0 % is random, 100 % the reference"] if "norm." in seen else []
    return [*last, *legend((entry.summary, entry.unit) for entry in entries), *marks(entries)]
