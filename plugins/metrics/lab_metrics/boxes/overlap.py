"""Intersection over union of boxes, and the suppression of boxes that overlap a better one.

Boxes are float [n, 4] in pixels: x0, y0, x1, y1 with x1 >= x0 and y1 >= y0; a box covers (x1 - x0) * (y1 - y0).
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from lab_core.errors import LabError

Floats = NDArray[Any]


def iou(a: Floats, b: Floats) -> Floats:
    """Intersection over union of each box of ``a`` [n, 4] with each of ``b`` [m, 4]: float64 [n, m], 0 for empty boxes."""
    a, b = corners(a), corners(b)
    low = np.maximum(a[:, None, :2], b[None, :, :2])
    high = np.minimum(a[:, None, 2:], b[None, :, 2:])
    both = np.clip(high - low, 0.0, None).prod(axis=2)
    whole = area(a)[:, None] + area(b)[None, :] - both
    return np.divide(both, whole, out=np.zeros_like(both), where=whole > 0)


def area(boxes: Floats) -> Floats:
    """Pixels that each box covers, [n]."""
    boxes = corners(boxes)
    return (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])


def suppressed(boxes: Floats, scores: Floats, threshold: float = 0.5, classes: NDArray[Any] | None = None) -> NDArray[np.intp]:
    """Which boxes stay, best first: none overlaps a better one of its class by more than ``threshold`` (greedy NMS).

    ``classes`` [n] are suppressed apart from each other; without it all boxes are of one class.
    """
    boxes = corners(boxes)
    order = np.argsort(-np.asarray(scores), kind="stable")
    overlap = iou(boxes, boxes)
    if classes is not None:
        overlap = np.where(np.asarray(classes)[:, None] == np.asarray(classes)[None, :], overlap, 0.0)
    alive = np.ones(len(boxes), np.bool_)
    kept = []
    for place in order:
        if alive[place]:
            kept.append(place)
            alive &= overlap[place] <= threshold
    return np.asarray(kept, np.intp)


def corners(boxes: Floats) -> Floats:
    """Boxes as float64 [n, 4]; raises LabError for another shape or corners in the wrong order."""
    found = np.asarray(boxes, np.float64).reshape(-1, 4) if np.size(boxes) == 0 else np.asarray(boxes, np.float64)
    if found.ndim != 2 or found.shape[1] != 4:
        raise LabError(f"Boxes are [n, 4] (x0, y0, x1, y1); these are {list(found.shape)}.")
    if not np.isfinite(found).all() or (found[:, 2:] < found[:, :2]).any():
        raise LabError(
            "A box has corners that are not finite, or its lower right corner lies above or left of its upper left one."
        )
    return found
