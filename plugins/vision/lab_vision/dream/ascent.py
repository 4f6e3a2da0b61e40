"""Gradient ascent on an image, in tiles and at several sizes, with a gradient that is balanced over spatial frequencies.

Mordvintsev, Olah and Tyka 2015, "Inceptionism", with the source's settings: 20 iterations from noise, 3 octaves of scale 1.4, a
random shift against seams between tiles, a Laplacian pyramid of 4 levels; 4 octaves and a step of 1.5 on a photograph.
"""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

Image = NDArray[np.float32]  # [height, width, 3], values 0 to 255
Score = Callable[[Any], Any]  # images [1, height, width, 3] -> float32 scalar
_LINE = np.array([1, 4, 6, 4, 1], np.float32)
_KERNEL = np.outer(_LINE, _LINE) / _LINE.sum() ** 2


def ascend(
    image: Image,
    gradient: "Gradient",
    *,
    octaves: int,
    octave_scale: float,
    iterations: int,
    step: float,
    laplacian: int,
    seed: int,
) -> Iterator[tuple[Image, float]]:
    """The image after every step, with the score before it; the last one has the given size.

    What a smaller size can't show is put back when the image grows, so that a photograph keeps its detail.
    """
    rng = np.random.default_rng(seed)
    sizes = octave_sizes(image.shape[:2], octaves, octave_scale)
    details: list[Image] = []  # of each size but the smallest, what the next smaller one loses
    current = image
    for size in sizes[:-1][::-1]:
        smaller = resized(current, size)
        details.append(current - resized(smaller, current.shape[:2]))
        current = smaller
    for octave, size in enumerate(sizes):
        if octave:
            current = resized(current, size) + details[len(details) - octave]
        for _ in range(iterations):
            found, score = gradient(current, rng)
            if laplacian:
                found = balanced(found, laplacian)
            current = current + found * (step / (float(np.abs(found).mean()) + 1e-7))
            yield current, score


class Gradient:
    """The gradient of a score with respect to an image of any size, computed in squares so that memory stays the same."""

    def __init__(self, score: Score, tile: int) -> None:
        self._tile = tile
        signature = [tf.TensorSpec((1, None, None, 3), tf.float32)]
        self._of_tile = tf.function(_differentiated(score), input_signature=signature)

    def __call__(self, image: Image, rng: np.random.Generator) -> tuple[Image, float]:
        """Gradient [h, w, 3] and the mean score of the tiles. The tiles' borders fall elsewhere each time, against seams."""
        height, width = image.shape[:2]
        shift = int(rng.integers(self._tile)), int(rng.integers(self._tile))
        rolled = np.roll(image, shift, axis=(0, 1))
        found = np.zeros_like(image)
        scores: list[float] = []
        for rows in _spans(height, self._tile):
            for columns in _spans(width, self._tile):
                gradient, score = self._of_tile(rolled[None, rows, columns].astype(np.float32))
                found[rows, columns] = gradient.numpy()[0]
                scores.append(float(score))
        return np.roll(found, (-shift[0], -shift[1]), axis=(0, 1)), float(np.mean(scores))


def _differentiated(score: Score) -> Callable[[Any], tuple[Any, Any]]:
    def both(image: Any) -> tuple[Any, Any]:
        with tf.GradientTape() as tape:
            tape.watch(image)
            value = score(image)
        return tape.gradient(value, image), value

    return both


def _spans(length: int, tile: int) -> list[slice]:
    """Spans that cover ``length``: whole tiles, and what is left joined to the last one where it is less than half a tile."""
    starts = list(range(0, max(1, length - tile // 2), tile))
    return [slice(start, length if start == starts[-1] else start + tile) for start in starts]


def octave_sizes(size: tuple[int, int], octaves: int, scale: float) -> list[tuple[int, int]]:
    """Heights and widths, the smallest first, the last as given; sizes below 32 pixels are left out."""
    found = [(round(size[0] / scale**number), round(size[1] / scale**number)) for number in range(octaves)]
    return [one for one in found if min(one) >= 32 or one == found[0]][::-1]


def resized(image: Image, size: tuple[int, int]) -> Image:
    """The image at another size, bilinear, averaged where it shrinks."""
    return tf.image.resize(image[None], size, antialias=True).numpy()[0]


def split(image: Any, levels: int) -> list[Any]:
    """A Laplacian pyramid (Burt and Adelson 1983) of an image [1, h, w, 3]: ``levels`` differences, then what is left."""
    found: list[Any] = []
    for _ in range(levels):
        low = tf.nn.depthwise_conv2d(image, _filters(1.0), [1, 2, 2, 1], "SAME")
        found.append(image - _enlarged(low, tf.shape(image)))
        image = low
    return [*found, image]


def merge(pyramid: list[Any]) -> Any:
    """The image [1, h, w, 3] of a pyramid: the inverse of :func:`split`."""
    image = pyramid[-1]
    for difference in reversed(pyramid[:-1]):
        image = _enlarged(image, tf.shape(difference)) + difference
    return image


def balanced(gradient: Image, levels: int) -> Image:
    """A gradient whose coarse and fine parts have the same strength: each level is divided by its root mean square."""
    parts = split(tf.constant(gradient[None]), levels)
    return merge([part / tf.maximum(tf.sqrt(tf.reduce_mean(tf.square(part))), 1e-10) for part in parts]).numpy()[0]


def _enlarged(low: Any, shape: Any) -> Any:
    """Twice as large by the transposed convolution, each channel alone."""
    kernel = tf.constant(4 * _KERNEL[:, :, None, None] * np.eye(3, dtype=np.float32))
    return tf.nn.conv2d_transpose(low, kernel, shape, [1, 2, 2, 1], "SAME")


def _filters(factor: float) -> Any:
    return tf.constant(np.repeat(factor * _KERNEL[:, :, None, None], 3, axis=2))
