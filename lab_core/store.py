"""The results store: SQLite beside the run folders. A cache, kept in step with them by itself.

Every question first compares the folders with what is stored (two ``stat`` calls a run) and reads again those that have
changed, so a run that was killed, copied in or deleted by hand shows as it is. Where nothing can be written the store
lives in memory; a file that is damaged or of another version is built again.
"""

import math
import os
import sqlite3
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from lab_core.errors import LabError
from lab_core.files import decode_json, encode_json
from lab_core.run import Run, SavedEvaluation, run_folders

VERSION = 1
NAME = "lab.sqlite3"
T = TypeVar("T")

_SCHEMA = """
CREATE TABLE runs (
    id TEXT PRIMARY KEY, stamp TEXT NOT NULL, task TEXT NOT NULL, method TEXT NOT NULL, plugin TEXT NOT NULL,
    preset TEXT NOT NULL, status TEXT NOT NULL, benchmark TEXT, higher_is_better INTEGER NOT NULL, default_protocol TEXT,
    seed INTEGER NOT NULL, device TEXT NOT NULL, precision TEXT NOT NULL, step INTEGER NOT NULL, step_unit TEXT NOT NULL,
    budget_steps INTEGER NOT NULL, wall_seconds REAL NOT NULL, created TEXT NOT NULL, changed TEXT NOT NULL,
    best_score REAL, best_step INTEGER, error TEXT, score REAL, protocol TEXT);
CREATE TABLE evaluations (
    run TEXT NOT NULL REFERENCES runs(id) ON DELETE CASCADE, number INTEGER NOT NULL, benchmark TEXT NOT NULL,
    protocol TEXT NOT NULL, model TEXT NOT NULL, step INTEGER, seed INTEGER NOT NULL, unit TEXT NOT NULL,
    value REAL, mean REAL, count INTEGER NOT NULL, scores TEXT NOT NULL, settings TEXT NOT NULL, created TEXT NOT NULL,
    PRIMARY KEY (run, number));
CREATE INDEX runs_by_task ON runs(task, created);
CREATE INDEX evaluations_by_benchmark ON evaluations(benchmark, protocol);
"""


class RunRow(msgspec.Struct, frozen=True, kw_only=True):
    """One run in a listing. ``score`` is what it reached under its benchmark's default ``protocol``, None before that.

    best_score  the selection score during training, on seeds that no reported score uses
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
    wall_seconds: float
    created: str
    changed: dict[str, Any]
    best_score: float | None
    best_step: int | None
    error: str | None
    score: float | None
    protocol: str | None


class EvaluationRow(msgspec.Struct, frozen=True, kw_only=True):
    """One evaluation with what the leaderboard needs to know of its run. ``mean`` is of ``scores``."""

    run: str
    task: str
    method: str
    preset: str
    budget_steps: int
    step_unit: str
    status: str
    changed: dict[str, Any]
    run_seed: int
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
    settings: dict[str, Any]
    created: str


class Report(msgspec.Struct, frozen=True):
    """What :meth:`Store.reindex` found. ``problems`` has one line for each folder that is no run or can't be read."""

    runs: int
    evaluations: int
    problems: list[str]


class Store:
    """The runs below ``runs_dir``, ready to be listed. Never creates that folder."""

    def __init__(self, runs_dir: Path) -> None:
        self.runs_dir = runs_dir
        self._connection: sqlite3.Connection | None = None

    def record(self, run: Run) -> None:
        """Store a run and its evaluations as they are now. Failing to is no error: the folders are what counts."""
        with suppress(LabError, OSError):
            self._ask(lambda connection: _store(connection, _id(self.runs_dir, run.folder), run.folder))

    def remove(self, run_id: str) -> None:
        """Forget a run."""
        self._ask(lambda connection: _delete(connection, [run_id]))

    def runs(self, task: str | None = None, status: str | None = None) -> list[RunRow]:
        """Runs, newest first."""
        rows = self._rows(
            f"SELECT {', '.join(RunRow.__struct_fields__)} FROM runs WHERE (?1 IS NULL OR task = ?1)"
            " AND (?2 IS NULL OR status = ?2) ORDER BY created DESC, id DESC",
            task,
            status,
        )
        return [_row(RunRow, row, coded=("changed",)) for row in rows]

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
            "SELECT step, wall_seconds FROM runs WHERE task = ? AND preset = ? AND step > 0 AND wall_seconds > 0"
            " ORDER BY created DESC LIMIT 1",
            task,
            preset,
        )
        return rows[0]["step"] / rows[0]["wall_seconds"] if rows else None

    def evaluations(
        self, benchmark: str | None = None, protocol: str | None = None, run: str | None = None
    ) -> list[EvaluationRow]:
        """Evaluations, oldest first, of one benchmark, protocol or run where given."""
        rows = self._rows(
            "SELECT e.run, r.task, r.method, r.preset, r.budget_steps, r.step_unit, r.status, r.changed, r.seed AS run_seed,"
            " e.benchmark, e.protocol, e.model, e.step, e.seed, e.unit, e.value, e.mean, e.count, e.scores, e.settings, e.created"
            " FROM evaluations e JOIN runs r ON r.id = e.run WHERE (?1 IS NULL OR e.benchmark = ?1)"
            " AND (?2 IS NULL OR e.protocol = ?2) AND (?3 IS NULL OR e.run = ?3) ORDER BY e.created, e.run, e.number",
            benchmark,
            protocol,
            run,
        )
        return [_row(EvaluationRow, row, coded=("changed", "scores", "settings")) for row in rows]

    def reindex(self) -> Report:
        """Build the store again from the folders."""

        def rebuild(connection: sqlite3.Connection) -> Report:
            connection.execute("DELETE FROM runs")
            problems = _refresh(connection, self.runs_dir)
            counts = [connection.execute(f"SELECT COUNT(*) FROM {table}").fetchone()[0] for table in ("runs", "evaluations")]
            return Report(counts[0], counts[1], problems)

        return self._ask(rebuild)

    def close(self) -> None:
        """Close the file; the next question opens it again."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _best(self, task: str | None, benchmark: str | None) -> dict[str, tuple[float, str]]:
        rows = self._rows(
            "SELECT task, benchmark, score, id, higher_is_better FROM runs WHERE score IS NOT NULL"
            " AND (?1 IS NULL OR task = ?1) AND (?2 IS NULL OR benchmark = ?2) ORDER BY created DESC, id DESC",
            task,
            benchmark,
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

    def _rows(self, question: str, *values: Any) -> list[dict[str, Any]]:
        def answer(connection: sqlite3.Connection) -> list[dict[str, Any]]:
            _refresh(connection, self.runs_dir)
            cursor = connection.execute(question, values)
            names = [column[0] for column in cursor.description]
            return [dict(zip(names, row, strict=True)) for row in cursor]

        return self._ask(answer)

    def _ask(self, question: Callable[[sqlite3.Connection], T]) -> T:
        """Ask in one transaction. A damaged file is built again, an unwritable one replaced by memory."""
        for attempt in range(3):
            connection = self._opened(in_memory=attempt == 2)
            try:
                with connection:
                    return question(connection)
            except sqlite3.DatabaseError as error:
                self.close()
                if attempt == 2:
                    raise LabError(f"The results store {self.runs_dir / NAME} can't be used: {error}.") from error
                if not isinstance(error, sqlite3.OperationalError):
                    self._delete_file()
        raise AssertionError

    def _opened(self, *, in_memory: bool) -> sqlite3.Connection:
        if self._connection is None:
            path = self.runs_dir / NAME
            usable = not in_memory and self.runs_dir.is_dir() and os.access(self.runs_dir, os.W_OK)
            self._connection = (_open(path) if usable else None) or _open_memory()
        return self._connection

    def _delete_file(self) -> None:
        for ending in ("", "-wal", "-shm"):
            with suppress(OSError):
                (self.runs_dir / f"{NAME}{ending}").unlink()


def _open(path: Path) -> sqlite3.Connection | None:
    """The database in a file, emptied where it is of another version or damaged; None where that can't be."""
    try:
        connection = sqlite3.connect(path, timeout=10.0)
    except sqlite3.Error:
        return None
    try:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute("PRAGMA foreign_keys = ON")
        if connection.execute("PRAGMA user_version").fetchone()[0] != VERSION:
            _make(connection)
        return connection
    except sqlite3.Error:
        connection.close()
    for ending in ("", "-wal", "-shm"):
        with suppress(OSError):
            path.with_name(path.name + ending).unlink()
    return None


def _open_memory() -> sqlite3.Connection:
    connection = sqlite3.connect(":memory:")
    connection.execute("PRAGMA foreign_keys = ON")
    _make(connection)
    return connection


def _make(connection: sqlite3.Connection) -> None:
    """Empty tables of this version, whatever was there before; one transaction, so that two processes don't meet."""
    connection.execute("PRAGMA foreign_keys = OFF")
    connection.execute("BEGIN IMMEDIATE")
    with connection:
        for kind, name in connection.execute(
            "SELECT type, name FROM sqlite_master WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite_%'"
        ).fetchall():
            connection.execute(f'DROP {kind} "{name}"')
        for statement in _SCHEMA.split(";"):
            connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {VERSION}")
    connection.execute("PRAGMA foreign_keys = ON")


def _refresh(connection: sqlite3.Connection, runs_dir: Path) -> list[str]:
    """Bring the tables in step with the folders; returns one line for each folder that can't be read as a run."""
    stored: dict[str, str] = dict(connection.execute("SELECT id, stamp FROM runs"))
    problems: list[str] = []
    for folder in run_folders(runs_dir):
        run_id = _id(runs_dir, folder)
        if stored.pop(run_id, None) != _stamp(folder):
            try:
                _store(connection, run_id, folder)
            except LabError as error:
                problems.append(error.message)
                _delete(connection, [run_id])
    if stored:
        _delete(connection, stored)
    return problems


def _store(connection: sqlite3.Connection, run_id: str, folder: Path) -> None:
    stamp = _stamp(folder)  # before reading: what changes meanwhile is read again next time
    run = Run.open(folder)
    record, benchmark = run.record, run.record.benchmark or {}
    evaluations = run.saved_evaluations()
    protocol = benchmark.get("default_protocol")
    chosen = _reported(evaluations, benchmark.get("id"), protocol)
    row = {
        "id": run_id,
        "stamp": stamp,
        "higher_is_better": bool(benchmark.get("score", {}).get("higher_is_better", True)),
        "default_protocol": protocol,
        "benchmark": benchmark.get("id"),
        "score": None if chosen is None else chosen.evaluation.value,
        "protocol": None if chosen is None else chosen.evaluation.protocol,
        "created": record.created.isoformat(timespec="microseconds"),
        "changed": encode_json(record.changed).decode(),
    }
    for name in RunRow.__struct_fields__:
        row.setdefault(name, getattr(record, name, None))
    _delete(connection, [run_id])
    connection.execute(
        f"INSERT INTO runs ({', '.join(row)}) VALUES ({', '.join(f':{name}' for name in row)})",
        row,
    )
    connection.executemany(
        f"INSERT INTO evaluations VALUES ({', '.join('?' * 14)})",
        [_evaluation(run_id, number, saved) for number, saved in enumerate(evaluations)],
    )


def _evaluation(run_id: str, number: int, saved: SavedEvaluation) -> tuple[Any, ...]:
    result = saved.evaluation
    mean = sum(result.scores) / len(result.scores) if result.scores else result.value
    return (
        run_id,
        number,
        result.benchmark,
        result.protocol,
        saved.model,
        saved.step,
        result.seed,
        result.unit,
        result.value,
        mean,
        len(result.scores),
        encode_json(list(result.scores)).decode(),
        encode_json(dict(result.settings)).decode(),
        saved.created.isoformat(timespec="microseconds"),
    )


def _reported(evaluations: Iterable[SavedEvaluation], benchmark: str | None, protocol: str | None) -> SavedEvaluation | None:
    """The evaluation that stands for a run: of its best model, under the default protocol, with the most units, the newest."""
    found = [
        saved
        for saved in evaluations
        if saved.model == "best" and saved.evaluation.benchmark == benchmark and saved.evaluation.protocol == protocol
    ]
    return max(found, key=lambda saved: (len(saved.evaluation.scores), saved.created), default=None)


def _delete(connection: sqlite3.Connection, run_ids: Iterable[str]) -> None:
    connection.executemany("DELETE FROM runs WHERE id = ?", [(run_id,) for run_id in run_ids])


def _id(runs_dir: Path, folder: Path) -> str:
    return f"{folder.parent.name}/{folder.name}"


def _stamp(folder: Path) -> str:
    """Changes whenever ``run.json`` is replaced or an evaluation is added."""
    parts: list[str] = []
    for name in ("run.json", "evaluations"):
        try:
            found = os.stat(folder / name)
            parts.append(f"{found.st_mtime_ns}:{found.st_ino}:{found.st_size}")
        except OSError:
            parts.append("-")
    return " ".join(parts)


def _row(kind: type[T], row: dict[str, Any], *, coded: tuple[str, ...]) -> T:
    values = {name: math.nan if value is None and name in ("value", "mean") else value for name, value in row.items()}
    values.update((name, decode_json(row[name])) for name in coded)
    return msgspec.convert(values, kind, strict=False)
