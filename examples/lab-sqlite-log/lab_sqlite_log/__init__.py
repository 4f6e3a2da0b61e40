"""Every training's figures in one SQLite file, and a command that asks it. ``LAB_SQLITE_LOG`` names the file."""

from lab_core import Command, ObserverMaker, hookimpl

lab_interface = 1


@hookimpl
def lab_observers():
    return [ObserverMaker(id="sqlite-log", maker="lab_sqlite_log.log:make")]


@hookimpl
def lab_commands():
    return [Command(id="history", place="lab_sqlite_log.history:history", help="Last figures of every training in the log.")]
