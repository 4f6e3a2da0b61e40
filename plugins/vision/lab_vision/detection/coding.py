"""Boxes relative to reference boxes (Ren et al. 2015, equation 2), and their overlap, as TensorFlow operations.

Boxes are float32 [..., 4] in pixels: x0, y0, x1, y1.
"""

from math import log
from typing import Any

import tensorflow as tf

LARGEST = log(1000 / 16)  # of the logarithm of a ratio of sides: no box grows out of all bounds


def encode(boxes: Any, references: Any) -> Any:
    """Offsets [..., 4] of boxes from references: (x - xa) / wa, (y - ya) / ha, log(w / wa), log(h / ha), by the centres."""
    x, y, w, h = centred(boxes)
    xa, ya, wa, ha = centred(references)
    return tf.stack([(x - xa) / wa, (y - ya) / ha, tf.math.log(w / wa), tf.math.log(h / ha)], -1)


def decode(offsets: Any, references: Any) -> Any:
    """The boxes that :func:`encode` gives these offsets; ratios of sides are limited to 62.5."""
    dx, dy, dw, dh = tf.unstack(offsets, axis=-1)
    xa, ya, wa, ha = centred(references)
    x, y = dx * wa + xa, dy * ha + ya
    w, h = tf.exp(tf.minimum(dw, LARGEST)) * wa, tf.exp(tf.minimum(dh, LARGEST)) * ha
    return tf.stack([x - w / 2, y - h / 2, x + w / 2, y + h / 2], -1)


def centred(boxes: Any) -> tuple[Any, Any, Any, Any]:
    """Centre x, centre y, width and height [...]; sides of less than a thousandth of a pixel count as that."""
    x0, y0, x1, y1 = tf.unstack(boxes, axis=-1)
    w, h = tf.maximum(x1 - x0, 1e-3), tf.maximum(y1 - y0, 1e-3)
    return (x0 + x1) / 2, (y0 + y1) / 2, w, h


def overlaps(a: Any, b: Any) -> Any:
    """Intersection over union [..., n, m] of boxes [..., n, 4] with boxes [..., m, 4]; 0 where both are empty."""
    a, b = a[..., :, None, :], b[..., None, :, :]
    sides = tf.maximum(tf.minimum(a[..., 2:], b[..., 2:]) - tf.maximum(a[..., :2], b[..., :2]), 0.0)
    both = sides[..., 0] * sides[..., 1]
    return tf.math.divide_no_nan(both, area(a) + area(b) - both)


def area(boxes: Any) -> Any:
    """Pixels that boxes cover, [...]."""
    return (boxes[..., 2] - boxes[..., 0]) * (boxes[..., 3] - boxes[..., 1])


def clipped(boxes: Any, size: float) -> Any:
    """Boxes cut at the border of a square image of ``size`` pixels."""
    return tf.clip_by_value(boxes, 0.0, float(size))


def smooth_l1(difference: Any, beta: float = 1.0) -> Any:
    """0.5 x^2 / beta below ``beta``, |x| - beta / 2 above (Girshick 2015, equation 3), elementwise."""
    size = tf.abs(difference)
    return tf.where(size < beta, 0.5 * size**2 / beta, size - 0.5 * beta)
