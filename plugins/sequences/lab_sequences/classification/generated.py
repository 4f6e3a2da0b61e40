"""Sequences of the source's exercise: linear or random, of 3 to 20 steps."""

from collections import namedtuple
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lab_core.data import DataSet

SHORTEST, LONGEST, LARGEST = 3, 20, 1_000
_SEED = 20261122


def load(card: DataSet, split: str) -> Any:
    """``series``, a list of float32 [t, 1], and ``label`` uint8 [n] (0 linear, 1 random) of a split."""
    series: list[NDArray[np.float32]] = []
    labels: list[NDArray[np.uint8]] = []
    for part in card.parts(split):
        rng = np.random.default_rng([_SEED, list(card.splits).index(part)])
        found, classes = sequences(card.splits[part], rng)
        series += found
        labels.append(classes)
    label = np.concatenate(labels)
    label.flags.writeable = False
    return namedtuple("Columns", card.shapes)(series, label)


def sequences(count: int, rng: np.random.Generator) -> tuple[list[NDArray[np.float32]], NDArray[np.uint8]]:
    """``count`` sequences with their classes; a linear one rises by a thousandth a step."""
    labels = rng.integers(0, 2, count).astype(np.uint8)
    found: list[NDArray[np.float32]] = []
    for label in labels:
        length = int(rng.integers(SHORTEST, LONGEST + 1))
        linear = rng.integers(0, LARGEST - length + 1) + np.arange(length)
        numbers = rng.integers(0, LARGEST + 1, length) if label else linear
        found.append((numbers / LARGEST).astype(np.float32)[:, None])
    return found, labels
