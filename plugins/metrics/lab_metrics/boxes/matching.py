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
    least = np.minimum(np.asarray(thresholds, np.float64), 1 - 1e-10)
    found = np.zeros((len(least), len(overlap)), np.bool_)
    if not overlap.size:
        return found
    rows = np.arange(len(least))
    free = np.ones((len(least), overlap.shape[1]), np.bool_)
    reaching = overlap.max(axis=1) >= least.min()  # the others find nothing and take nothing
    for place in np.argsort(-np.asarray(scores), kind="stable"):
        if reaching[place]:
            candidates = np.where(free, overlap[place], -1.0)  # [thresholds, objects]
            best = candidates.shape[1] - 1 - candidates[:, ::-1].argmax(axis=1)
            found[:, place] = candidates[rows, best] >= least
            free[rows[found[:, place]], best[found[:, place]]] = False
    return found
