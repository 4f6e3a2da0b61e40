"""A tone curve: the colours a, b of CIE LAB that go with a lightness, whatever the picture shows.

The least that colourisation can learn, and hard to beat where there are few images to learn from. Its saturation is chosen by
leaving images out: colours of unseen images are uncertain, and a guess at full strength is worse than grey.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]
LEVELS = 32  # of lightness, between which the curve is interpolated
FEWEST = 50  # pixels of a level; one with fewer is left grey
FOLDS = 10
ROUNDING = 0.2  # squared: what rounding a and b to whole numbers costs
SHARES = np.arange(21) / 20


def tone_curve(lightness: Pixels, ab: NDArray[Any]) -> NDArray[np.float64]:
    """Median a and b at each lightness, [256, 2], of pixels uint8 [n] and [n, 2]."""
    level = lightness.astype(int) * LEVELS // 256
    medians = np.zeros((LEVELS, 2))
    for number in range(LEVELS):
        found = ab[level == number]
        if len(found) >= FEWEST:
            medians[number] = np.median(found, axis=0)
    centres = (np.arange(LEVELS) + 0.5) * 256 / LEVELS - 0.5
    return np.stack([np.interp(np.arange(256), centres, column) for column in medians.T], axis=-1)


def fit(images: Sequence[tuple[Pixels, NDArray[Any]]], *, every: int = 1) -> tuple[NDArray[np.float64], float]:
    """The curve of ``images``, each lightness uint8 [squares, h, w, 1] and ab [squares, h, w, 2], and its saturation (0 to 1).

    The saturation is the factor with the largest mean gain over grey in decibels, on squares of images that the curve was not
    made of: one image is left out at a time, or a tenth of many. ``every``: only each so-many-th pixel is looked at.
    """
    pixels = [(one.ravel()[::every], ab.reshape(-1, 2)[::every]) for one, ab in images]

    def curve(places: Sequence[int]) -> NDArray[np.float64]:
        return tone_curve(*(np.concatenate([pixels[place][part] for place in places]) for part in (0, 1)))

    everyone = range(len(images))
    gains: list[NDArray[np.float64]] = []
    for fold in np.array_split(np.arange(len(images)), min(FOLDS, len(images))):
        others = [place for place in everyone if place not in set(fold.tolist())]
        if others:
            found = curve(others)
            gains += [_gain(found, *images[place]) for place in fold]
    share = float(SHARES[int(np.mean(gains, axis=0).argmax())]) if gains else 1.0
    return curve(everyone), share


def _gain(curve: NDArray[np.float64], lightness: Pixels, ab: NDArray[Any]) -> NDArray[np.float64]:
    """Decibels over grey at each of SHARES, the mean over an image's squares: |s p - y|^2 = s^2 pp - 2 s py + yy."""
    prediction, target = curve[lightness[..., 0]], ab.astype(np.float64)
    axes = (1, 2, 3)
    pp, py, yy = (
        (2 * (a * b).mean(axes))[:, None] for a, b in ((prediction, prediction), (prediction, target), (target, target))
    )
    left = SHARES**2 * pp - 2 * SHARES * py + yy
    return (10 * np.log10((yy + ROUNDING) / (left + ROUNDING))).mean(0)


def fit_split(config: Any, side: int) -> tuple[NDArray[np.float64], float]:
    """:func:`fit` on the training images of ``config.data``, cut into squares of ``side`` where they are larger."""
    from lab_image_translation.degradations import split_lab
    from lab_image_translation.sources import cut, load_images

    images = [np.repeat(one, 3, 2) if one.shape[2] == 1 else one for one in load_images(config, "train")]
    large = max(max(one.shape[:2]) for one in images) > side
    squares = [cut([one], side) if large else one[None] for one in images]
    return fit([split_lab(one) for one in squares], every=7 if large else 1)
