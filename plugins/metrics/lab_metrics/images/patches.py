"""Sliced Wasserstein distance of patches at several scales: Karras et al. 2018, section 5. No network, any size, any colour.

A Laplacian pyramid takes the images apart into bands, from the finest down to the last one of 14 pixels or more. From each
band 7 x 7 patches are drawn, brought to mean 0 and deviation 1 a channel, and compared along 256 random directions.

Deviations: 16 patches an image instead of 128 and half as many directions, at a sixteenth of the cost; both sides are scaled
by the real side's mean and deviation, where the paper scales each by its own and so can't see a wrong brightness or
contrast; bands down to 14 pixels instead of 16, so that images of 28 have two.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import correlate1d

from lab_core.errors import LabError
from lab_metrics.images.wasserstein import sliced_wasserstein

PATCH, PATCHES, SMALLEST = 7, 16, 14
PROJECTIONS = 256
_BINOMIAL = np.array([1, 4, 6, 4, 1], np.float32) / 16
Floats = NDArray[Any]


def patch_distances(
    real: Floats, fake: Floats, *, patches: int = PATCHES, projections: int = PROJECTIONS, seed: int = 0
) -> dict[int, float]:
    """Height of each band -> distance times 1,000, for images [n, height, width, channels] of pixels 0 to 1, finest first.

    Raises LabError for sets of different shapes, and for images smaller than a patch.
    """
    if real.shape[1:] != fake.shape[1:]:
        raise LabError(f"Images of {list(fake.shape[1:])} can't be compared with {list(real.shape[1:])}.")
    if min(real.shape[1:3]) < PATCH:
        raise LabError(f"Images of {real.shape[1]} x {real.shape[2]} are smaller than a patch of {PATCH} x {PATCH}.")
    found: dict[int, float] = {}
    for place, (a, b) in enumerate(zip(pyramid(real), pyramid(fake), strict=True)):
        mine, theirs = (cut(band, patches, np.random.default_rng([seed, place])) for band in (a, b))  # at the same places
        mean = mine.mean(axis=(0, 1, 2), dtype=np.float64).astype(np.float32)
        deviation = np.maximum(mine.std(axis=(0, 1, 2), dtype=np.float64), 1e-6).astype(np.float32)
        rows = ((side - mean) / deviation for side in (mine, theirs))
        found[a.shape[1]] = 1000 * sliced_wasserstein(*rows, projections=projections, seed=seed)
    return found


def pyramid(images: Floats) -> list[Floats]:
    """The Laplacian pyramid, finest band first, what is left last. Each level halves even sides; the bands add up again."""
    bands: list[Floats] = []
    left = np.asarray(images, np.float32)
    while left.shape[1] % 2 == left.shape[2] % 2 == 0 and min(left.shape[1:3]) // 2 >= SMALLEST:
        smaller = _blurred(left)[:, ::2, ::2]
        bands.append(left - enlarged(smaller))
        left = smaller
    return [*bands, left]


def enlarged(images: Floats) -> Floats:
    """Twice the size, the gaps filled by the binomial filter."""
    count, height, width, channels = images.shape
    wide = np.zeros((count, 2 * height, 2 * width, channels), np.float32)
    wide[:, ::2, ::2] = 4 * images
    return _blurred(wide)


def cut(images: Floats, patches: int, rng: np.random.Generator) -> Floats:
    """``patches`` random patches of each image, [n * patches, 7, 7, channels]."""
    count, height, width, _ = images.shape
    rows = rng.integers(0, height - PATCH + 1, count * patches)
    columns = rng.integers(0, width - PATCH + 1, count * patches)
    windows = np.lib.stride_tricks.sliding_window_view(images, (PATCH, PATCH), axis=(1, 2))  # [n, rows, columns, channels, 7, 7]
    return windows[np.repeat(np.arange(count), patches), rows, columns].transpose(0, 2, 3, 1)


def _blurred(images: Floats) -> Floats:
    return correlate1d(correlate1d(images, _BINOMIAL, axis=1, mode="mirror"), _BINOMIAL, axis=2, mode="mirror")
