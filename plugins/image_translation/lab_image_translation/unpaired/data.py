"""Two or more sets of images without pairs, as columns of equal length."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from lab_datasets.loading import load_columns
from numpy.typing import NDArray

from lab_core.errors import UsageError

Pixels = NDArray[np.uint8]
MIXED = 20_261_129  # seed of the order that hides which images belong together


def load_sides(config: Any, split: str) -> tuple[Pixels, Pixels]:
    """Both sets in colour, uint8 [n, size, size, 3]; pairs are torn apart by a fixed random order of the second set."""
    columns = load_columns(config, split, kind="image pairs")
    first, second = (_colour(np.asarray(columns[name])) for name in ("input", "target"))
    return first, second[np.random.default_rng(MIXED).permutation(len(second))]


def sides_as_columns(sides: tuple[Pixels, ...]) -> Mapping[str, Pixels]:
    """Columns ``a``, ``b`` ... as long as the longest set; shorter ones are repeated."""
    longest = max(len(side) for side in sides)
    return {name: side[np.arange(longest) % len(side)] for name, side in zip("abcdefgh", sides, strict=False)}


def load_domains(config: Any, split: str) -> tuple[tuple[str, ...], tuple[Pixels, ...]]:
    """Names and images of three or more domains: the image columns of a set in register, or the class folders of the user.

    Raises UsageError for fewer than two.
    """
    columns = load_columns(config, split)
    names = [
        name
        for name in columns
        if isinstance(columns[name], np.ndarray) and columns[name].ndim == 4 and columns[name].dtype == np.uint8
    ]
    if len(names) > 1:
        found = {columns_name(columns, name): _colour(np.asarray(columns[name])) for name in names}
        rng = np.random.default_rng(MIXED)
        return tuple(found), tuple(one[rng.permutation(len(one))] for one in found.values())
    if len(columns.classes) < 2 or "label" not in columns:
        raise UsageError(f"{config.data} has no domains.", "Use emoji, or a folder with one folder a domain.")
    images, labels = _colour(np.asarray(columns["image"])), np.asarray(columns["label"])
    return columns.classes, tuple(images[labels == number] for number in range(len(columns.classes)))


def columns_name(columns: Any, name: str) -> str:
    """The data set's own name of a column."""
    return next((own for own, common in columns.aliases.items() if common == name), name)


def _colour(images: Pixels) -> Pixels:
    return images if images.shape[-1] == 3 else np.repeat(images, 3, axis=-1)
