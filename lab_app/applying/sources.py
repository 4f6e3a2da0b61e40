"""Inputs of ``lab apply`` as named items: files, folders, patterns, standard input, texts."""

import glob
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import IO, Any

from lab_app.applying.source import Failure, Input, Source
from lab_app.formats import boxes, images, labels, series, vectors
from lab_app.formats import texts as text_files
from lab_core.errors import LabError, UsageError
from lab_core.files import read_given
from lab_core.items import module_of, text
from lab_core.model import Kind

FILMS = (".mp4", ".mov", ".mkv", ".avi", ".webm", ".m4v")


def find(arguments: Sequence[str], kind: Kind, *, outside: Path | None = None) -> list[Input]:
    """The files that arguments name: a file itself, a folder's files with its subfolders', a pattern's matches.

    Files of folders are those of the kind, in the order of their names; hidden ones and those below ``outside``, where results
    go, are passed over. No two get one name. Raises UsageError for what isn't there or holds nothing.
    """
    found: list[Input] = []
    suffixes = _suffixes(kind)
    for argument in arguments:
        path = Path(argument)
        if path.is_dir():
            inside = _below(path, suffixes, outside)
            if not inside:
                raise UsageError(f"{argument} holds no file of the kind {kind}.", f"Looked for: {', '.join(suffixes)}")
            found += [Input(file, file.relative_to(path).with_suffix("").as_posix()) for file in inside]
        elif path.exists() or not any(letter in argument for letter in "*?["):
            images.require_file(path)
            found.append(Input(path, path.stem))
        else:
            matches = [Path(one) for one in sorted(glob.glob(argument, recursive=True))]
            files = [one for one in matches if one.is_file() and one.suffix.lower() in suffixes]
            if not files:
                raise UsageError(f"The pattern {argument} matches no file of the kind {kind}.")
            base = Path(os.path.commonpath([one.parent for one in files]))
            found += [Input(file, file.relative_to(base).with_suffix("").as_posix()) for file in files]
    return _unique(found)


def _suffixes(kind: Kind) -> tuple[str, ...]:
    own: tuple[str, ...] = module_of(kind).SUFFIXES
    return (*own, *FILMS) if kind == Kind.IMAGE else own


def _below(folder: Path, suffixes: tuple[str, ...], outside: Path | None) -> list[Path]:
    found: list[Path] = []
    left_out = outside.resolve() if outside is not None else None
    for place, folders, files in os.walk(folder, followlinks=False):
        here = Path(place)
        folders[:] = sorted(one for one in folders if not one.startswith(".") and (here / one).resolve() != left_out)
        found += [here / one for one in sorted(files) if not one.startswith(".") and Path(one).suffix.lower() in suffixes]
    return [path for path in found if path.is_file()]


def _unique(inputs: Iterable[Input]) -> list[Input]:
    """Later ones of the same name get a number: a.jpg and a.png become ``a`` and ``a-2``."""
    taken: set[str] = set()
    found: list[Input] = []
    for one in inputs:
        name, number = one.name, 1
        while name.lower() in taken:  # file systems may not tell cases apart
            number += 1
            name = f"{one.name}-{number}"
        taken.add(name.lower())
        found.append(Input(one.path, name))
    return found


def read(inputs: Iterable[Input], kind: Kind, *, whole: bool = False) -> Iterator[Source | Failure]:
    """The items of files, each read when it is asked for; a file or line that can't be read is a Failure.

    ``whole``: a text file is one item instead of one a line.
    """
    reader = _readers(whole)[kind]
    for one in inputs:
        try:
            yield from reader(one)
        except LabError as error:
            yield Failure(str(one.path), str(error))
        except OSError as error:
            yield Failure(str(one.path), f"{one.path} can't be read ({(error.strerror or str(error)).lower()}).")


def _readers(whole: bool) -> dict[Kind, Callable[[Input], Iterator[Source | Failure]]]:
    return {
        Kind.IMAGE: _images,
        Kind.TEXT: _whole_text if whole else _lines,
        Kind.SERIES: lambda one: _named(one, series.read(one.path)),
        Kind.VECTORS: lambda one: _named(one, vectors.read(one.path)),
        Kind.LABELS: lambda one: _named(one, labels.read(one.path).items()),
        Kind.BOXES: lambda one: _named(one, boxes.read(one.path).items()),
    }


def _images(one: Input) -> Iterator[Source]:
    if one.path.suffix.lower() in FILMS:
        from lab_app.applying.films import frames

        yield from frames(one)
        return
    opened = images.read(one.path, str(one.path))
    yield Source(one.name, opened.pixels, one.path, opened.alpha, profile=opened.profile)


def _named(one: Input, items: Iterable[tuple[str, Any]]) -> Iterator[Source]:
    for name, item in items:
        yield Source(f"{one.name}/{_tidy(name)}" if name else one.name, item, one.path, group=one.name if name else "")


def _tidy(name: str) -> str:
    """A name that a file gives an item, as one part of a path."""
    kept = "".join(letter if letter.isalnum() or letter in " -_.+()" else "_" for letter in name).strip(" .")
    return kept[:100] or "_"


def _whole_text(one: Input) -> Iterator[Source]:
    images.require_file(one.path)
    yield Source(one.name, text_files.decode(read_given(one.path), one.path.name), one.path)


def _lines(one: Input) -> Iterator[Source | Failure]:
    images.require_file(one.path)
    with one.path.open("rb") as file:
        yield from lines_of(file, one.path.name, one.path, group=one.name)


def lines_of(file: IO[bytes], name: str, path: Path | None = None, *, group: str) -> Iterator[Source | Failure]:
    """A text item a line of an open file."""
    for number, data in enumerate(text_files.lines(file), start=1):
        called = f"{name}, line {number}"
        try:
            yield Source(called, text_files.decode(data, called), path, group=group)
        except LabError as error:
            yield Failure(called, str(error))


def texts(arguments: Sequence[str], *, whole: bool, outside: Path | None) -> tuple[Iterator[Source | Failure], list[Input]]:
    """Text items of arguments: what names a file or folder that is there is read, anything else is the text itself.

    Raises UsageError for a word that looks like the name of a file which is not there.
    """
    parts: list[Iterator[Source | Failure]] = []
    files: list[Input] = []
    for number, argument in enumerate(arguments, start=1):
        path = Path(argument) if len(argument) < 1000 and "\n" not in argument else None
        pattern = path is not None and any(letter in argument for letter in "*?[") and " " not in argument
        if path is not None and (_exists(path) or (pattern and glob.glob(argument, recursive=True))):
            inputs = find([argument], Kind.TEXT, outside=outside)
            files += inputs
            parts.append(read(inputs, Kind.TEXT, whole=whole))
        elif path is not None and path.suffix.lower() in text.SUFFIXES and " " not in argument:
            raise UsageError(f"There is no file {argument}.", "A text that ends like a file's name comes on standard input: -")
        else:
            parts.append(iter([Source(f"text {number}", argument, group="texts")]))
    return (source for part in parts for source in part), files


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except (OSError, ValueError):  # too long for a name, or with a zero byte: a text
        return False


def lines_as_they_come(fd: int = 0, *, most: int = 512) -> Iterator[list[Source | Failure]]:
    """Standard input as batches of text items: the lines that are there by now, at least one, at most ``most``.

    So a model answers a line as soon as it is typed into the pipe, and many together when they come fast.
    """
    rest, number, ended = b"", 0, False
    while not ended:
        data = os.read(fd, 1 << 16)
        ended = not data
        *complete, rest = (rest + data).split(b"\n")
        if ended and rest:
            complete, rest = [*complete, rest], b""
        for start in range(0, len(complete), most):
            part = complete[start : start + most]
            yield [_line(line.rstrip(b"\r"), number + start + place) for place, line in enumerate(part, start=1)]
        number += len(complete)
        if len(rest) > text_files.MOST_BYTES:
            raise LabError(f"A line of standard input has more than {text_files.MOST_BYTES // 10**6} million bytes.")


def _line(data: bytes, number: int) -> Source | Failure:
    called = f"standard input, line {number}"
    try:
        return Source(called, text_files.decode(data, called), group="texts")
    except LabError as error:
        return Failure(called, str(error))


def standard_input(kind: Kind) -> Iterator[Source | Failure]:
    """The items that standard input as a whole holds: a text, an image, the series of a CSV file."""
    data = sys.stdin.buffer.read()
    try:
        if kind == Kind.TEXT:
            yield Source("standard input", text_files.decode(data, "standard input"))
        elif kind == Kind.IMAGE:
            if not data:
                raise LabError("Standard input is empty; an image is expected.")
            opened = images.read(data, "standard input")
            yield Source("stdin", opened.pixels, None, opened.alpha)
        elif kind == Kind.SERIES:
            for name, item in series.read(data, "standard input"):
                yield Source(_tidy(name) if name else "stdin", item)
        else:
            raise UsageError(f"Items of the kind {kind} can't be read from standard input.", "Name a file.")
    except UsageError:
        raise
    except LabError as error:
        yield Failure("standard input", str(error))
