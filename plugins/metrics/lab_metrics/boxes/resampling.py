"""Average precision of many resamples of the same images at once, for bootstrap intervals.

The detections of a class are sorted once. An image that a resample holds k times gives each of its detections the weight k, so
that precision and recall are ratios of weighted cumulative sums, needed at the hits alone: between two hits precision only falls.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[Any]
_BLOCK = 2_000_000  # weights that are in memory at once


def resampled_precisions(statistics: Floats, times: Floats, thresholds: int, recalls: Floats) -> Floats:
    """AP float64 [resamples, classes, thresholds]; NaN where a resample has no object of the class.

    ``statistics`` as :mod:`lab_metrics.boxes.average_precision` describes them; ``times`` [resamples, images] counts how often
    each image stands in a resample. The first ``thresholds`` overlaps are scored, at ``recalls``. Equal to the average precisions
    of the repeated rows, but for two detections of one class and image with exactly the same score.
    """
    rows = np.asarray(statistics, np.float64)
    classes = int(rows[0, 0])
    found = rows[:, 1 + classes :].reshape(len(rows), -1, 3)
    image = np.repeat(np.arange(len(rows)), found.shape[1])
    found = found.reshape(-1, 3)
    result = np.full((len(times), classes, thresholds), np.nan)
    for number in range(classes):
        here = np.flatnonzero(found[:, 0] == number)
        here = here[np.argsort(-found[here, 1], kind="stable")]
        hits = [np.flatnonzero((found[here, 2].astype(np.int64) >> bit) & 1) for bit in range(thresholds)]
        size = max(1, _BLOCK // max(1, len(here)))
        for start in range(0, len(times), size):
            some = times[start : start + size]
            result[start : start + size, number] = _of_class(some[:, image[here]], some @ rows[:, 1 + number], hits, recalls)
    return result


def _of_class(weights: Floats, objects: Floats, hits: list[NDArray[np.intp]], recalls: Floats) -> Floats:
    """AP [resamples, thresholds] from ``weights`` [resamples, detections], best first, and ``objects`` [resamples]."""
    count = weights.cumsum(axis=1)
    result = np.full((len(weights), len(hits)), np.nan)
    for column, places in enumerate(hits):
        true = weights[:, places].cumsum(axis=1)
        precision = true / np.maximum(count[:, places], 1.0)
        best = np.maximum.accumulate(precision[:, ::-1], axis=1)[:, ::-1]
        best = np.concatenate([best, np.zeros((len(best), 1))], axis=1)
        for row in np.flatnonzero(objects):
            result[row, column] = best[row, np.searchsorted(true[row] / objects[row], recalls, side="left")].mean()
    return result
