"""The observer: a row for every figure of every slice and every score."""

import os
import sqlite3
from contextlib import closing
from pathlib import Path

from lab_core import Observer


def path() -> Path:
    return Path(os.environ.get("LAB_SQLITE_LOG", "lab-log.sqlite3"))


class Log(Observer):
    def __init__(self, file: Path, run: str) -> None:
        self.file, self.run = file, run
        with closing(sqlite3.connect(file)) as connection, connection:
            connection.execute("CREATE TABLE IF NOT EXISTS figures (run TEXT, step INTEGER, seconds REAL, name TEXT, value REAL)")

    def slice(self, progress, wall_seconds, trainer):
        self._add(progress.step, wall_seconds, dict(progress.scalars))

    def selection(self, step, evaluation, best):
        self._add(step, None, {"selection_score": evaluation.value})

    def _add(self, step, seconds, figures):
        rows = [(self.run, step, seconds, name, float(value)) for name, value in figures.items()]
        with closing(sqlite3.connect(self.file, timeout=30)) as connection, connection:
            connection.executemany("INSERT INTO figures VALUES (?, ?, ?, ?, ?)", rows)


def make(run, task, benchmark):
    return Log(path(), run.record.id)
