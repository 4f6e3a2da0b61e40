"""How leaderboards look: in a terminal every row one line, whatever the width; the same columns as Markdown and HTML."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple, TypeVar

from rich.console import Console
from rich.text import Text

from lab_app.cli.fitted_table import Column, print_fitted
from lab_app.cli.table_forms import Form, Section, print_sections
from lab_app.display.plot import COLORS, line_plot
from lab_app.durations import duration
from lab_app.results.intervals import digits, each_run, interval, legend
from lab_app.results.leaderboard import Entry, Table
from lab_app.results.results import RUN, SHIPPED
from lab_app.results.suites import Aggregate, SuiteEntry, SuiteTable
from lab_app.results.wallclock import TimedEntry, TimedTable
from lab_core.benchmark import Benchmark
from lab_core.score import Score

AnyEntry = Entry | SuiteEntry | TimedEntry
_FIGURES = {  # of a suite, by the names of their columns
    "IQM": "0: random, 1: reference; IQM: mean of the middle half",
    "gap": "gap: how far below 1 on average",
    "#1 better": "#1 better: chance that a run of row 1 beats one of this row",
}
_NORMALISED = "norm.: 0 % is random, 100 % the reference"
E = TypeVar("E", bound=AnyEntry)


class _Line(NamedTuple):
    """A row of a table of scores: a method, or a value to hold it against."""

    name: str
    value: float
    shown: str
    entry: Entry | None = None


def print_tables(tables: Sequence[Table], form: Form = "text") -> None:
    """Each benchmark and protocol with its rows, best first, its anchors among them, and its notes."""
    sections = [_table_section(table) for table in tables]
    entries = [entry for table in tables for entry in table.entries]
    after = [*legend((entry.summary, entry.unit) for entry in entries), *marks(entries)]
    show(sections, form, title="Leaderboard", after=lambda seen: [*([_NORMALISED] if "norm." in seen else []), *after])


def _table_section(table: Table) -> Section:
    score = table.benchmark.score
    direction = "higher is better" if score.higher_is_better else "lower is better"
    unit = f" in {score.unit}" if score.unit else ""
    lines = _lines(table)
    return Section(
        table.benchmark.id,
        _score_columns(lines, table.benchmark),
        about=(f"{score.name}{unit}, {direction}", f"protocol {table.protocol}"),
        notes=(*changes(table.entries), *table.notes),
        dim=[place for place, line in enumerate(lines) if line.entry is None],
    )


def show(
    sections: Sequence[Section],
    form: Form,
    *,
    title: str,
    after: Callable[[set[str]], Sequence[str]] = lambda seen: (),
) -> None:
    """Print sections in any form but CSV and JSON; ``after`` gives the last lines from the names of the shown columns."""
    if form != "text":
        shown = {column.name for section in sections for column in section.filled}
        print_sections(sections, form, title=title, notes=after(shown))
        return
    console = Console()
    seen: set[str] = set()
    for section in sections:
        _heading(console, section.title, *section.about)
        seen |= print_fitted(console, section.columns, dim=section.dim)
        _say(console, *(f"  {note}" for note in section.notes), "")
    _say(console, *after(seen))


def _lines(table: Table) -> list[_Line]:
    """Best first, the anchors among them; the floor comes last, and stands for a reference that is the same figure."""
    score = table.benchmark.score
    lines = [_Line(method_name(one), one.summary.mean, figure(one.summary.mean, score), one) for one in table.entries]
    anchors = [("random", score.random)]
    if table.floor is None or score.reference != round(table.floor, score.digits):
        anchors.append((score.reference_name or "reference", score.reference))
    lines += [_Line(name, value, figure(value, score)) for name, value in anchors if value is not None]
    lines.sort(key=lambda line: line.value, reverse=score.higher_is_better)
    if table.floor is not None:
        lines.append(_Line(table.benchmark.floor, table.floor, f"{table.floor:g}"))
    return lines


def _score_columns(lines: Sequence[_Line], benchmark: Benchmark) -> list[Column]:
    score = benchmark.score
    entries = [line.entry for line in lines]
    return [
        _places(entries),
        Column("method", [line.name for line in lines], left=True, cut=True),
        *_course_columns(entries),
        Column("runs", _cells(entries, lambda one: str(one.summary.n_runs)), keep="wanted", common=True),
        Column("score", [line.shown for line in lines]),
        Column("interval", _cells(entries, lambda one: interval(one.summary, digits(score))), left=True),
        Column("norm.", [share(score.normalise(line.value)) for line in lines], keep="wanted"),
        *(
            Column(heading, _cells(entries, lambda one, name=name: _plain(one.details.get(name))), keep="extra")
            for name, heading in benchmark.columns.items()
        ),
        Column("each run", _cells(entries, lambda one: each_run(one.summary, digits(score))), left=True, keep="extra"),
        Column("trained", _cells(entries, _trained), keep="extra"),
        Column("time", _cells(entries, lambda one: duration(one.wall_seconds) if one.wall_seconds else ""), keep="extra"),
    ]


def print_suites(suites: Sequence[SuiteTable], form: Form = "text") -> None:
    """A suite's aggregates of normalised scores, over the benchmarks that all rows of a table cover."""
    entries = [entry for suite in suites for entry in suite.entries]

    def after(seen: set[str]) -> list[str]:
        return [*(text for name, text in _FIGURES.items() if name in seen), *marks(entries)]

    first = {suite.protocol: place for place, suite in reversed(list(enumerate(suites)))}
    sections = [_suite_section(suite, first=first[suite.protocol] == place) for place, suite in enumerate(suites)]
    show(sections, form, title=f"Leaderboard, suite {suites[0].suite}" if suites else "Leaderboard", after=after)


def _suite_section(suite: SuiteTable, *, first: bool) -> Section:
    notes = list(changes(suite.entries))
    if suite.benchmarks:
        notes.append(f"over {_listed(suite.benchmarks)}: what all rows of this table cover")
    if any(len(entry.benchmarks) > len(suite.benchmarks) for entry in suite.entries):
        more = sorted({name for entry in suite.entries for name in entry.benchmarks} - set(suite.benchmarks))
        notes.append(f"not counted, as only some rows cover it: {_listed(more)}")
    for what, names in (("no anchors, left out", suite.left_out), ("no completed run", suite.unplayed)):
        if names and first:
            notes.append(f"{what}: {_listed(names)}")
    total = len(suite.benchmarks) + len(suite.others) + len(suite.unplayed)
    about = ("normalised scores", f"protocol {suite.protocol}")
    return Section(suite.suite, _suite_columns(suite.entries, total), about=about, notes=notes)


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names[:8]) + (f" and {len(names) - 8} more" if len(names) > 8 else "")


def _suite_columns(entries: Sequence[SuiteEntry], total: int) -> list[Column]:
    def of(name: str, figure_of: Callable[[SuiteEntry], Aggregate | None], *, needed: bool = False) -> list[Column]:
        found = [figure_of(entry) for entry in entries]
        return [
            Column(name, [f"{one.value:.2f}" if one else "" for one in found], keep="needed" if needed else "wanted"),
            Column("95 %", [_span(one) if one else "" for one in found], left=True, keep="wanted" if needed else "extra"),
        ]

    return [
        _places(entries),
        Column("method", _cells(entries, method_name), left=True, cut=True),
        *_course_columns(entries),
        Column("covers", _cells(entries, lambda one: f"{len(one.benchmarks)} of {total}"), common=True),
        Column("runs", _cells(entries, lambda one: str(one.n_runs)), keep="wanted", common=True),
        *of("IQM", lambda one: one.iqm, needed=True),
        Column("mean rank", _cells(entries, lambda one: f"{one.mean_rank:.1f}"), keep="wanted"),
        *of("#1 better", lambda one: one.improvement),
        *of("median", lambda one: one.median),
        *of("gap", lambda one: one.optimality_gap),
        *of("mean", lambda one: one.mean),
    ]


def print_timed(tables: Sequence[TimedTable], form: Form = "text") -> None:
    """Each benchmark with what its methods had reached after the same time, how soon they were good, and the curves."""
    entries = [entry for table in tables for entry in table.entries]
    after = ["score: of the newest selection; where training had ended, the reported one"]
    if any(entry.unscored for entry in entries):
        after.append("(1) behind runs: one of them had no score yet and counts as a random player")
    after += [*legend((entry.summary, "") for entry in entries if entry.summary), *marks(entries)]
    if form != "text":
        show([_timed_section(table) for table in tables], form, title="Leaderboard by time", after=lambda seen: after)
        return
    console = Console()
    for table in tables:
        section = _timed_section(table)
        _heading(console, section.title, *section.about)
        print_fitted(console, section.columns)
        rows = enumerate(table.entries, 1)
        drawn = {f"{place} {method_name(entry)}": entry.curve for place, entry in rows if len(entry.curve[0]) > 1}
        if drawn:
            first = dict(list(drawn.items())[: len(COLORS)])
            console.print(line_plot(first, width=min(console.width, 100), x_label="seconds"))
        _say(console, *(f"  {note}" for note in section.notes), "")
    _say(console, *after)


def _timed_section(table: TimedTable) -> Section:
    about = f"{table.benchmark.score.name} after {duration(table.seconds)} of training, selections included"
    notes = (*changes(table.entries), *table.notes)
    return Section(table.benchmark.id, _timed_columns(table), about=(about, f"protocol {table.protocol}"), notes=notes)


def _timed_columns(table: TimedTable) -> list[Column]:
    score, entries, goal = table.benchmark.score, table.entries, table.goal
    columns = [
        _places(entries),
        Column("method", _cells(entries, method_name), left=True, cut=True),
        *_course_columns(entries),
        Column(
            "runs",
            _cells(entries, lambda one: str(len(one.runs)) + (f" ({one.unscored})" if one.unscored else "")),
            common=True,
        ),
        Column("score", _cells(entries, lambda one: figure(one.summary.mean, score) if one.summary else "not yet")),
        Column("interval", _cells(entries, lambda one: interval(one.summary, digits(score)) if one.summary else ""), left=True),
    ]
    if goal is not None:
        soon = _cells(entries, lambda one: "" if one.seconds_to_goal is None else duration(one.seconds_to_goal))
        columns.append(Column("reached", _cells(entries, lambda one: f"{one.reached_goal} of {len(one.runs)}"), keep="wanted"))
        columns.append(Column(f"to {figure(goal, score)}", soon, keep="wanted"))
    each = _cells(entries, lambda one: each_run(one.summary, digits(score)) if one.summary else "")
    return [*columns, Column("each run", each, left=True, keep="extra")]


# Cells


def _cells(entries: Sequence[E | None], of: Callable[[E], str]) -> list[str]:
    """One text a row; none in the rows that are no entry."""
    return ["" if entry is None else of(entry) for entry in entries]


def _places(entries: Sequence[AnyEntry | None]) -> Column:
    places = iter(range(1, len(entries) + 1))
    return Column("#", _cells(entries, lambda _: str(next(places))))


def _course_columns(entries: Sequence[AnyEntry | None]) -> list[Column]:
    """Preset and budget, its unit in the heading where all have the same."""
    there = [entry for entry in entries if entry is not None]
    units = {entry.step_unit for entry in there}
    unit = units.pop() if len(units) == 1 else None

    def budget(entry: AnyEntry) -> str:
        if not entry.budget:
            return "none"
        steps = short(entry.budget) + ("" if unit else f" {entry.step_unit}")
        limit = _limit(entry)
        return steps if limit is None else f"{duration(limit)} ({steps})"

    return [
        Column("preset", _cells(entries, lambda one: _preset(one, there)), left=True, common=True),
        Column(unit or "budget", _cells(entries, budget)),
    ]


def _limit(entry: AnyEntry) -> float | None:
    return None if isinstance(entry, TimedEntry) else entry.time_limit


def _trained(entry: Entry) -> str:
    return short(entry.trained) if 0 < entry.trained < entry.budget else ""


def method_name(entry: AnyEntry) -> str:
    return entry.method + {RUN: "", SHIPPED: " +"}.get(entry.source, f" ({entry.source})")


def _preset(entry: AnyEntry, entries: Iterable[AnyEntry]) -> str:
    """The preset, with the number of what was changed on top of it."""
    numbers = {_key(changed): number for number, changed in enumerate(_changed(entries), 1)}
    return entry.preset + (f" ({numbers[_key(entry.changed)]})" if entry.changed else "")


def _changed(entries: Iterable[AnyEntry]) -> list[Mapping[str, Any]]:
    """The different sets of changed settings, in the order of the rows."""
    return list({_key(entry.changed): entry.changed for entry in entries if entry.changed}.values())


def changes(entries: Iterable[AnyEntry]) -> list[str]:
    found = enumerate(_changed(entries), 1)
    return [f"({number}) " + ", ".join(f"{name}={value}" for name, value in changed.items()) for number, changed in found]


def _key(changed: Mapping[str, Any]) -> str:
    return repr(sorted(changed.items()))


def share(normalised: float | None) -> str:
    return "" if normalised is None else f"{round(100 * normalised)} %"


def short(number: float) -> str:
    """``1M``, ``2.5M``, ``400k``, ``1,500``."""
    for limit, divisor, letter in ((1_000_000, 1_000_000, "M"), (10_000, 1_000, "k")):
        if number >= limit:
            return f"{number / divisor:,.4g}{letter}"
    return f"{number:,.0f}"


def _plain(value: float | None) -> str:
    """A figure beside the score."""
    return "" if value is None else f"{value:,.3f}" if abs(value) < 10 else f"{value:,.1f}"


def _span(one: Aggregate) -> str:
    return "" if one.low is None or one.high is None else f"{one.low:.2f} to {one.high:.2f}"


def figure(value: float, score: Score) -> str:
    """A score with the digits that its benchmark deserves."""
    return digits(score)(value)


# Lines around tables


def marks(entries: Sequence[AnyEntry]) -> list[str]:
    """What the marks in the rows of these entries mean."""
    found: list[str] = []
    if any(entry.source == SHIPPED for entry in entries):
        found.append("+ recorded, came with a plugin (--no-shipped leaves them out)")
    if any(_limit(entry) is not None for entry in entries):
        found.append("30:00 (4M): ended by a limit of 30 minutes, with schedules made for 4M")
    return found


def _heading(console: Console, name: str, *about: str) -> None:
    """A table's name and what it is about, on as few lines as they need."""
    lines, room = [name], console.width
    for text in about:
        if len(lines[-1]) + 2 + len(text) <= room:
            lines[-1] += f"  {text}"
        else:
            lines.append(f"  {text}")
    console.print(Text.assemble((name, "bold"), "\n".join(lines)[len(name) :]))


def _say(console: Console, *lines: str) -> None:
    for line in lines:
        console.print(Text(line, style="dim"))
