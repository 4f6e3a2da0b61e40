"""Where results go: standard output, one file, a folder. Chosen by ``--out`` and the kind that the model produces."""

import sys
from abc import ABC, abstractmethod
from collections.abc import Iterable
from pathlib import Path
from typing import IO, Any

import msgspec

from lab_app.applying.engine import Answer
from lab_app.applying.source import Source
from lab_app.display import item_pictures
from lab_app.formats import boxes, images, labels, series, vectors
from lab_core.errors import UsageError
from lab_core.items import module_of
from lab_core.model import Kind


class Writer(ABC):
    """Takes one answer after another; ``files`` are those written so far."""

    def __init__(self) -> None:
        self.files: list[Path] = []

    @abstractmethod
    def add(self, source: Source, answer: Answer, target: Any = None) -> list[Path]:
        """Write or keep one answer; the files that hold it. Raises LabError where that can't be done."""

    def close(self) -> None:  # noqa: B027 - not every writer keeps something for the end
        """Write what was kept."""


class Places:
    """Which files may be written: never an input, an earlier result only with ``--overwrite``."""

    def __init__(self, inputs: Iterable[Path], *, overwrite: bool) -> None:
        self._inputs = {path.resolve() for path in inputs}
        self._overwrite = overwrite
        self._mine: set[Path] = set()

    def claim(self, path: Path) -> Path:
        """The path, free to be written; raises UsageError otherwise."""
        whole = path.resolve()
        if whole in self._inputs:
            raise UsageError(f"{path} is an input; it is never overwritten.", "Choose another place with --out.")
        if path.is_dir():
            raise UsageError(f"{path} is a folder, not a file.", "Name a file with --out, or end the name with / for a folder.")
        if path.exists() and not self._overwrite and whole not in self._mine:
            raise UsageError(f"{path} exists already.", "Replace it with --overwrite, or choose another place with --out.")
        self._mine.add(whole)
        return path


class TextOutput(Writer):
    """Texts on standard output or in a file as they come, each on a line of its own; of several for one item a line each."""

    def __init__(self, stream: IO[str], path: Path | None = None) -> None:
        super().__init__()
        self._stream, self._path = stream, path
        self._closes = path is not None

    def add(self, source: Source, answer: Answer, target: Any = None) -> list[Path]:
        if len(answer.alternatives) > 1:
            for one in answer.alternatives:
                self._stream.write(f"{one.score:.4f}\t{one.item}\n")
            self._stream.write("\n")
        else:
            last = ""
            for piece in answer.pieces():
                self._stream.write(piece)
                self._stream.flush()
                last = piece or last
            if not last.endswith("\n"):
                self._stream.write("\n")
        self._stream.flush()
        return [self._path] if self._path is not None else []

    def close(self) -> None:
        if self._closes and self._path is not None:
            self._stream.close()
            self.files = [self._path]


class LinesOutput(Writer):
    """A line an item on standard output: its name and what came out, in words."""

    def add(self, source: Source, answer: Answer, target: Any = None) -> list[Path]:
        print(f"{source.name}\t{module_of(answer.kind).to_text(answer.item)}", flush=True)
        return []


class JsonLines(Writer):
    """A JSON document an item and line: name, result, alternatives with their scores."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._stream = open_text(path)
        self.files = [path]

    def add(self, source: Source, answer: Answer, target: Any = None) -> list[Path]:
        self._stream.write(msgspec.json.encode(record(source, answer)).decode() + "\n")
        self._stream.flush()
        return self.files

    def close(self) -> None:
        self._stream.close()


class Table(Writer):
    """All results as one file or one document on standard output, written at the end."""

    def __init__(self, path: Path | None, suffix: str) -> None:
        super().__init__()
        self._path, self._suffix = path, suffix
        self._found: list[tuple[Source, Answer]] = []

    def add(self, source: Source, answer: Answer, target: Any = None) -> list[Path]:
        _ = answer.item
        self._found.append((source, answer))
        return [self._path] if self._path is not None else []

    def close(self) -> None:
        if not self._found:
            return
        data = table(self._found, self._suffix)
        if self._path is None:
            sys.stdout.write(data.decode())
            sys.stdout.flush()
        else:
            write_file(self._path, data)
            self.files = [self._path]


class OnePicture(Writer):
    """The result for one image, series or other item as one picture."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._path = path

    def add(self, source: Source, answer: Answer, target: Any = None) -> list[Path]:
        if self.files:
            raise UsageError(f"{self._path.name} is one picture, and there is more than one item.", "Name a folder: --out DIR/")
        write_picture(self._path, source, answer, target)
        self.files = [self._path]
        return self.files


class FilmOutput(Writer):
    """Results, drawn as pictures, as the frames of a film."""

    def __init__(self, path: Path, fps: float) -> None:
        super().__init__()
        self._path, self._fps = path, fps
        self._film: Any = None

    def add(self, source: Source, answer: Answer, target: Any = None) -> list[Path]:
        from lab_app.applying.films import FilmWriter

        if self._film is None:
            self._film = FilmWriter(self._path, fps=source.film.fps if source.film else self._fps)
        self._film.add(picture_of(source, answer, target))
        return [self._path]

    def close(self) -> None:
        if self._film is not None:
            self._film.close()
            self.files = [self._path]


def record(source: Source, answer: Answer) -> dict[str, Any]:
    """One item of the JSON document: its name and, unless it is an image, the result."""
    found: dict[str, Any] = {"name": source.name}
    if answer.kind == Kind.IMAGE:
        found["shape"] = list(answer.item.shape)
        return found
    if isinstance(source.item, str):
        found["input"] = source.item
    to_json: Any = getattr(module_of(answer.kind), "to_json", _same)
    found["output"] = to_json(answer.item)
    if answer.alternatives:
        found["alternatives"] = [{"score": one.score, "output": to_json(one.item)} for one in answer.alternatives]
    return found


def _same(item: Any) -> Any:
    return item


def picture_of(source: Source, answer: Answer, target: Any = None) -> Any:
    """The result as uint8 [height, width, 3]: boxes on their image, a forecast behind what was observed."""
    return item_pictures.picture_of(answer.kind, answer.item, given=source.item, target=target)


def write_picture(path: Path, source: Source, answer: Answer, target: Any = None) -> None:
    """The result as an image file; an image with the transparency of its input."""
    if answer.kind == Kind.IMAGE:
        height, width = answer.item.shape[:2]
        alpha = source.alpha
        if alpha is not None and abs(alpha.shape[0] / alpha.shape[1] - height / width) > 0.02 * height / width:
            alpha = None  # other proportions: there is no place to put it back to
        images.write(path, answer.item, alpha)
    else:
        images.write(path, picture_of(source, answer, target))


def table(found: list[tuple[Source, Answer]], suffix: str) -> bytes:
    """All results as the bytes of a .csv, .tsv, .json or .npz file."""
    kind = found[0][1].kind
    named = [(source.name, answer.item) for source, answer in found]
    if suffix == ".json":
        if kind == Kind.BOXES:
            shaped = [
                (
                    f"{source.name}{source.path.suffix if source.path and source.film is None else ''}",
                    *_size(source.item),
                    answer.item,
                )
                for source, answer in found
            ]
            return msgspec.json.format(msgspec.json.encode(boxes.to_coco(shaped)), indent=1) + b"\n"
        return msgspec.json.format(msgspec.json.encode([record(*one) for one in found]), indent=1) + b"\n"
    if kind == Kind.VECTORS:
        return _vectors(named, suffix)
    to_csv = {Kind.LABELS: labels.to_csv, Kind.BOXES: boxes.to_csv, Kind.SERIES: _series_csv}[kind]
    return to_csv(named).encode()  # pyright: ignore[reportArgumentType]


def _series_csv(named: list[tuple[str, Any]]) -> str:
    return series.to_csv([("", named[0][1])] if len(named) == 1 else named)


def _size(item: Any) -> tuple[int, int]:
    return (int(item.shape[1]), int(item.shape[0])) if getattr(item, "ndim", 0) == 3 else (0, 0)


def _vectors(named: list[tuple[str, Any]], suffix: str) -> bytes:
    import io

    import numpy as np

    if suffix != ".npz":
        return "".join(f"{name}\t{vectors.to_tsv([item])}" for name, item in named).encode()
    if len({len(item) for _, item in named}) > 1:
        raise UsageError("The vectors are not all of one length, so they make no array.", "Write them as .tsv or .jsonl.")
    buffer = io.BytesIO()
    np.savez_compressed(buffer, vectors=np.stack([item for _, item in named]), names=np.array([name for name, _ in named]))
    return buffer.getvalue()


def write_file(path: Path, data: bytes | str) -> None:
    """Write a file, whole or not at all, and the folders above it."""
    from lab_core.files import disk_errors, make_folder, write_atomic

    with disk_errors(path.name, path.parent, option="--out"):
        make_folder(path.parent)
    write_atomic(path, data, option="--out")


def open_text(path: Path) -> IO[str]:
    """A new text file and the folders above it."""
    from lab_core.files import disk_errors, make_folder

    with disk_errors(path.name, path.parent, option="--out"):
        make_folder(path.parent)
        return path.open("w", encoding="utf-8")
