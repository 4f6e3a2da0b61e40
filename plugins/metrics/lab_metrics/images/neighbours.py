"""Precision and recall, density and coverage: do samples lie where real ones do, and real ones where samples do?

Precision, recall: Kynkaanniemi et al. 2019, section 3. A ball stands about each point, as wide as the way to its k-th nearest
neighbour; precision is the share of samples in a ball of a real one, recall the share of real ones in a sample's ball.
Density, coverage: Naeem et al. 2020, section 3, which count real balls only, so that one stray sample doesn't cover half of all.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from lab_core.errors import LabError

K = 3
BLOCK = 1024  # rows of distances in memory at once
Floats = NDArray[Any]


class Agreement(NamedTuple):
    """Shares from 0 to 1; density may be above 1."""

    precision: float
    recall: float
    density: float
    coverage: float


def precision_recall(real: Floats, fake: Floats, k: int = K) -> Agreement:
    """How two sets of features [n, d] and [m, d] cover each other. Raises LabError for k rows or fewer on either side.

    Time grows with n * m: hand over a few thousand rows. The shares depend on n and m, so name them.
    """
    if min(len(real), len(fake)) <= k:
        raise LabError(f"{k} neighbours need more than {k} rows on either side; there are {len(real)} and {len(fake)}.")
    real, fake = np.asarray(real, np.float64), np.asarray(fake, np.float64)
    real_radius, fake_radius = radii(real, k), radii(fake, k)
    inside = np.zeros(len(fake), np.bool_)  # of some real ball
    balls = 0
    recalled = covered = 0
    for start, squared in squared_distances(real, fake):
        mine = squared <= real_radius[start : start + len(squared), None]
        inside |= mine.any(axis=0)
        balls += int(mine.sum())
        covered += int(mine.any(axis=1).sum())
        recalled += int((squared <= fake_radius).any(axis=1).sum())
    n, m = len(real), len(fake)
    return Agreement(float(inside.mean()), recalled / n, balls / (k * m), covered / n)


def radii(points: Floats, k: int) -> Floats:
    """Squared distance [n] from each point to its k-th nearest other point."""
    found = [np.partition(squared, k, axis=1)[:, k] for _, squared in squared_distances(points, points)]
    return np.concatenate(found)  # place 0 is the point itself


def squared_distances(a: Floats, b: Floats, block: int = BLOCK) -> Iterator[tuple[int, Floats]]:
    """Blocks of rows of the squared Euclidean distances [n, m], each with the number of its first row."""
    lengths = np.einsum("ij,ij->i", b, b)
    for start in range(0, len(a), block):
        rows = a[start : start + block]
        squared = rows @ b.T
        squared *= -2.0
        squared += lengths
        squared += np.einsum("ij,ij->i", rows, rows)[:, None]
        yield start, np.maximum(squared, 0.0, out=squared)
