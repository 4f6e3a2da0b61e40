"""What captions and boxes share: annotation files, the images that they name, and their splits."""

import re
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import msgspec

from lab_core.errors import LabError
from lab_core.files import read_given
from lab_datasets.decode import SUFFIXES
from lab_datasets.duplicates import keys_of
from lab_datasets.layout import SPLIT_NAMES, walk
from lab_datasets.splits import by_hash, missing_shares

FILE_COLUMNS = ("file", "image", "filename", "file_name", "path", "image_id", "name")
MOST_BYTES = 2_000_000_000  # of one annotation file


class CocoImage(msgspec.Struct):
    id: int | str
    file_name: str
    width: float = 0
    height: float = 0


class CocoAnnotation(msgspec.Struct):
    image_id: int | str
    caption: str | None = None
    bbox: tuple[float, float, float, float] | None = None
    category_id: int | str | None = None
    iscrowd: int = 0
    id: int | str | None = None


class CocoCategory(msgspec.Struct):
    id: int | str
    name: str


class Coco(msgspec.Struct):
    """The parts of a COCO file that are read."""

    images: list[CocoImage]
    annotations: list[CocoAnnotation]
    categories: list[CocoCategory] = []


class Images:
    """The images below a folder, found by the names that an annotation file gives."""

    def __init__(self, folder: Path) -> None:
        files = [path for path in walk(folder) if path.suffix.lower() in SUFFIXES]
        self.every = files
        self._by_path = {path.relative_to(folder).as_posix(): path for path in files}
        self._by_name: dict[str, Path] = {}
        for path in files:
            self._by_name.setdefault(path.name, path)
            self._by_name.setdefault(path.stem, path)

    def find(self, name: str) -> Path | None:
        """By relative path, else by file name, with or without suffix."""
        plain = name.strip().replace("\\", "/")
        return self._by_path.get(plain.removeprefix("./")) or self._by_name.get(plain.rpartition("/")[2])


def annotation_files(path: Path, suffixes: Sequence[str]) -> list[Path]:
    """The path itself, or the annotation files at the top of a folder and of its folder ``annotations``."""
    if path.is_file():
        return [path] if path.suffix.lower() in suffixes else []
    folders = [path, *(path / name for name in ("annotations", "Annotations") if (path / name).is_dir())]
    found = [file for folder in folders for file in sorted(folder.iterdir()) if file.suffix.lower() in suffixes]
    return [file for file in found if file.is_file() and not file.name.startswith(".")]


def image_folder(path: Path) -> Path:
    """Where the images of an annotation file lie: its folder, or the one above a folder ``annotations``."""
    if path.is_dir():
        return path
    return path.parent.parent if path.parent.name.lower() == "annotations" else path.parent


def coco(path: Path) -> Coco | None:
    """A COCO file, None for another JSON file; raises LabError where it says that it is COCO and isn't valid."""
    return _coco(path, path.stat().st_mtime_ns)


@lru_cache(maxsize=8)
def _coco(path: Path, _changed: int) -> Coco | None:
    data = read_given(path, limit=MOST_BYTES)
    if b'"annotations"' not in data or b'"images"' not in data:
        return None
    try:
        return msgspec.json.decode(data, type=Coco)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError) as error:
        raise LabError(f"{path} is no valid COCO file: {error}.") from None


def split_named(path: Path) -> str | None:
    """The split that a file's name says: ``captions_train2017.json`` is train."""
    words = [word for word in re.split(r"[^a-z]+", path.stem.lower()) if word]
    return next((SPLIT_NAMES[word] for word in words if word in SPLIT_NAMES), None)


def assigned(images: Sequence[Path], named: Sequence[str | None], options: Any) -> list[str]:
    """The split of each image: what its annotation file's name says, else by a hash of its name.

    Splits that no file is named after are taken from the training images.
    """
    if "train" not in named:
        named = [None] * len(images)
    shares = missing_shares(filter(None, named), validation=options.validation, test=options.test)
    keys = keys_of(images, [image.stem for image in images])
    training = [key for key, name in zip(keys, named, strict=True) if name in (None, "train")]
    hashed = dict(zip(training, by_hash(training, **shares), strict=True))
    return [name if name in ("validation", "test") else str(hashed[key]) for key, name in zip(keys, named, strict=True)]
