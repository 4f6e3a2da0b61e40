"""Scenes of handwritten digits: MNIST's digits on a canvas of 96 pixels, with exact boxes.

Each scene has 1 to 5 digits, 16 to 42 pixels high, on a sloping grey background with noise, among up to 6 fragments of other
digits (4 to 8 pixels) that are no objects. A box is the smallest rectangle around the digit's pixels above a sixteenth of its
brightest; boxes overlap by at most 0.1 (intersection over union). Train, validation and test use the digits of
MNIST's own splits.
"""

import io
from collections import namedtuple
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lab_core.data import DataSet

SIDE = 96
LOWEST, HIGHEST = 16, 42  # height of a digit in pixels
MOST_DIGITS, MOST_FRAGMENTS = 5, 6
OVERLAP = 0.1
VERSION = 1  # of what this module composes: a name in the cache
SEEDS = {"train": 20_261_201, "validation": 20_261_202, "test": 20_261_203}


def load(card: DataSet, split: str) -> Any:
    """The columns image, boxes and box_label of a split, in the order of the card."""
    parts = [_kept(card, name) for name in card.parts(split)]
    images = parts[0][0] if len(parts) == 1 else np.concatenate([part[0] for part in parts])
    rows = [row[row[:, 4] >= 0] for part in parts for row in np.asarray(part[1])]
    boxes = [row[:, :4] for row in rows]
    return namedtuple("Columns", card.shapes)(images, boxes, [row[:, 4].astype(np.int32) for row in rows])


def _kept(card: DataSet, split: str) -> tuple[Any, Any]:
    """Images uint8 [n, 96, 96, 1], boxes with classes float32 [n, 5, 5]; composed once on a machine, then read from its cache."""
    from lab_datasets.arrays import unpacked

    count = card.splits[split]
    name = f"{card.id}-{VERSION}-{split}-{count}"

    def packed(place: int) -> bytes:
        file = io.BytesIO()
        np.save(file, composed(split, count)[place], allow_pickle=False)
        return file.getvalue()

    return unpacked(f"{name}-image", lambda: packed(0)), unpacked(f"{name}-boxes", lambda: packed(1))


@lru_cache(maxsize=1)
def composed(split: str, count: int) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
    """``count`` scenes uint8 [n, 96, 96, 1], and up to 5 objects each, float32 [n, 5, 5]: box and class; -1: none."""
    from lab_datasets import load as load_data

    digits, labels = load_data("mnist", split)
    rng = np.random.default_rng(SEEDS[split])
    images = np.empty((count, SIDE, SIDE, 1), np.uint8)
    objects = np.full((count, MOST_DIGITS, 5), -1, np.float32)
    for number in range(count):
        images[number, ..., 0], boxes, classes = scene(digits, labels, rng)
        objects[number, : len(boxes), :4], objects[number, : len(boxes), 4] = boxes, classes
    return images, objects


def scene(digits: Any, labels: Any, rng: np.random.Generator) -> tuple[Any, NDArray[np.float32], NDArray[np.int32]]:
    """One scene uint8 [96, 96] from digits uint8 [n, 28, 28, 1], with its boxes [k, 4] and classes [k]."""
    canvas = _background(rng)
    for _ in range(rng.integers(0, MOST_FRAGMENTS + 1)):
        piece = digits[rng.integers(len(digits)), ..., 0]
        side = int(rng.integers(4, 9))
        top, left = rng.integers(4, 24 - side, 2)
        y, x = rng.integers(0, SIDE - side, 2)
        _add(canvas, 0.7 * piece[top : top + side, left : left + side], int(y), int(x))
    boxes: list[tuple[int, int, int, int]] = []
    classes: list[int] = []
    for _ in range(rng.integers(1, MOST_DIGITS + 1)):
        place = int(rng.integers(len(digits)))
        ink = _scaled(digits[place, ..., 0], int(rng.integers(LOWEST, HIGHEST + 1)))
        height, width = ink.shape
        for _ in range(20):  # a place that overlaps no other digit by much, or none
            y, x = int(rng.integers(0, SIDE - height + 1)), int(rng.integers(0, SIDE - width + 1))
            box = (x, y, x + width, y + height)
            if all(_overlap(box, other) <= OVERLAP for other in boxes):
                _add(canvas, rng.uniform(0.6, 1.0) * ink, y, x)
                boxes.append(box)
                classes.append(int(labels[place]))
                break
    return np.clip(np.round(canvas), 0, 255).astype(np.uint8), np.array(boxes, np.float32), np.array(classes, np.int32)


def _background(rng: np.random.Generator) -> Any:
    """A plane of grey with noise, float [96, 96], about 0 to 90."""
    grid = np.linspace(-1, 1, SIDE)
    slope = rng.uniform(-20, 20, 2)
    return rng.uniform(10, 60) + slope[0] * grid[:, None] + slope[1] * grid[None, :] + rng.normal(0, 6, (SIDE, SIDE))


def _scaled(digit: Any, height: int) -> Any:
    """The digit's pixels alone, enlarged to ``height``, float32 [height, width]."""
    from PIL import Image

    there = digit > 16
    rows, columns = np.flatnonzero(there.any(1)), np.flatnonzero(there.any(0))
    cut = digit[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    width = max(3, min(SIDE, round(cut.shape[1] * height / cut.shape[0])))
    return np.asarray(Image.fromarray(cut).resize((width, height), Image.Resampling.BILINEAR), np.float32)


def _add(canvas: Any, ink: Any, y: int, x: int) -> None:
    """Ink in place over the canvas: the brighter of both."""
    there = canvas[y : y + ink.shape[0], x : x + ink.shape[1]]
    np.maximum(there, ink, out=there)


def _overlap(a: tuple[int, int, int, int], b: tuple[int, int, int, int]) -> float:
    wide, high = min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])
    both = max(0, wide) * max(0, high)
    return both / ((a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - both)
