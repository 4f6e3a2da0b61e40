"""Embedded pictures that are decoded here: tiles of two maps, and photographs of many sizes."""

import io
from collections import namedtuple
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


def load_earth(card: DataSet, split: str) -> Any:
    """Tiles of the satellite view and of the relief map, in register: uint8 [n, 128, 128, 3] each."""
    folder = ready_folder(card)
    files = {file.name: file for file in card.files}
    places = msgspec.json.decode((folder / "tiles.json").read_bytes(), type=list[tuple[int, int]])
    columns: dict[str, Any] = {}
    for name in card.shapes:
        file = files[f"{name}.jpg"]
        key = f"{card.id}-{name}-{file.sha256[:16]}-{files['tiles.json'].sha256[:8]}"
        columns[name] = arrays.unpacked(key, lambda file=file: _tiles(_decoded(folder, file), places))
    return arrays.select(card, split, columns)


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


def _tiles(picture: Pixels, places: list[tuple[int, int]]) -> bytes:
    found = [picture[row * TILE : (row + 1) * TILE, column * TILE : (column + 1) * TILE] for row, column in places]
    file = io.BytesIO()
    np.save(file, np.stack(found), allow_pickle=False)
    return file.getvalue()
