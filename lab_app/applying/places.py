"""What ``--out`` means for each kind of result."""

from pathlib import Path
from typing import Any

from lab_app.applying import writers
from lab_app.formats import images
from lab_core.errors import UsageError
from lab_core.model import Kind

_TABLES: dict[Kind, tuple[str, ...]] = {
    Kind.IMAGE: (),
    Kind.TEXT: (".txt", ".json", ".jsonl"),
    Kind.SERIES: (".csv", ".json", ".jsonl"),
    Kind.LABELS: (".csv", ".json", ".jsonl"),
    Kind.BOXES: (".csv", ".json", ".jsonl"),
    Kind.VECTORS: (".npz", ".tsv", ".json", ".jsonl"),
}
_FILMED = (Kind.IMAGE, Kind.BOXES)


def is_folder(out: str) -> bool:
    """Whether ``--out`` names a folder: by its last slash, because it is one, or because it has no suffix."""
    return out.endswith(("/", "\\")) or Path(out).is_dir() or not Path(out).suffix


def suffixes(kind: Kind) -> tuple[str, ...]:
    """The suffixes of single files that results of a kind can be written to."""
    return (*_TABLES[kind], *images.WRITTEN, *((".mp4",) if kind in _FILMED else ()))


def default_out(kind: Kind, task: str, names: list[tuple[str, bool]] | None) -> str | None:
    """Where results go without ``--out``: standard output (None), else ``NAME-TASK.png`` (or .mp4) here, or a folder.

    ``names`` are the inputs' names, each with whether it is a film.
    """
    if kind != Kind.IMAGE:
        return None
    if names is not None and len(names) == 1:
        name, film = names[0]
        return f"{Path(name).name}-{task}{'.mp4' if film else '.png'}"
    return f"applied-{task}/"


def make_writer(
    out: str | None, kind: Kind, places: writers.Places, about: dict[str, Any], *, form: str, fps: float, overwrite: bool
) -> writers.Writer | None:
    """The writer for ``--out``; None where nothing is written. Raises UsageError for what can't be written so."""
    import sys

    if out is None:
        if kind == Kind.TEXT:
            return writers.TextOutput(sys.stdout)
        if kind in (Kind.LABELS, Kind.BOXES):
            return writers.LinesOutput()
        return writers.Table(None, ".tsv" if kind == Kind.VECTORS else ".csv")
    path = Path(out)
    if is_folder(out):
        from lab_app.applying.results_folder import Folder

        if path.exists() and not path.is_dir():
            raise UsageError(f"{path} is a file, not a folder.")
        if path.is_dir() and any(path.iterdir()) and not overwrite:
            raise UsageError(f"{path} exists and is not empty.", "Choose a new folder, or replace its files with --overwrite.")
        return Folder(path, places, about, suffix=f".{form}")
    suffix = path.suffix.lower()
    if suffix not in suffixes(kind):
        raise UsageError(
            f"Results of the kind {kind} can't be written as {suffix}.", f"Name a folder (DIR/) or {', '.join(suffixes(kind))}."
        )
    places.claim(path)
    if suffix == ".txt":
        return writers.TextOutput(writers.open_text(path), path)
    if suffix == ".jsonl":
        return writers.JsonLines(path)
    if suffix in images.WRITTEN:
        return writers.OnePicture(path)
    if suffix == ".mp4":
        return writers.FilmOutput(path, fps)
    return writers.Table(path, suffix)
