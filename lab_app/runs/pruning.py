"""Space back from runs that are done. Their records, curves and scores always stay: intervals are over all runs."""

from pathlib import Path
from typing import Literal

import msgspec

from lab_core.files import disk_errors, remove_tree
from lab_core.runs.locking import FileLock
from lab_core.runs.model_folder import INFO, newest_model
from lab_core.runs.run import Run

Keep = Literal["best", "scores"]


class Pruned(msgspec.Struct, frozen=True):
    """A run, what of it goes, and how many bytes that is."""

    run: str
    parts: tuple[str, ...]
    size: int


def excess(run: Run, keep: Keep) -> list[Path]:
    """What can go: checkpoints and the last model; with ``scores`` every model, picture and event file, too.

    The last model stays where there is no best one.
    """
    folder = run.folder
    found = [folder / "checkpoints"]
    if keep == "scores":
        found += [folder / "model", folder / "media", *sorted(folder.glob("events.out.*"))]
    elif (newest_model(folder / "model" / "best") / INFO).is_file():
        found.append(folder / "model" / "last")
    return [path for path in found if path.exists()]


def prune(run: Run, keep: Keep, *, dry: bool = False) -> Pruned | None:
    """Delete it; None where there is nothing to delete. Raises LabError for a run that a process works on."""
    with FileLock(run.folder / "lock", what=f"Run {run.record.id}").held():
        parts = excess(run, keep)
        size = sum(_size(path) for path in parts)
        if not dry:
            with disk_errors(f"Run {run.record.id}", run.folder):
                for path in parts:
                    if path.is_dir():
                        remove_tree(path)
                    else:
                        path.unlink(missing_ok=True)
    return Pruned(run.record.id, tuple(path.relative_to(run.folder).as_posix() for path in parts), size) if parts else None


def _size(path: Path) -> int:
    files = [path] if path.is_file() else [one for one in path.rglob("*") if one.is_file() and not one.is_symlink()]
    return sum(one.stat().st_size for one in files)
