"""The results store: every run below a runs folder, ready to be listed. A cache of the folders; see ``store_index``."""

import math
import sqlite3
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from lab_app.runs.store_index import Index, delete_runs, refresh, run_id_of, store_run
from lab_core.errors import LabError
from lab_core.files import decode_json
from lab_core.runs.run import UNDER_WAY, Run

T = TypeVar("T")
_EMPTY: dict[str, Callable[[], Any]] = {"{}": dict, "[]": list, "null": lambda: None}  # the commonest texts
_CODED = ("changed", "scores", "statistics", "interval", "settings", "details")  # of an evaluation, as JSON


def time_limit(step: int, budget_steps: int, wall_seconds: float, budget_seconds: float | None) -> float | None:
    """The time limit that ended a run: None without one, and where steps, score or task ended it within its time."""
    return budget_seconds if budget_seconds is not None and step < budget_steps and wall_seconds >= budget_seconds else None


class RunRow(msgspec.Struct, frozen=True, kw_only=True):
    """One run in a listing. ``score`` is what it reached under its benchmark's default ``protocol``, None before that.

    status      its :attr:`Run.state`
    best_score  the selection score during training, on seeds that no reported score uses
    budget_seconds  the time limit that it was given, if any
    created     ISO 8601 in UTC
    """

    id: str
    task: str
    method: str
    plugin: str
    preset: str
    status: str
    benchmark: str | None
    higher_is_better: bool
    default_protocol: str | None
    seed: int
    device: str
    precision: str
    step: int
    step_unit: str
    budget_steps: int
    budget_seconds: float | None
    wall_seconds: float
    processor: str
    created: str
    changed: dict[str, Any]
    best_score: float | None
    best_step: int | None
    error: str | None
    score: float | None
    protocol: str | None

    @property
    def time_limit(self) -> float | None:
        """The time limit that ended the run before its steps were used up."""
        return time_limit(self.step, self.budget_steps, self.wall_seconds, self.budget_seconds)


class EvaluationRow(msgspec.Struct, frozen=True, kw_only=True):
    """One evaluation with what the leaderboard needs to know of its run. ``mean`` is of ``scores``, ``details`` are means too.

    trained, wall_seconds, budget_seconds, processor are the run's, as in :class:`RunRow`; ``step`` is the scored model's.
    """

    run: str
    task: str
    method: str
    preset: str
    budget_steps: int
    step_unit: str
    status: str
    changed: dict[str, Any]
    run_seed: int
    trained: int
    wall_seconds: float
    budget_seconds: float | None
    processor: str
    benchmark: str
    protocol: str
    model: str
    step: int | None
    seed: int
    unit: str
    value: float
    mean: float
    count: int
    scores: list[float]
    statistics: list[list[float]]
    interval: tuple[float, float] | None
    settings: dict[str, Any]
    details: dict[str, float]
    created: str

    @property
    def time_limit(self) -> float | None:
        """The time limit that ended the run before its steps were used up."""
        return time_limit(self.trained, self.budget_steps, self.wall_seconds, self.budget_seconds)


class Report(msgspec.Struct, frozen=True):
    """What :meth:`Store.reindex` found. ``problems`` has one line for each folder that is no run or can't be read."""

    runs: int
    evaluations: int
    problems: list[str]


class Store:
    """The runs below ``runs_dir``, ready to be listed. Never creates that folder."""

    def __init__(self, runs_dir: Path) -> None:
        self.runs_dir = runs_dir
        self._index = Index(runs_dir)

    def record(self, run: Run) -> None:
        """Store a run and its evaluations as they are now. Failing to is no error: the folders are what counts."""
        with suppress(LabError, OSError):
            self._index.ask(lambda connection: store_run(connection, run_id_of(run.folder), run.folder))

    def remove(self, run_id: str) -> None:
        """Forget a run."""
        self._index.ask(lambda connection: delete_runs(connection, [run_id]))

    def runs(self, task: str | None = None, status: str | None = None) -> list[RunRow]:
        """Runs, newest first; ``status`` is a :data:`lab_core.runs.run.State`."""
        rows = self._rows(
            f"SELECT {', '.join(RunRow.__struct_fields__)} FROM runs WHERE (:task IS NULL OR task = :task)"
            " AND (:status IS NULL OR status = :status OR (:status = 'killed' AND status IN ('created', 'running')))"
            " ORDER BY created DESC, id DESC",
            task=task,
            status=status,
        )
        found = [_row(RunRow, self._now(row, "id"), coded=("changed",)) for row in rows]
        return [row for row in found if status in (None, row.status)]

    def best(self, task: str, *, benchmark: str | None = None) -> tuple[float, str] | None:
        """Score and run id of the best run of a task under the default protocol; None where none is scored.

        Where a task's runs are on several benchmarks, ``benchmark`` says which; the newest scored run's by default.
        """
        return self._best(task, benchmark).get(task)

    def best_scores(self) -> dict[str, tuple[float, str]]:
        """:meth:`best` of every task that has a scored run."""
        return self._best(None, None)

    def rate(self, task: str, preset: str) -> float | None:
        """Steps a second of the newest run of a task and preset; None where there is none that trained."""
        rows = self._rows(
            "SELECT step, wall_seconds FROM runs WHERE task = :task AND preset = :preset AND step > 0 AND wall_seconds > 0"
            " ORDER BY created DESC LIMIT 1",
            task=task,
            preset=preset,
        )
        return rows[0]["step"] / rows[0]["wall_seconds"] if rows else None

    def evaluations(
        self, benchmark: str | None = None, protocol: str | None = None, run: str | None = None
    ) -> list[EvaluationRow]:
        """Evaluations, oldest first, of one benchmark, protocol or run where given."""
        rows = self._rows(
            "SELECT e.run, r.task, r.method, r.preset, r.budget_steps, r.step_unit, r.status, r.changed, r.seed AS run_seed,"
            " r.step AS trained, r.wall_seconds, r.budget_seconds, r.processor,"
            " e.benchmark, e.protocol, e.model, e.step, e.seed, e.unit, e.value, e.mean, e.count, e.scores, e.statistics,"
            " e.interval, e.settings, e.details, e.created"
            " FROM evaluations e JOIN runs r ON r.id = e.run WHERE (:benchmark IS NULL OR e.benchmark = :benchmark)"
            " AND (:protocol IS NULL OR e.protocol = :protocol) AND (:run IS NULL OR e.run = :run)"
            " ORDER BY e.created, e.run, e.number",
            "evaluations",
            benchmark=benchmark,
            protocol=protocol,
            run=run,
        )
        return [_row(EvaluationRow, self._now(row, "run"), coded=_CODED) for row in rows]

    def reindex(self) -> Report:
        """Build the store again from the folders."""

        def rebuild(connection: sqlite3.Connection) -> Report:
            connection.execute("DELETE FROM runs")
            problems = refresh(connection, self.runs_dir)
            counts = [connection.execute(f"SELECT COUNT(*) FROM {table}").fetchone()[0] for table in ("runs", "evaluations")]
            return Report(counts[0], counts[1], problems)

        return self._index.ask(rebuild)

    def close(self) -> None:
        """Close the file; the next question opens it again."""
        self._index.close()

    def _now(self, row: dict[str, Any], run_id: str) -> dict[str, Any]:
        """The row with the run's state: that a process was killed is written nowhere."""
        if row["status"] in UNDER_WAY:
            with suppress(LabError):  # removed since
                row["status"] = Run.open(self.runs_dir / row[run_id]).state
        return row

    def _best(self, task: str | None, benchmark: str | None) -> dict[str, tuple[float, str]]:
        rows = self._rows(
            "SELECT task, benchmark, score, id, higher_is_better FROM runs WHERE score IS NOT NULL"
            " AND (:task IS NULL OR task = :task) AND (:benchmark IS NULL OR benchmark = :benchmark)"
            " ORDER BY created DESC, id DESC",
            task=task,
            benchmark=benchmark,
        )
        newest: dict[str, str] = {}
        best: dict[str, tuple[float, str]] = {}
        for row in rows:
            if newest.setdefault(row["task"], row["benchmark"]) != row["benchmark"]:
                continue
            earlier = best.get(row["task"])
            better = earlier is None or (row["score"] > earlier[0] if row["higher_is_better"] else row["score"] < earlier[0])
            if better:
                best[row["task"]] = (row["score"], row["id"])
        return best

    def _rows(self, question: str, *tables: str, **values: Any) -> list[dict[str, Any]]:
        def answer(connection: sqlite3.Connection) -> list[dict[str, Any]]:
            refresh(connection, self.runs_dir)
            cursor = connection.execute(question, values)
            names = [column[0] for column in cursor.description]
            return [dict(zip(names, row, strict=True)) for row in cursor]

        return self._index.ask(answer, *tables)


def _row(kind: type[T], row: dict[str, Any], *, coded: tuple[str, ...]) -> T:
    for name in ("value", "mean"):
        if name in row and row[name] is None:
            row[name] = math.nan
    for name in coded:
        text = row[name]
        row[name] = _EMPTY[text]() if text in _EMPTY else decode_json(text)
    return msgspec.convert(row, kind, strict=False)
