"""Where samples go: a picture, a folder of numbered pictures, an array, a film, the terminal."""

import os
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Literal

from lab_app.display.sink import Sink
from lab_app.formats.images import can_write, write_png
from lab_core.errors import UsageError
from lab_core.files import disk_errors, encode_json, make_folder, write_atomic
from lab_core.scene import Frame

Form = Literal["picture", "folder", "array", "film", "text"]
_SUFFIXES: dict[str, Form] = {".png": "picture", ".npz": "array", ".mp4": "film", ".gif": "film", ".txt": "text"}
_WORDS: dict[Form, str] = {
    "picture": "a picture (.png)",
    "folder": "a folder (DIR/)",
    "array": "an array (.npz)",
    "film": "a video (.mp4, .gif)",
    "text": "a text (.txt)",
}


def form_of(out: str, allowed: Sequence[Form], *, what: str) -> Form:
    """What ``--out`` names: a folder by its last slash or because it has no suffix; raises UsageError unless it is allowed."""
    path = Path(out)
    folder = out.endswith(("/", "\\")) or path.is_dir() or not path.suffix
    form: Form | None = "folder" if folder else _SUFFIXES.get(path.suffix.lower())
    if form is None or form not in allowed:
        names = [_WORDS[one] for one in allowed]
        listed = f"{', '.join(names[:-1])} or {names[-1]}" if len(names) > 1 else names[0]
        raise UsageError(f"{what} can't be written as {out!r}.", f"Name {listed} with --out.")
    check_writable(path, form)
    return form


def check_writable(path: Path, form: Form) -> None:
    """Raise LabError now, before the work, where the file could not be written after it."""
    if form in ("picture", "folder"):
        can_write()
    if form == "film":
        from lab_app.display.video import can_film

        can_film(path.suffix.lower())
    if form == "folder" and path.exists() and (not path.is_dir() or any(path.iterdir())):
        raise UsageError(f"{path} exists already; an empty or new folder is expected.")


def write_folder(folder: Path, images: Any, about: dict[str, Any]) -> list[Path]:
    """Each picture as ``0001.png`` and so on, and ``samples.json``, which says what they are."""
    digits = max(4, len(str(len(images))))
    files = [folder / f"{number:0{digits}d}.png" for number in range(1, len(images) + 1)]
    for path, image in zip(files, images, strict=True):
        write_png(path, image)
    return [*files, _described(folder, files, about)]


def write_texts(folder: Path, texts: Sequence[str], about: dict[str, Any]) -> list[Path]:
    """Each text as ``0001.txt`` and so on, and ``samples.json``."""
    _ready(folder)
    files = [folder / f"{number:04d}.txt" for number in range(1, len(texts) + 1)]
    for path, text in zip(files, texts, strict=True):
        write_atomic(path, text, option="--out")
    return [*files, _described(folder, files, about)]


def _described(folder: Path, files: Sequence[Path], about: dict[str, Any]) -> Path:
    path = folder / "samples.json"
    write_atomic(path, encode_json({**about, "files": [file.name for file in files]}, indent=2), option="--out")
    return path


def write_text(path: Path, text: str) -> None:
    """A text as a file, and the folders above it."""
    _ready(path.parent)
    write_atomic(path, text, option="--out")


def write_array(path: Path, images: Any) -> None:
    """The batch as the only array, ``images``, of a compressed .npz file."""
    import io

    import numpy as np

    buffer = io.BytesIO()
    np.savez_compressed(buffer, images=images)
    _ready(path.parent)
    write_atomic(path, buffer.getvalue(), option="--out")


def write_film(path: Path, frames: Iterable[tuple[Any, str]], *, fps: float) -> None:
    """Pictures with their captions as .mp4 or .gif; complete or not there."""
    from lab_app.display.video import VideoSink

    sink: Sink = VideoSink(path, fps=fps)
    try:
        for image, caption in frames:
            sink.show(Frame(image, fps=fps), caption)
    finally:
        sink.close()


def _ready(folder: Path) -> None:
    with disk_errors(folder.name or "The file", folder, option="--out"):
        make_folder(folder)


def show_in_terminal(image: Any) -> None:
    """Draw a picture where standard output is a terminal that shows colours; nothing elsewhere."""
    if not sys.stdout.isatty():
        return
    from lab_app.display.halfblocks import color_support, encode, plain

    colors = color_support()
    if colors == "none":
        return
    size = os.get_terminal_size(sys.stdout.fileno())
    for line in plain(encode(image, max(20, size.columns), max(10, size.lines - 3), colors)):
        print(line)
