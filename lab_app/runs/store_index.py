"""The SQLite file behind the results store, kept in step with the run folders by itself.

Every question first compares the folders with what is stored (two ``stat`` calls a run) and reads again those that have
changed, so a run that was killed, copied in or deleted by hand shows as it is. Where nothing can be written the index
lives in memory; a file that is damaged or of another version is built again. Each row has a checksum, so that damage inside a
value shows, too: the rows of a table are compared with theirs before the first question about it. A file that isn't the lab's
own is never touched.
"""

import os
import sqlite3
import stat
import zlib
from collections.abc import Callable, Iterable, Mapping
from contextlib import closing, suppress
from functools import cache
from pathlib import Path
from typing import Any, TypeVar, cast

from lab_app.runs.folders import run_ids
from lab_core.errors import LabError, printable
from lab_core.files import encode_json
from lab_core.runs.run import Run, SavedEvaluation

VERSION = 6
APPLICATION = 0x4C414252  # SQLite's application_id of our files
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
    best_score REAL, best_step INTEGER, error TEXT, score REAL, protocol TEXT, sum INTEGER NOT NULL);
CREATE TABLE evaluations (
    run TEXT NOT NULL REFERENCES runs(id) ON DELETE CASCADE, number INTEGER NOT NULL, benchmark TEXT NOT NULL,
    protocol TEXT NOT NULL, model TEXT NOT NULL, step INTEGER, seed INTEGER NOT NULL, unit TEXT NOT NULL,
    value REAL, mean REAL, count INTEGER NOT NULL, scores TEXT NOT NULL, statistics TEXT NOT NULL, interval TEXT NOT NULL,
    settings TEXT NOT NULL, details TEXT NOT NULL, created TEXT NOT NULL, sum INTEGER NOT NULL, PRIMARY KEY (run, number));
CREATE INDEX runs_by_task ON runs(task, created);
CREATE INDEX evaluations_by_benchmark ON evaluations(benchmark, protocol);
"""
_PLAIN = (
    *("task", "method", "plugin", "preset", "status", "seed", "device", "precision", "step", "step_unit"),
    *("budget_steps", "budget_seconds", "wall_seconds", "best_score", "best_step", "error"),
)

_COLUMNS = (  # of the table runs, in its order, without the checksum
    *("id", "stamp", "task", "method", "plugin", "preset", "status", "benchmark", "higher_is_better", "default_protocol"),
    *("seed", "device", "precision", "step", "step_unit", "budget_steps", "budget_seconds", "wall_seconds", "processor"),
    *("created", "changed", "best_score", "best_step", "error", "score", "protocol"),
)


class Index:
    """A connection to the index of one runs folder, opened when first asked. Never creates that folder."""

    def __init__(self, runs_dir: Path) -> None:
        self._path = runs_dir / NAME
        self._connection: sqlite3.Connection | None = None
        self._checked: set[str] = set()

    def ask(self, question: Callable[[sqlite3.Connection], T], *tables: str) -> T:
        """Ask in one transaction, about these tables. A damaged file is built again; memory replaces one that can't be used."""
        for attempt in range(3):
            try:
                connection = self._opened(in_memory=attempt == 2)
                for table in ("runs", *tables):
                    if table not in self._checked:
                        _check_rows(connection, table)
                        self._checked.add(table)
                with connection:
                    return question(connection)
            except (sqlite3.Error, OverflowError, ValueError, TypeError) as error:  # what damaged values raise, too
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
        self._checked.clear()

    def _opened(self, *, in_memory: bool) -> sqlite3.Connection:
        if self._connection is None:
            folder = self._path.parent
            usable = not in_memory and folder.is_dir() and os.access(folder, os.W_OK) and _is_ours(self._path)
            self._connection = sqlite3.connect(self._path if usable else ":memory:", timeout=_WAIT_SECONDS)
            if usable and not _size(self._path):  # before WAL, so that it stands in the file itself from the start
                self._connection.execute(f"PRAGMA application_id = {APPLICATION}")
            with suppress(sqlite3.OperationalError):  # a file system without shared memory keeps SQLite's own journal
                self._connection.execute("PRAGMA journal_mode = WAL")
            self._connection.execute("PRAGMA synchronous = NORMAL")
            _make_tables(self._connection)
            if _tables(self._connection) != _expected_tables():
                raise sqlite3.DatabaseError("its tables are not those of this version")
            self._connection.execute("PRAGMA foreign_keys = ON")
        return self._connection

    def _delete(self) -> None:
        if not _is_ours(self._path):
            return
        for ending in ("", "-wal", "-shm"):
            with suppress(OSError):
                self._path.with_name(self._path.name + ending).unlink()


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


def _is_ours(path: Path) -> bool:
    """Whether the file may be written and emptied: it is missing or empty, or a regular file with our application id.

    The index of an earlier version, which had no such id, is known by its tables' names in its first page.
    """
    try:
        found = os.lstat(path)
        if not stat.S_ISREG(found.st_mode):
            return False
        with path.open("rb") as file:
            head = file.read(1 << 16)
    except FileNotFoundError:
        return True
    except OSError:
        return False
    if not head:
        return True
    earlier = b"CREATE TABLE runs" in head and b"CREATE TABLE evaluations" in head
    return int.from_bytes(head[68:72], "big") == APPLICATION or (head[68:72] == bytes(4) and earlier)


def _is_damage(error: Exception) -> bool:
    """Whether the file itself is at fault: not SQLite, malformed, or other tables; not locked, full or read-only."""
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR)  # Python's own errors, of text that is no UTF-8, have none
    return not isinstance(error, sqlite3.OperationalError) or code == sqlite3.SQLITE_ERROR


def _tables(connection: sqlite3.Connection) -> list[tuple[str, ...]]:
    return connection.execute("SELECT type, name, tbl_name, sql FROM sqlite_master ORDER BY name").fetchall()


@cache
def _expected_tables() -> list[tuple[str, ...]]:
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.executescript(_SCHEMA)
        return _tables(connection)


def _check_rows(connection: sqlite3.Connection, table: str) -> None:
    """Raise sqlite3.DatabaseError where a value isn't what was stored."""
    for row in connection.execute(f"SELECT * FROM {table}"):
        if _sum(row[:-1]) != row[-1]:
            raise sqlite3.DatabaseError("a value has changed since it was stored")


def _sum(values: tuple[Any, ...]) -> int:
    return zlib.crc32(repr(values).encode(errors="replace"))


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
        connection.execute(f"PRAGMA application_id = {APPLICATION}")  # of an earlier version's file
        connection.execute(f"PRAGMA user_version = {VERSION}")


def refresh(connection: sqlite3.Connection, runs_dir: Path) -> list[str]:
    """Bring the tables in step with the folders; returns one line for each folder that can't be read as a run."""
    stored: dict[str, str] = dict(connection.execute("SELECT id, stamp FROM runs"))
    problems: list[str] = []
    root = os.fspath(runs_dir)
    for run_id in run_ids(runs_dir):  # plain text, as there may be ten thousand
        if stored.pop(run_id, None) != _stamp(f"{root}/{run_id}"):
            why = _stored(connection, run_id, runs_dir / run_id)
            if why:
                problems.append(why)
    if stored:
        delete_runs(connection, stored)
    return problems


def _stored(connection: sqlite3.Connection, run_id: str, folder: Path) -> str:
    """Store a run; "" or, where something is wrong with it, one line, and it is no longer in the index.

    Whatever is wrong with one run never stops the listing of the others.
    """
    try:
        connection.execute("SAVEPOINT one")
        try:
            store_run(connection, run_id, folder)
        except BaseException:
            connection.execute("ROLLBACK TO one")
            raise
        finally:
            connection.execute("RELEASE one")
        return ""
    except sqlite3.OperationalError:
        raise  # locked, full, or damaged: not this run's affair
    except LabError as error:
        why = error.message
    except (sqlite3.Error, OverflowError, ValueError, TypeError, KeyError, AttributeError, RecursionError, OSError) as error:
        why = f"Run {printable(str(folder))} is damaged: {error}."
    with suppress(UnicodeError):
        delete_runs(connection, [run_id])
    return printable(why)


def store_run(connection: sqlite3.Connection, run_id: str, folder: Path) -> None:
    stamp = _stamp(folder)  # before reading: what changes meanwhile is read again next time
    run = Run.open(folder)
    record, benchmark = run.record, run.record.benchmark or {}
    evaluations = run.saved_evaluations()
    protocol = benchmark.get("default_protocol")
    chosen = _reported(evaluations, benchmark, record.seed)
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
    _insert(connection, "runs", [tuple(row[name] for name in _COLUMNS)])
    _insert(connection, "evaluations", [_evaluation(run_id, number, saved) for number, saved in enumerate(evaluations)])


def _insert(connection: sqlite3.Connection, table: str, rows: Iterable[tuple[Any, ...]]) -> None:
    """Store rows as SQLite will give them back (no NaN, no whole float for an integer column), each with its checksum."""
    for row in rows:
        marks = ", ".join("?" * len(row))
        connection.execute(f"INSERT INTO {table} VALUES ({marks}, 0)", row)
        *values, _ = connection.execute(f"SELECT * FROM {table} WHERE rowid = last_insert_rowid()").fetchone()
        connection.execute(f"UPDATE {table} SET sum = ? WHERE rowid = last_insert_rowid()", (_sum(tuple(values)),))


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
        encode_json(list(result.statistics)).decode(),
        encode_json(result.interval).decode(),
        encode_json(dict(result.settings)).decode(),
        encode_json(result.detail_means()).decode(),
        saved.created.isoformat(timespec="microseconds"),
    )


def _reported(evaluations: Iterable[SavedEvaluation], benchmark: Mapping[str, Any], seed: int) -> SavedEvaluation | None:
    """The evaluation that stands for a run: of its best model under the default protocol, as the training itself ends with.

    That is on the run's own seed and on no more units than the protocol says, so that none can be picked; only a run without
    one is listed by any other. Of several the one with the most units, then the newest.
    """
    where = benchmark.get("id"), benchmark.get("default_protocol")
    found = [
        saved
        for saved in evaluations
        if saved.model == "best" and (saved.evaluation.benchmark, saved.evaluation.protocol) == where
    ]
    protocols = benchmark.get("protocols")
    settings = cast(dict[str, Any], protocols).get(str(where[1])) if isinstance(protocols, dict) else None
    count = cast(dict[str, Any], settings).get("count") if isinstance(settings, dict) else None
    most = count if isinstance(count, int) else 1 << 53
    own = [one for one in found if one.evaluation.seed == seed and len(one.evaluation.scores) <= most]
    found = own or found
    return max(found, key=lambda saved: (len(saved.evaluation.scores), saved.created), default=None)


def delete_runs(connection: sqlite3.Connection, run_ids: Iterable[str]) -> None:
    connection.executemany("DELETE FROM runs WHERE id = ?", [(run_id,) for run_id in run_ids])


def run_id_of(folder: Path) -> str:
    """The id of the run in a folder, by where it lies: a folder that was renamed goes by its new name."""
    return f"{folder.parent.name}/{folder.name}"


def _stamp(folder: Path | str) -> str:
    """Changes whenever ``run.json`` is replaced or an evaluation is added."""
    parts: list[str] = []
    for name in ("run.json", "evaluations"):
        try:
            found = os.stat(f"{folder}/{name}")
            parts.append(f"{found.st_mtime_ns}:{found.st_ino}:{found.st_size}")
        except OSError:
            parts.append("-")
    return " ".join(parts)
