"""Average precision of detections, equal to pycocotools (all areas, no crowds).

Statistics hold an image a row, so that any subset of images can be scored (:func:`pool`). A row is the number of classes, the
objects of each class, then three numbers a detection: class, score, matches. ``matches`` is the sum of 2^k over the thresholds k
at which the detection finds an object. Rows are filled up with class -1.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from lab_core.errors import LabError
from lab_core.pooling import resampled_by
from lab_metrics.boxes.matching import THRESHOLDS, matches
from lab_metrics.boxes.resampling import resampled_precisions

RECALLS = np.linspace(0.0, 1.0, 101)
MOST_DETECTIONS = 100  # the most certain ones of a class in an image count, as in COCO
_BITS = 2.0 ** np.arange(len(THRESHOLDS))

Floats = NDArray[Any]


class Found(NamedTuple):
    """Detections of one image: boxes [n, 4] in pixels, classes [n] from 0, scores [n]; ``scores`` of true objects are ignored."""

    boxes: Floats
    classes: NDArray[Any]
    scores: Floats


def statistics(detections: Sequence[Found], objects: Sequence[Found], classes: int) -> Floats:
    """Statistics float64 [images, columns] of the detections of each image against its objects."""
    if len(detections) != len(objects):
        raise LabError(f"Detections of {len(detections)} images can't be compared with the objects of {len(objects)}.")
    rows = [_row(mine, theirs, classes) for mine, theirs in zip(detections, objects, strict=True)]
    width = max((len(row) for row in rows), default=1 + classes)
    filled = np.full((len(rows), width), -1.0)
    for place, row in enumerate(rows):
        filled[place, : len(row)] = row
    return filled


def average_precisions(statistics: Floats) -> Floats:
    """AP of each class at each threshold, float64 [classes, thresholds], 0 to 1; NaN for classes without an object."""
    rows = np.asarray(statistics, np.float64)
    if rows.ndim != 2 or not len(rows) or len(set(rows[:, 0].tolist())) != 1:
        raise LabError("Statistics of detections are one row an image, all with the same number of classes.")
    classes = int(rows[0, 0])
    there = rows[:, 1 : 1 + classes].sum(axis=0)
    found = rows[:, 1 + classes :].reshape(-1, 3)
    result = np.full((classes, len(THRESHOLDS)), np.nan)
    for number in range(classes):
        if there[number]:
            mine = found[found[:, 0] == number]
            mine = mine[np.argsort(-mine[:, 1], kind="stable")]
            hits = (mine[:, 2].astype(np.int64)[:, None] >> np.arange(len(THRESHOLDS))) & 1  # [detections, thresholds]
            result[number] = _interpolated(hits.T.astype(np.float64), there[number])
    return result


def _resampled(statistics: Floats, times: Floats) -> Floats:
    return _means(resampled_precisions(statistics, times, len(THRESHOLDS), RECALLS))


def _resampled_at_half(statistics: Floats, times: Floats) -> Floats:
    return _means(resampled_precisions(statistics, times, 1, RECALLS))


def _means(values: Floats) -> Floats:
    """:func:`_mean` of each resample of [resamples, classes, thresholds]."""
    return np.asarray([_mean(one) for one in values])


@resampled_by(_resampled)
def pool(statistics: Floats) -> float:
    """mAP at .5:.95: mean over thresholds and over the classes that have an object, 0 to 1 (COCO's AP)."""
    return _mean(average_precisions(statistics))


@resampled_by(_resampled_at_half)
def pool_at_half(statistics: Floats) -> float:
    """mAP at an intersection over union of 0.5 (COCO's AP50, VOC's rule), 0 to 1."""
    return _mean(average_precisions(statistics)[:, :1])


def _mean(values: Floats) -> float:
    """Mean of what is defined; -1, as pycocotools says, where no class has an object."""
    return float(np.nanmean(values)) if not np.isnan(values).all() else -1.0


def _interpolated(hits: Floats, objects: float) -> Floats:
    """AP by 101 recalls from hits [thresholds, detections] in falling order of scores: [thresholds]."""
    if not hits.shape[1]:
        return np.zeros(len(hits))
    true = hits.cumsum(axis=1)
    recall = true / objects
    precision = true / np.arange(1, hits.shape[1] + 1)
    precision = np.maximum.accumulate(precision[:, ::-1], axis=1)[:, ::-1]  # the best at this recall or a higher one
    result = np.empty(len(hits))
    for row in range(len(hits)):
        place = np.searchsorted(recall[row], RECALLS, side="left")
        result[row] = np.append(precision[row], 0.0)[place].mean()
    return result


def _row(mine: Found, theirs: Found, classes: int) -> list[float]:
    objects = [float((np.asarray(theirs.classes) == number).sum()) for number in range(classes)]
    detections: list[float] = []
    for number in range(classes):
        here = np.flatnonzero(np.asarray(mine.classes) == number)
        here = here[np.argsort(-np.asarray(mine.scores)[here], kind="stable")][:MOST_DETECTIONS]
        if not len(here):
            continue
        scores = np.asarray(mine.scores, np.float64)[here]
        found = matches(np.asarray(mine.boxes)[here], scores, np.asarray(theirs.boxes)[np.asarray(theirs.classes) == number])
        for score, bits in zip(scores.tolist(), (_BITS @ found).tolist(), strict=True):
            detections += [float(number), score, bits]
    return [float(classes), *objects, *detections]
