"""Kernel distance (KID in Inception's features): an unbiased squared maximum mean discrepancy. Binkowski et al. 2018, section 4.

The kernel is ``(x.y / d + 1)^3``: degree 3, gamma 1/d, offset 1, over 100 subsets of 1,000, as in torch-fidelity. Features
are first divided by one number, the root of the real features' mean variance. Dividing each by its own deviation instead
lets a unit that is almost always 0 on real images rule the whole: such a score reached 1e14 on noisy digits.
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from lab_core.errors import LabError

SUBSETS, SIZE = 100, 1000
Floats = NDArray[Any]


class KernelDistance(NamedTuple):
    """Mean and standard deviation over the subsets."""

    mean: float
    deviation: float


def kernel_distance(real: Floats, fake: Floats, *, subsets: int = SUBSETS, size: int = SIZE, seed: int = 0) -> KernelDistance:
    """KID of features [n, d] and [m, d]; ``size`` shrinks to the smaller set. About 0 for equal distributions, may be below."""
    size = min(size, len(real), len(fake))
    if size < 2:
        raise LabError(f"The kernel distance needs 2 rows on either side; there are {len(real)} and {len(fake)}.")
    scale = np.sqrt(real.astype(np.float64).var(axis=0).mean())
    real, fake = (np.asarray(side, np.float32) / np.float32(scale or 1.0) for side in (real, fake))
    rng = np.random.default_rng(seed)
    found = [
        squared_discrepancy(real[rng.choice(len(real), size, replace=False)], fake[rng.choice(len(fake), size, replace=False)])
        for _ in range(subsets)
    ]
    return KernelDistance(float(np.mean(found)), float(np.std(found)))


def squared_discrepancy(x: Floats, y: Floats) -> float:
    """The unbiased estimate for x and y, both [n, d]: mean kernel within each, diagonals left out, less twice across."""
    n = len(x)
    within = sum(kernel.sum(dtype=np.float64) - np.trace(kernel, dtype=np.float64) for kernel in (_kernel(x, x), _kernel(y, y)))
    return float(within / (n * (n - 1)) - 2.0 * _kernel(x, y).mean(dtype=np.float64))


def _kernel(x: Floats, y: Floats) -> Floats:
    product = x @ y.T
    product /= x.shape[1]
    product += 1.0
    return product * product * product
