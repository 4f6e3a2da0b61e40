"""The command ``lab history``."""

import sqlite3
from contextlib import closing
from typing import Annotated

import typer

from lab_core import UsageError
from lab_sqlite_log.log import path


def history(name: Annotated[str, typer.Argument(help="The figure, such as episode_return.")]) -> None:
    """The last value of a figure, of every training in the log."""
    if not path().is_file():
        raise UsageError(f"There is no log at {path()}.", "It is written by every lab run; LAB_SQLITE_LOG names another file.")
    asked = "SELECT run, MAX(step), value FROM figures WHERE name = ? GROUP BY run ORDER BY run"
    with closing(sqlite3.connect(path())) as connection:
        rows = connection.execute(asked, (name,)).fetchall()
    if not rows:
        names = [one for (one,) in sqlite3.connect(path()).execute("SELECT DISTINCT name FROM figures ORDER BY name")]
        raise UsageError(f"No training has a figure {name!r}.", f"There are: {', '.join(names)}")
    for run, step, value in rows:
        print(f"{run}  step {step:,}  {value:g}")
