"""How the score of each run rose with the wall time of its training: from run folders, and from the records that plugins ship."""

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from lab_app.records.publish import SELECTION
from lab_app.records.record import RecordedRun
from lab_app.records.shipped import ShippedFile, results_of
from lab_app.results.results import RUN, SHIPPED, Result, comparable, find_benchmark, naming_fields, run_scores, stored_results
from lab_app.runs.store import RunRow, Store, time_limit
from lab_core.benchmark import Benchmark
from lab_core.errors import LabError
from lab_core.registry.registry import Registry
from lab_core.runs.run import Run
from lab_core.score import Score


class Course(msgspec.Struct, frozen=True, kw_only=True):
    """How the score of one run rose, under its benchmark's default protocol.

    seconds, scores   wall seconds and score of each selection
    ended, reported   wall seconds at its end and the score reported then; None where it isn't completed or scored
    reached           wall seconds up to which it was trained
    time_limit        the time limit that ended it, if one did
    seed              of the training, None where it isn't known
    """

    run: str
    task: str = ""
    method: str
    preset: str
    budget: int
    step_unit: str
    benchmark: str
    protocol: str
    changed: Mapping[str, Any] = {}
    processor: str = ""
    source: str = RUN
    seconds: tuple[float, ...] = ()
    scores: tuple[float, ...] = ()
    reached: float = 0.0
    ended: float | None = None
    reported: float | None = None
    time_limit: float | None = None
    seed: int | None = None

    def at(self, seconds: float) -> float | None:
        """The score at a time of training; None before the first one."""
        if self.ended is not None and self.reported is not None and seconds >= self.ended:
            return self.reported
        known = [score for when, score in zip(self.seconds, self.scores, strict=True) if when <= seconds]
        return known[-1] if known else None

    def repeats(self, other: "Course") -> bool:
        """Whether it is the same training again: the same task, settings and seed, and every score the same."""

        def identity(course: Course) -> tuple[Any, ...]:
            changed = sorted((name, repr(value)) for name, value in course.changed.items())
            return course.task, course.preset, course.budget, changed, course.seed, course.scores, course.reported

        scored = bool(self.scores) or self.reported is not None
        return scored and self.seed is not None and identity(self) == identity(other)

    def first(self, goal: float, score: Score) -> float | None:
        """Wall seconds at which a score first reached ``goal``, to the digits that the score is shown with; None if none did."""
        moments = [*zip(self.seconds, self.scores, strict=True)]
        if self.ended is not None and self.reported is not None:
            moments.append((self.ended, self.reported))
        wanted = round(goal, score.digits)
        return next((when for when, value in moments if not score.better(wanted, round(value, score.digits))), None)


def stored_courses(store: Store, registry: Registry, *, benchmark: str | None = None) -> list[Course]:
    """The courses of a store's runs, oldest first; of runs scored by rules that their benchmark no longer has, none."""
    reported: dict[str, list[Result]] = {}
    for result in stored_results(store, registry, benchmark=benchmark):
        reported.setdefault(result.run, []).append(result)
    found: list[Course] = []
    for row in reversed(store.runs()):
        if row.benchmark is None or benchmark not in (None, row.benchmark):
            continue
        try:
            course = _stored(row, store, registry, reported.get(row.id, []))
        except LabError:  # removed or damaged since it was listed
            continue
        if course is not None:
            found.append(course)
    return found


def shipped_courses(files: Iterable[ShippedFile], registry: Registry, *, benchmark: str | None = None) -> list[Course]:
    """The courses of the runs that plugins ship."""
    courses = [_shipped(run, registry) for file in files for run in file.runs]
    return [course for course in courses if course is not None and benchmark in (None, course.benchmark)]


def _stored(row: RunRow, store: Store, registry: Registry, results: list[Result]) -> Course | None:
    assert row.benchmark is not None
    run = Run.open(store.runs_dir / row.id)
    benchmark = find_benchmark(row.benchmark, row.default_protocol or "", registry)
    protocols: Mapping[str, Any] = (run.record.benchmark or {}).get("protocols", {})
    then = protocols.get(row.default_protocol or "", {})
    if row.default_protocol != benchmark.default_protocol or not comparable(then, benchmark, benchmark.default_protocol):
        return None
    lines = [line for line in run.metrics.read() if SELECTION in line]
    naming = naming_fields(row.task, registry)
    completed = row.status == "completed"
    return Course(
        run=row.id,
        task=row.task,
        method=row.method,
        preset=row.preset,
        budget=row.budget_steps,
        step_unit=row.step_unit,
        benchmark=row.benchmark,
        protocol=benchmark.default_protocol,
        changed={name: value for name, value in row.changed.items() if name not in naming},
        processor=row.processor,
        seconds=tuple(float(line["wall_seconds"]) for line in lines),
        scores=tuple(float(line[SELECTION]) for line in lines),
        reached=row.wall_seconds,
        ended=row.wall_seconds if completed else None,
        reported=_reported(results, benchmark) if completed else None,
        time_limit=row.time_limit,
        seed=row.seed,
    )


def _shipped(run: RecordedRun, registry: Registry) -> Course | None:
    every = results_of(run, registry)
    if not every:
        return None
    benchmark = find_benchmark(every[-1].benchmark, every[-1].protocol, registry)
    protocol = benchmark.default_protocol
    results = [one for one in every if one.protocol == protocol and comparable(one.settings, benchmark, protocol)]
    if not results:
        return None
    first, selections = results[0], run.selections()
    return Course(
        run=run.name,
        task=run.task,
        method=run.method,
        preset=run.preset,
        budget=run.budget,
        step_unit=run.step_unit,
        benchmark=benchmark.id,
        protocol=protocol,
        changed=first.changed,
        processor=first.processor,
        source=SHIPPED,
        seconds=tuple(when for _, when, _ in selections),
        scores=tuple(score for _, _, score in selections),
        reached=run.wall_seconds,
        ended=run.wall_seconds,
        reported=_reported(results, benchmark),
        time_limit=time_limit(run.step, run.budget, run.wall_seconds, run.budget_seconds),
        seed=run.seed,
    )


def _reported(results: list[Result], benchmark: Benchmark) -> float | None:
    under_default = (result for result in results if result.protocol == benchmark.default_protocol)
    scored = run_scores(under_default, benchmark)
    return next((score.value for score in scored.values()), None)
