"""``--watch DIR``: files are applied as they arrive."""

import time
from collections.abc import Iterator
from pathlib import Path

from lab_app.applying import sources
from lab_app.applying.source import Failure, Input, Source
from lab_core.errors import UsageError
from lab_core.model import Kind

_LOOK = 0.5  # seconds between two looks at the folder

FileState = tuple[int, int]  # size, time of change


def arriving(
    folder: Path, kind: Kind, *, whole: bool = False, outside: Path | None = None, rounds: int | None = None
) -> Iterator[Iterator[Source | Failure]]:
    """The items of files in a folder, those there already first, then new and changed ones, a batch a look.

    A file is taken once it has kept its size between two looks, so that none is read half written. Ends with Ctrl-C (or after
    ``rounds`` looks).
    """
    if not folder.is_dir():
        raise UsageError(f"{folder} is not a folder.", "--watch takes a folder in which files arrive.")
    return _arriving(folder, kind, whole, outside, rounds)


def _arriving(
    folder: Path, kind: Kind, whole: bool, outside: Path | None, rounds: int | None
) -> Iterator[Iterator[Source | Failure]]:
    before: dict[Path, FileState] = {}
    done: dict[Path, FileState] = {}
    look = 0
    while rounds is None or look < rounds:
        look += 1
        now = _states(folder, kind, outside)
        ready = [one for one, state in now.items() if done.get(one.path) != state and before.get(one.path) == state]
        before = {one.path: state for one, state in now.items()}
        if ready:
            done |= {one.path: now[one] for one in ready}
            yield sources.read(ready, kind, whole=whole)
        time.sleep(_LOOK)


def _states(folder: Path, kind: Kind, outside: Path | None) -> dict[Input, FileState]:
    try:
        found = sources.find([str(folder)], kind, outside=outside)
    except UsageError:  # nothing yet
        return {}
    states: dict[Input, FileState] = {}
    for one in found:
        try:
            facts = one.path.stat()
        except OSError:  # gone again
            continue
        states[one] = (facts.st_size, facts.st_mtime_ns)
    return states
