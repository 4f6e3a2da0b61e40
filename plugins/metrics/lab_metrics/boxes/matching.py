"""Which detections find which objects, as COCO counts it: greedily, the most certain detection first."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lab_metrics.boxes.overlap import iou

THRESHOLDS = np.linspace(0.5, 0.95, 10)  # of intersection over union: COCO's .5:.95

Floats = NDArray[Any]


def matches(
    detections: Floats, scores: Floats, objects: Floats, thresholds: Sequence[float] | Floats = THRESHOLDS
) -> NDArray[Any]:
    """Whether each detection finds an object, bool [thresholds, n], of one class in one image.

    In the order of falling scores each detection takes the object that it overlaps most among those not taken yet, if by at
    least the threshold; of equal overlaps the later object (pycocotools).
    """
    overlap = iou(detections, objects)
    order = np.argsort(-np.asarray(scores), kind="stable")
    found = np.zeros((len(thresholds), len(order)), np.bool_)
    for row, threshold in enumerate(thresholds):
        free = np.ones(overlap.shape[1], np.bool_)
        for place in order:
            candidates = np.where(free, overlap[place], -1.0)
            if not len(candidates):
                break
            best = len(candidates) - 1 - int(np.argmax(candidates[::-1]))
            if candidates[best] >= min(threshold, 1 - 1e-10):
                found[row, place] = True
                free[best] = False
    return found
