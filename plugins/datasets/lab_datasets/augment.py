"""Augmentation in NumPy: each change is a function of a seed and the item's number since training started.

The same seed and numbers give the same images, whatever was computed before, so that a resumed run repeats nothing and loses
nothing. Images are uint8 [n, height, width, channels]; ``numbers`` int [n].
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Images = NDArray[np.uint8]
Numbers = NDArray[np.integer[Any]]
_MIX = np.uint64(0x9E3779B97F4A7C15)


def uniform(seed: int, numbers: Numbers, stream: int = 0) -> NDArray[np.float64]:
    """A number in [0, 1) for each item: float64 [n], from seed, stream and the item's number (SplitMix64)."""
    key = (seed * 0x632BE59BD9B4E019 + stream * 0xD1342543DE82EF95) & 0xFFFFFFFFFFFFFFFF
    with np.errstate(over="ignore"):
        state = (np.asarray(numbers).astype(np.uint64) + np.uint64(1)) * _MIX + np.uint64(key)
        state = (state ^ (state >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        state = (state ^ (state >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        state ^= state >> np.uint64(31)
    return (state >> np.uint64(11)).astype(np.float64) / (1 << 53)


def integers(seed: int, numbers: Numbers, high: int, stream: int = 0) -> NDArray[np.int64]:
    """A whole number from 0 to ``high - 1`` for each item, int64 [n]."""
    return (uniform(seed, numbers, stream) * high).astype(np.int64)


def flip(images: Images, seed: int, numbers: Numbers) -> Images:
    """Half of the images mirrored left to right."""
    mirrored = uniform(seed, numbers, stream=1) < 0.5
    return np.where(mirrored[:, None, None, None], images[:, :, ::-1], images)


def crop(images: Images, size: int, seed: int, numbers: Numbers, *, padding: int = 0) -> Images:
    """A random square of ``size`` pixels of each image, after ``padding`` pixels of the border's reflection on every side."""
    if padding:
        images = np.pad(images, ((0, 0), (padding, padding), (padding, padding), (0, 0)), mode="reflect")
    height, width = images.shape[1:3]
    if size > min(height, width):
        raise ValueError(f"a crop of {size} pixels of images of {height} x {width}")
    top = integers(seed, numbers, height - size + 1, stream=2)
    left = integers(seed, numbers, width - size + 1, stream=3)
    rows, columns = top[:, None] + np.arange(size), left[:, None] + np.arange(size)
    return images[np.arange(len(images))[:, None, None], rows[:, :, None], columns[:, None, :]]


def brightness(images: Images, amount: float, seed: int, numbers: Numbers) -> Images:
    """A shift of up to ``amount`` of the range (0 to 1) up or down, the same for all pixels of an image."""
    shift = (2 * uniform(seed, numbers, stream=4) - 1) * amount * 255
    return np.clip(np.round(images + shift[:, None, None, None]), 0, 255).astype(np.uint8)


def contrast(images: Images, amount: float, seed: int, numbers: Numbers) -> Images:
    """Distances from the image's mean grey level are multiplied by 1 - ``amount`` to 1 + ``amount``."""
    factor = (1 + (2 * uniform(seed, numbers, stream=5) - 1) * amount)[:, None, None, None]
    mean = images.mean(axis=(1, 2, 3), keepdims=True)
    return np.clip(np.round(mean + (images - mean) * factor), 0, 255).astype(np.uint8)
