"""The SQLite file behind the results store, kept in step with the run folders by itself.

Every question first compares the folders with what is stored (two ``stat`` calls a run) and reads again those that have
changed, so a run that was killed, copied in or deleted by hand shows as it is. Where nothing can be written the index
lives in memory; a file that is damaged or of another version is built again.
"""

import os
import sqlite3
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

from lab_core.errors import LabError
from lab_core.files import encode_json
from lab_core.runs.run import Run, SavedEvaluation, run_folders

VERSION = 3
NAME = "lab.sqlite3"
_WAIT_SECONDS = 3.0
T = TypeVar("T")

_SCHEMA = """
CREATE TABLE runs (
    id TEXT PRIMARY KEY, stamp TEXT NOT NULL, task TEXT NOT NULL, method TEXT NOT NULL, plugin TEXT NOT NULL,
    preset TEXT NOT NULL, status TEXT NOT NULL, benchmark TEXT, higher_is_better INTEGER NOT NULL, default_protocol TEXT,
    seed INTEGER NOT NULL, device TEXT NOT NULL, precision TEXT NOT NULL, step INTEGER NOT NULL, step_unit TEXT NOT NULL,
    budget_steps INTEGER NOT NULL, budget_seconds REAL, wall_seconds REAL NOT NULL, processor TEXT NOT NULL,
    created TEXT NOT NULL, changed TEXT NOT NULL,
    best_score REAL, best_step INTEGER, error TEXT, score REAL, protocol TEXT);
CREATE TABLE evaluations (
    run TEXT NOT NULL REFERENCES runs(id) ON DELETE CASCADE, number INTEGER NOT NULL, benchmark TEXT NOT NULL,
    protocol TEXT NOT NULL, model TEXT NOT NULL, step INTEGER, seed INTEGER NOT NULL, unit TEXT NOT NULL,
    value REAL, mean REAL, count INTEGER NOT NULL, scores TEXT NOT NULL, settings TEXT NOT NULL, details TEXT NOT NULL,
    created TEXT NOT NULL, PRIMARY KEY (run, number));
CREATE INDEX runs_by_task ON runs(task, created);
CREATE INDEX evaluations_by_benchmark ON evaluations(benchmark, protocol);
"""
_PLAIN = (
    *("task", "method", "plugin", "preset", "status", "seed", "device", "precision", "step", "step_unit"),
    *("budget_steps", "budget_seconds", "wall_seconds", "best_score", "best_step", "error"),
)


class Index:
    """A connection to the index of one runs folder, opened when first asked. Never creates that folder."""

    def __init__(self, runs_dir: Path) -> None:
        self._path = runs_dir / NAME
        self._connection: sqlite3.Connection | None = None

    def ask(self, question: Callable[[sqlite3.Connection], T]) -> T:
        """Ask in one transaction. A damaged file is built again, one that can't be used is replaced by memory."""
        for attempt in range(3):
            try:
                connection = self._opened(in_memory=attempt == 2)
                with connection:
                    return question(connection)
            except sqlite3.DatabaseError as error:
                self.close()
                if attempt == 2:
                    raise LabError(f"The results store {self._path} can't be used: {error}.") from error
                if _is_damage(error):
                    self._delete()
        raise AssertionError

    def close(self) -> None:
        """Close the file; the next question opens it again."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _opened(self, *, in_memory: bool) -> sqlite3.Connection:
        if self._connection is None:
            folder = self._path.parent
            usable = not in_memory and folder.is_dir() and os.access(folder, os.W_OK)
            self._connection = sqlite3.connect(self._path if usable else ":memory:", timeout=_WAIT_SECONDS)
            with suppress(sqlite3.OperationalError):  # a file system without shared memory keeps SQLite's own journal
                self._connection.execute("PRAGMA journal_mode = WAL")
            self._connection.execute("PRAGMA synchronous = NORMAL")
            _make_tables(self._connection)
            self._connection.execute("PRAGMA foreign_keys = ON")
        return self._connection

    def _delete(self) -> None:
        for ending in ("", "-wal", "-shm"):
            with suppress(OSError):
                self._path.with_name(self._path.name + ending).unlink()


def _is_damage(error: sqlite3.DatabaseError) -> bool:
    """Whether the file itself is at fault: not SQLite, malformed, or other tables; not locked, full or read-only."""
    return not isinstance(error, sqlite3.OperationalError) or error.sqlite_errorcode == sqlite3.SQLITE_ERROR


def _version(connection: sqlite3.Connection) -> int:
    return connection.execute("PRAGMA user_version").fetchone()[0]


def _make_tables(connection: sqlite3.Connection) -> None:
    """Empty tables of this version where there are others or none; in one transaction, so that two processes don't meet."""
    if _version(connection) == VERSION:
        return
    connection.execute("BEGIN IMMEDIATE")
    with connection:
        if _version(connection) == VERSION:
            return
        found = connection.execute("SELECT type, name FROM sqlite_master WHERE type IN ('table', 'view')").fetchall()
        for kind, name in found:
            if not name.startswith("sqlite_"):
                connection.execute('DROP {} "{}"'.format(kind, name.replace('"', '""')))
        for statement in _SCHEMA.split(";"):
            connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {VERSION}")


def refresh(connection: sqlite3.Connection, runs_dir: Path) -> list[str]:
    """Bring the tables in step with the folders; returns one line for each folder that can't be read as a run."""
    stored: dict[str, str] = dict(connection.execute("SELECT id, stamp FROM runs"))
    problems: list[str] = []
    for folder in run_folders(runs_dir):
        run_id = run_id_of(folder)
        if stored.pop(run_id, None) != _stamp(folder):
            try:
                store_run(connection, run_id, folder)
            except LabError as error:
                problems.append(error.message)
                delete_runs(connection, [run_id])
    if stored:
        delete_runs(connection, stored)
    return problems


def store_run(connection: sqlite3.Connection, run_id: str, folder: Path) -> None:
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
        "processor": str(record.machine.get("processor", "")),
        "created": record.created.isoformat(timespec="microseconds"),
        "changed": encode_json(record.changed).decode(),
    }
    for name in _PLAIN:
        row[name] = getattr(record, name)
    delete_runs(connection, [run_id])
    connection.execute(
        f"INSERT INTO runs ({', '.join(row)}) VALUES ({', '.join(f':{name}' for name in row)})",
        row,
    )
    connection.executemany(
        f"INSERT INTO evaluations VALUES ({', '.join('?' * 15)})",
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
        encode_json(result.detail_means()).decode(),
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


def delete_runs(connection: sqlite3.Connection, run_ids: Iterable[str]) -> None:
    connection.executemany("DELETE FROM runs WHERE id = ?", [(run_id,) for run_id in run_ids])


def run_id_of(folder: Path) -> str:
    """The id of the run in a folder, by where it lies: a folder that was renamed goes by its new name."""
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
