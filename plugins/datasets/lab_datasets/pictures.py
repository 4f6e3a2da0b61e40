"""Embedded pictures that are decoded here: tiles of two maps, and photographs of many sizes."""

import io
from collections import namedtuple
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from lab_core.data import DataFile, DataSet, ready_folder
from lab_core.errors import LabError
from lab_datasets import arrays

Pixels = NDArray[np.uint8]
TILE = 128
CLIMATE_TILE = 32


def load_earth(card: DataSet, split: str) -> Any:
    """Tiles of the satellite view and of the relief map, in register: uint8 [n, 128, 128, 3] each."""
    folder = ready_folder(card)
    files = {file.name: file for file in card.files}
    places = msgspec.json.decode((folder / "tiles.json").read_bytes(), type=list[tuple[int, int]])
    columns: dict[str, Any] = {}
    for name in card.shapes:
        file = files[f"{name}.jpg"]
        key = f"{card.id}-{name}-{file.sha256[:16]}-{files['tiles.json'].sha256[:8]}"
        columns[name] = arrays.unpacked(key, lambda file=file: _tiles(_decoded(folder, file), places, TILE))
    return arrays.select(card, split, columns)


def load_climate(card: DataSet, split: str) -> Any:
    """Tiles of the satellite view, uint8 [n, 32, 32, 3], and their climate classes, uint8 [n]."""
    folder = ready_folder(card)
    files = {file.name: file for file in card.files}
    satellite, table = files["satellite.jpg"], files["climate.npy.xz"]
    rows = np.load(io.BytesIO(arrays.unpack(folder / table.name, table)), allow_pickle=False)
    key = f"{card.id}-{satellite.sha256[:16]}-{table.sha256[:8]}"
    places = [(int(row), int(column)) for row, column, _ in rows]
    images = arrays.unpacked(key, lambda: _tiles(_decoded(folder, satellite), places, CLIMATE_TILE))
    labels = np.ascontiguousarray(rows[:, 2])
    labels.flags.writeable = False
    return arrays.select(card, split, dict(zip(card.shapes, (images, labels), strict=True)))


def load_icon_classes(card: DataSet, split: str) -> Any:
    """Colour icons, uint8 [n, 64, 64, 3], and the number of each one's theme among the card's classes, uint8 [n]."""
    from lab_datasets import load

    found = load("icons", split)
    kept = [place for place, theme in enumerate(found.theme) if theme in card.classes]
    labels = np.array([card.classes.index(found.theme[place]) for place in kept], np.uint8)
    images = found.colour[kept]
    images.flags.writeable = labels.flags.writeable = False
    return namedtuple("Columns", card.shapes)(images, labels)


def load_photos(card: DataSet, split: str) -> Any:
    """The photographs of a split, each uint8 [height, width, 3]."""
    folder = ready_folder(card)
    ordered = [name for part in ORDER.values() for name in part]
    files = {file.name: file for file in card.files}
    chosen = arrays.select(msgspec.structs.replace(card, shapes={"images": ""}), split, {"images": ordered}).images
    return namedtuple("Columns", card.shapes)([_decoded(folder, files[f"{name}.jpg"]) for name in chosen])


ORDER = {
    "train": ("figs", "brushes", "drum", "mountain", "stream", "dandelions", "sunset", "cat"),
    "validation": ("astronaut", "coffee"),
    "test": ("peaks", "dogs"),
}


def patches(images: list[Pixels], size: int, *, stride: int | None = None) -> Pixels:
    """Squares of ``size`` pixels cut from images on a grid, uint8 [n, size, size, 3]; disjoint unless ``stride`` is smaller.

    What is left at the right and the bottom is dropped. Raises LabError when no image is large enough.
    """
    step = stride or size
    found = [
        image[top : top + size, left : left + size]
        for image in images
        for top in range(0, image.shape[0] - size + 1, step)
        for left in range(0, image.shape[1] - size + 1, step)
    ]
    if not found:
        raise LabError(f"No image is as large as {size} x {size} pixels.")
    return np.stack(found)


def _decoded(folder: Path, file: DataFile) -> Pixels:
    with Image.open(folder / file.name) as picture:
        return np.asarray(picture.convert("RGB"))


def _tiles(picture: Pixels, places: Iterable[tuple[int, int]], side: int) -> bytes:
    found = [picture[row * side : (row + 1) * side, column * side : (column + 1) * side] for row, column in places]
    file = io.BytesIO()
    np.save(file, np.stack(found), allow_pickle=False)
    return file.getvalue()
