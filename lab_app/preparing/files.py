"""The image files of a folder, and a folder for what is made of them."""

import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TypeVar

import msgspec

from lab_app.applying.meter import Meter
from lab_app.applying.source import Failure
from lab_core.errors import LabError, UsageError
from lab_core.items.image import SUFFIXES

T = TypeVar("T")


class Done(msgspec.Struct):
    """What a command did: files written (or found whole), and those that it could do nothing with."""

    files: list[str]
    failed: dict[str, str]


def image_files(folder: Path, *, outside: Path | None = None) -> list[Path]:
    """Image files below ``folder`` in the order of their names, without hidden ones and those below ``outside``.

    Links to folders are not followed. Raises UsageError for a folder that isn't there or holds none.
    """
    if not folder.is_dir():
        raise UsageError(f"{folder} is not a folder.", "Give a folder of images.")
    left_out = outside.resolve() if outside is not None else None
    found: list[Path] = []
    for place, folders, names in os.walk(folder, followlinks=False):
        here = Path(place)
        folders[:] = sorted(one for one in folders if not one.startswith(".") and (here / one).resolve() != left_out)
        found += [here / one for one in sorted(names) if not one.startswith(".") and Path(one).suffix.lower() in SUFFIXES]
    found = [path for path in found if path.is_file()]
    if not found:
        raise UsageError(f"{folder} holds no images.", f"Looked for: {', '.join(SUFFIXES)}")
    return found


def new_folder(out: Path) -> Path:
    """``out``, which is not there yet or empty; raises UsageError for any other: nothing is ever replaced."""
    if out.exists() and not out.is_dir():
        raise UsageError(f"--out {out} is a file.", "Give a new folder.")
    if out.is_dir() and any(out.iterdir()):
        raise UsageError(f"--out {out} already holds files.", "Give a new or an empty folder; nothing is replaced.")
    return out


def each(things: Iterable[T], count: int, work: Callable[[T], list[Path]], name: Callable[[T], str], *, quiet: bool) -> Done:
    """``work`` on every thing, with progress on standard error; what fails is named and passed over."""
    meter, done = Meter("file", count, quiet=quiet), Done([], {})
    try:
        for thing in things:
            try:
                done.files += [str(path) for path in work(thing)]
                meter.add()
            except LabError as error:
                done.failed[name(thing)] = str(error)
                meter.failed(Failure(name(thing), str(error)))
    finally:
        meter.end()
    meter.say(meter.summary())
    return done
