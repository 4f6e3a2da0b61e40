"""Targets of a CenterNet: a heat map with a peak at each object's centre, sides and offsets (Zhou et al. 2019, section 3)."""

from typing import Any, NamedTuple

import tensorflow as tf

STRIDE = 4
OVERLAP = 0.7  # with which boxes whose corners are off by a radius still overlap the object


class Targets(NamedTuple):
    """heat    float32 [batch, h, w, classes]: 1 at centres, Gaussians around them
    cell    int32 [batch, k]: row * w + column of each object's centre
    sides   float32 [batch, k, 2]: width and height in pixels of the image
    offset  float32 [batch, k, 2]: centre within its cell, 0 to 1 (x, y)
    there   float32 [batch, k]: 1 for objects, 0 for padding
    """

    heat: Any
    cell: Any
    sides: Any
    offset: Any
    there: Any


def targets(boxes: Any, label: Any, size: int, classes: int, stride: int = STRIDE) -> Targets:
    """Targets of objects with boxes [batch, k, 4] in pixels and labels int32 [batch, k], -1 where there is none."""
    cells = size // stride
    there = label >= 0
    sides = boxes[..., 2:] - boxes[..., :2]
    centre = (boxes[..., :2] + boxes[..., 2:]) / (2.0 * stride)
    cell = tf.clip_by_value(tf.cast(tf.floor(centre), tf.int32), 0, cells - 1)  # [batch, k, (x, y)]
    heat = heat_map(cell, radius(sides / stride), label, cells, classes)
    offset = centre - tf.cast(cell, tf.float32)
    return Targets(heat, cell[..., 1] * cells + cell[..., 0], sides, offset, tf.cast(there, tf.float32))


def heat_map(cell: Any, radii: Any, label: Any, cells: int, classes: int) -> Any:
    """exp(-d^2 / (2 s^2)) with s = a third of the radius, the largest over the objects of a class: [batch, h, w, classes]."""
    line = tf.range(cells)
    spread = tf.maximum((2 * radii + 1) / 6, 1e-3)[..., None]  # [batch, k, 1]
    far = [tf.cast(line - cell[..., axis, None], tf.float32) ** 2 for axis in (0, 1)]  # [batch, k, cells] each
    across, down = (tf.exp(-one / (2 * spread**2)) for one in far)
    peaks = down[..., :, None] * across[..., None, :]  # [batch, k, h, w]
    batch, count = tf.shape(label)[0], tf.shape(label)[1]
    there = tf.reshape(label >= 0, [-1])
    group = tf.reshape(tf.range(batch)[:, None] * classes + tf.maximum(label, 0), [-1])  # image and class of each object
    rows = tf.where(there[:, None], tf.reshape(peaks, (batch * count, cells * cells)), 0.0)
    found = tf.maximum(tf.math.unsorted_segment_max(rows, group, batch * classes), 0.0)
    return tf.transpose(tf.reshape(found, (batch, classes, cells, cells)), (0, 2, 3, 1))


def radius(sides: Any, overlap: float = OVERLAP) -> Any:
    """Largest r in cells so that a box whose two corners both move by (r, r) the same way overlaps the object by ``overlap``.

    The smallest radius of the three cases of Law and Deng 2018 (CornerNet): both corners shifted alike, inward, or outward.
    ``sides`` [..., 2] in cells -> [...], at least 0.
    """
    w, h = sides[..., 0], sides[..., 1]
    total, whole = w + h, w * h

    def smaller(a: float, b: Any, c: Any) -> Any:
        """The smaller root of a r^2 - b r + c."""
        return (b - tf.sqrt(tf.maximum(b**2 - 4 * a * c, 0.0))) / (2 * a)

    shifted = smaller(1.0, total, whole * (1 - overlap) / (1 + overlap))
    inward = smaller(4.0, 2 * total, (1 - overlap) * whole)
    # outward: w h >= overlap (w + 2 r)(h + 2 r), the positive root of 4 o r^2 + 2 o (w + h) r - (1 - o) w h
    a, b, c = 4 * overlap, 2 * overlap * total, -(1 - overlap) * whole
    outward = (-b + tf.sqrt(b**2 - 4 * a * c)) / (2 * a)
    return tf.maximum(tf.minimum(shifted, tf.minimum(inward, outward)), 0.0)


def heat_loss(logits: Any, heat: Any, objects: Any) -> Any:
    """Focal loss with reduced penalty near centres (equation 1, alpha 2, beta 4), divided by the number of objects.

    -(1 - p)^2 log p where the heat is 1, else -(1 - heat)^4 p^2 log(1 - p).
    """
    chance = tf.sigmoid(logits)
    centre = tf.cast(heat >= 1.0, tf.float32)
    found = centre * (1 - chance) ** 2 * tf.nn.softplus(-logits)
    missed = (1 - centre) * (1 - heat) ** 4 * chance**2 * tf.nn.softplus(logits)
    return tf.reduce_sum(found + missed) / tf.maximum(objects, 1.0)
