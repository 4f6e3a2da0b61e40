"""What the commands share: options, output, loading plugins."""

import os
import sys
from pathlib import Path
from typing import Annotated, Literal, get_args

import typer

from lab_app.cli.output import emit as emit
from lab_app.cli.output import say as say
from lab_app.display.choice import On as DisplayOn
from lab_app.packages.probation import Watch
from lab_core import guard
from lab_core.errors import UsageError, unknown
from lab_core.registry.discovery import PluginStatus, discover
from lab_core.registry.registry import Registry

RunsDir = Annotated[
    Path,
    typer.Option("--runs-dir", envvar="LAB_RUNS_DIR", help="Folder that holds the runs.", show_default="runs", file_okay=False),
]
Import = Annotated[
    list[str] | None,
    typer.Option("--import", metavar="MODULE", help="Module that may be imported for a stored env=MODULE:ENV; repeatable."),
]
Json = Annotated[bool, typer.Option("--json", help="One JSON document on standard output, everything else on standard error.")]

_loaded: tuple[Registry, list[PluginStatus]] | None = None


def registry() -> Registry:
    """The registry of everything installed; loaded once a process."""
    return _load()[0]


def plugins() -> list[PluginStatus]:
    """How each plugin loaded."""
    return _load()[1]


def _load() -> tuple[Registry, list[PluginStatus]]:
    global _loaded
    if _loaded is None:
        guard.use(Watch())
        _loaded = discover()
    return _loaded


def seconds(text: str | None, *, option: str = "--time") -> float | None:
    """``90``, ``90s``, ``10m``, ``1.5h`` or ``1h30m`` as seconds; raises UsageError."""
    if text is None:
        return None
    total, number = 0.0, ""
    factors = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
    try:
        for letter in text.strip().lower():
            if letter in factors:
                total += float(number) * factors[letter]
                number = ""
            else:
                number += letter
        total += float(number) if number else 0.0
    except ValueError:
        total = 0.0
    if not 0 < total < 1e9:
        raise UsageError(f"{option} {text!r} is not a length of time.", "Examples: 90s, 10m, 1.5h, 1h30m")
    return total


def display_place(text: str) -> DisplayOn:
    """A checked value of ``--display-on``; raises UsageError."""
    for place in get_args(DisplayOn):
        if text == place:
            return place
    raise unknown("display", text, get_args(DisplayOn))


def model_choice(text: str) -> Literal["best", "last"]:
    """A checked value of ``--model``; raises UsageError."""
    if text == "best" or text == "last":
        return text
    raise unknown("model", text, ("best", "last"))


def command_line() -> tuple[str, ...]:
    """The command as typed, with the program's bare name."""
    return (os.path.basename(sys.argv[0]), *sys.argv[1:])
