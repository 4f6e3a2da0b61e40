"""How soon is it good? Scores against the wall time of training, from the selections that each run recorded.

A run's score at a time is that of its newest selection by then: the score of the model as it was, on seeds that no reported
score uses, with the time that selecting took counted. The best selection so far would flatter whoever selects oftener. From its
end on a run counts with its reported score.
"""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from lab_app.results import charts
from lab_app.results.courses import Course
from lab_app.results.results import RUN
from lab_app.results.summary import Summary, summarise
from lab_core.benchmark import Benchmark
from lab_core.errors import UsageError

_POINTS = 120
_Curve = tuple[tuple[float, ...], tuple[float, ...]]


class TimedEntry(msgspec.Struct, frozen=True, kw_only=True):
    """A row: a method, preset and budget at a time of training.

    summary       of the scores at that time; None where a run has none yet and the benchmark no random anchor
    unscored      runs without a score by then; they count as a random player
    reached_goal  runs that had once reached the goal by then; ``seconds_to_goal`` is the median run's time, None if it didn't
    curve         (seconds, mean score over the runs)
    """

    method: str
    preset: str
    budget: int
    step_unit: str
    changed: Mapping[str, Any]
    source: str
    runs: tuple[str, ...]
    summary: Summary | None
    unscored: int
    reached_goal: int
    seconds_to_goal: float | None
    curve: _Curve


class TimedTable(msgspec.Struct, frozen=True, kw_only=True):
    """One benchmark after ``seconds`` of training. ``goal`` is what counts as good, else the reference."""

    benchmark: Benchmark
    protocol: str
    seconds: float
    goal: float | None
    entries: tuple[TimedEntry, ...]
    notes: tuple[str, ...] = ()


def within(
    courses: Iterable[Course], benchmarks: Mapping[str, Benchmark], seconds: float, *, everything: bool = False
) -> list[TimedTable]:
    """Tables of scores after ``seconds`` of training, one a benchmark, best first.

    Completed runs count, and others that have been trained for so long; runs changed by --set only with ``everything``.
    """
    by_benchmark: dict[str, list[Course]] = {}
    for course in courses:
        by_benchmark.setdefault(course.benchmark, []).append(course)
    return [_table(benchmarks[name], by_benchmark[name], seconds, everything) for name in sorted(by_benchmark)]


def _table(benchmark: Benchmark, courses: Sequence[Course], seconds: float, everything: bool) -> TimedTable:
    score = benchmark.score
    notes: list[str] = []
    groups: dict[tuple[Any, ...], list[Course]] = {}
    dropped: dict[str, int] = {}
    for course in courses:
        group = groups.setdefault(_key(course, seconds), [])
        reason = _unfit(course, seconds, everything)
        if reason is None and any(course.repeats(other) for other in group):
            reason = "with the seed and scores of another"
        if reason:
            dropped[reason] = dropped.get(reason, 0) + 1
        else:
            group.append(course)
    notes += [f"left out: {count} {'run' if count == 1 else 'runs'} {reason}" for reason, count in dropped.items()]
    processors = {course.processor or "unknown" for group in groups.values() for course in group}
    if len(processors) > 1:
        notes.append(f"measured on different processors, so the times can't be compared: {', '.join(sorted(processors))}")
    goal = score.good if score.good is not None else score.reference
    entries = [_entry(group, benchmark, seconds, goal) for group in groups.values() if group]
    sign = -1 if score.higher_is_better else 1
    entries.sort(key=lambda entry: (entry.summary is None, sign * entry.summary.mean if entry.summary else 0.0))
    return TimedTable(
        benchmark=benchmark,
        protocol=benchmark.default_protocol,
        seconds=seconds,
        goal=goal,
        entries=tuple(entries),
        notes=tuple(notes),
    )


def _unfit(course: Course, seconds: float, everything: bool) -> str | None:
    if course.ended is None and course.reached < seconds:
        return "that stopped earlier without being completed"
    if not course.scores and course.reported is None:
        return "without any score"
    if course.changed and not everything:
        return "changed by --set (shown with --all)"
    return None


def _key(course: Course, seconds: float) -> tuple[Any, ...]:
    changed = tuple(sorted((name, repr(value)) for name, value in course.changed.items()))
    limit = course.time_limit if course.time_limit is not None and course.time_limit < seconds else None
    return course.method, course.preset, course.budget, course.step_unit, course.source, limit, changed


def _entry(group: Sequence[Course], benchmark: Benchmark, seconds: float, goal: float | None) -> TimedEntry:
    score = benchmark.score
    first = group[0]
    found = [course.at(seconds) for course in group]
    values = [score.random if value is None else value for value in found]
    known = [value for value in values if value is not None]
    times = [course.first(goal, score) for course in group] if goal is not None else []
    soon = sorted(time for time in times if time is not None and time <= seconds)
    middle = (len(group) - 1) // 2  # the lower median where there are two: a run that really was
    return TimedEntry(
        method=first.method,
        preset=first.preset,
        budget=first.budget,
        step_unit=first.step_unit,
        changed=first.changed,
        source=first.source,
        runs=tuple(course.run for course in group),
        summary=summarise([[value] for value in known]) if len(known) == len(group) else None,
        unscored=found.count(None),
        reached_goal=len(soon),
        seconds_to_goal=soon[middle] if len(soon) > middle else None,
        curve=_mean_curve(group, seconds, score.random),
    )


def _mean_curve(group: Sequence[Course], seconds: float, random: float | None) -> _Curve:
    """Mean score over runs on an even grid of times, from where every run has one."""
    grid = np.linspace(0.0, seconds, _POINTS).tolist()
    rows = [[course.at(when) for course in group] for when in grid]
    filled = [[random if value is None else value for value in row] for row in rows]
    points = [(when, row) for when, row in zip(grid, filled, strict=True) if None not in row]
    means = tuple(float(np.mean(np.asarray(row, dtype=np.float64))) for _, row in points)
    return tuple(when for when, _ in points), means


def save_curves(path: Path, tables: Sequence[TimedTable]) -> None:
    """Mean scores against minutes of training, one panel for the first benchmark; raises UsageError without a curve."""
    charts.check_path(path)
    table = next((table for table in tables if any(entry.curve[0] for entry in table.entries)), None)
    if table is None:
        raise UsageError("No run has recorded selections, so there is no curve to draw.")
    figure, axes = charts.new_figure()
    for entry in table.entries:
        name = f"{entry.method} {entry.preset}, {len(entry.runs)} {'run' if len(entry.runs) == 1 else 'runs'}"
        name += "" if entry.source == RUN else f" ({entry.source})"
        axes.plot([when / 60 for when in entry.curve[0]], entry.curve[1], label=name, drawstyle="steps-post")
    if table.goal is not None:
        axes.axhline(table.goal, color="grey", linewidth=0.8, linestyle="--")
    axes.set(xlabel="minutes of training, selections included", ylabel=table.benchmark.score.name)
    axes.set_title(f"{table.benchmark.id}, protocol {table.protocol}", fontsize=10)
    axes.legend(frameon=False)
    charts.write_figure(figure, path)
