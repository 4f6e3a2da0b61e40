"""Sliced Wasserstein distance: how far mass must be moved, averaged over random directions. Rabin et al. 2012.

Along one direction the distance of two equally large sets is the mean gap between their sorted values. On pixels it needs no
network, and no classifier's blind spots are in it.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from lab_core.errors import LabError

PROJECTIONS = 512
_AT_ONCE = 64  # directions in memory
Floats = NDArray[Any]


def sliced_wasserstein(real: Floats, fake: Floats, *, projections: int = PROJECTIONS, seed: int = 0) -> float:
    """First-order distance of rows [n, d] and [m, d], mean over unit directions, in the units of the values.

    The larger set is thinned to the size of the smaller one by the same seed. Raises LabError for an empty set.
    """
    if not len(real) or not len(fake):
        raise LabError(f"The sliced Wasserstein distance needs both sets; there are {len(real)} and {len(fake)} rows.")
    rng = np.random.default_rng(seed)
    count = min(len(real), len(fake))
    real, fake = (
        np.asarray(side if len(side) == count else side[rng.choice(len(side), count, replace=False)], np.float32).reshape(
            count, -1
        )
        for side in (real, fake)
    )
    directions = rng.standard_normal((real.shape[1], projections)).astype(np.float32)
    directions /= np.linalg.norm(directions, axis=0)
    total = 0.0
    for start in range(0, projections, _AT_ONCE):
        some = directions[:, start : start + _AT_ONCE]
        a, b = (np.sort((side @ some).T, axis=1) for side in (real, fake))
        total += float(np.abs(a - b).mean(axis=1, dtype=np.float64).sum())
    return total / projections
