"""Anchors: reference boxes at every position of a feature map, matched with objects (Ren et al. 2015, section 3.1)."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from lab_vision.detection.coding import overlaps

RATIOS = (0.5, 1.0, 2.0)  # height to width


def grid(size: int, stride: int, scales: Sequence[float], ratios: Sequence[float] = RATIOS) -> NDArray[np.float32]:
    """Anchors float32 [(size / stride)^2 * k, 4] of a square image, k = scales x ratios, row by row.

    Each is centred on its cell; its area is ``scale``^2, its height is ``ratio`` times its width.
    """
    centres = (np.arange(size // stride) + 0.5) * stride
    shapes = [(scale / np.sqrt(ratio), scale * np.sqrt(ratio)) for scale in scales for ratio in ratios]
    half = np.array(shapes) / 2  # [k, (w, h)]
    y, x = np.meshgrid(centres, centres, indexing="ij")
    middle = np.stack([x, y], -1)[:, :, None, :]  # [rows, columns, 1, 2]
    return np.concatenate([middle - half, middle + half], -1).reshape(-1, 4).astype(np.float32)


class Matched(NamedTuple):
    """``kind`` int32 [batch, anchors]: 1 object, 0 background, -1 neither; ``object`` int32 [batch, anchors]: its place."""

    kind: Any
    object: Any


def matched(anchors: Any, boxes: Any, there: Any, *, high: float = 0.7, low: float = 0.3, best: bool = True) -> Matched:
    """Match anchors [n, 4] or [batch, n, 4] with objects [batch, k, 4] of which ``there`` bool [batch, k] exist.

    An anchor is positive where it overlaps an object by at least ``high``, or, with ``best``, where no anchor overlaps that
    object by more; background where it overlaps none by ``low`` or more. Its object is the one that it overlaps most.
    """
    overlap = tf.where(there[:, None, :], overlaps(anchors, boxes), -1.0)  # [batch, n, k]
    most = tf.reduce_max(overlap, -1)
    which = tf.argmax(overlap, -1, tf.int32)
    positive = most >= high
    if best:
        top = tf.reduce_max(overlap, 1, keepdims=True)  # of each object
        is_best = (overlap >= top - 1e-6) & (top > 0) & there[:, None, :]
        which = tf.where(
            tf.reduce_any(is_best, -1) & tf.logical_not(positive), tf.argmax(tf.cast(is_best, tf.int32), -1, tf.int32), which
        )
        positive |= tf.reduce_any(is_best, -1)
    kind = tf.where(positive, 1, tf.where(most < low, 0, -1))
    return Matched(kind, which)


def sampled(kind: Any, count: int, share: float, uniform: Any) -> Any:
    """Weights float32 [batch, n], 0 or 1, of at most ``count`` random anchors, at most ``share`` of them positive.

    ``kind`` as in :class:`Matched`; ``uniform`` [batch, n] are random numbers from 0 to 1. Backgrounds fill what positives leave.
    """
    positive, negative = kind == 1, kind == 0
    chosen = positive & (_rank(positive, uniform) < int(count * share))
    left = count - tf.reduce_sum(tf.cast(chosen, tf.int32), 1, keepdims=True)
    return tf.cast(chosen | (negative & (_rank(negative, uniform) < left)), tf.float32)


def _rank(group: Any, uniform: Any) -> Any:
    """Random place int32 [batch, n] of each member of a group among the group."""
    order = tf.argsort(tf.where(group, uniform, 2.0), axis=1)
    return tf.argsort(order, axis=1)
