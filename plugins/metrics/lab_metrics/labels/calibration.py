"""Calibration: whether a confidence of 0.8 is right in 8 of 10 cases."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from lab_core.errors import LabError

BINS = 15

Floats = NDArray[Any]


class Reliability(NamedTuple):
    """A reliability diagram: [bins] each; ``confidence`` and ``accuracy`` are NaN in empty bins."""

    count: NDArray[np.int64]
    confidence: Floats
    accuracy: Floats


def reliability(confidences: Floats, right: Floats, bins: int = BINS) -> Reliability:
    """Items sorted by confidence (0 to 1) into ``bins`` of equal width, each (low, high]; ``right`` [n] is 1 or 0."""
    sure, hit = np.asarray(confidences, np.float64), np.asarray(right, np.float64)
    if sure.shape != hit.shape or sure.ndim != 1 or not len(sure) or sure.min() < 0 or sure.max() > 1:
        raise LabError("Confidences are numbers from 0 to 1, one for each answer.")
    place = np.clip(np.ceil(sure * bins).astype(np.int64) - 1, 0, bins - 1)
    count = np.bincount(place, minlength=bins)
    with np.errstate(invalid="ignore"):
        confidence, accuracy = (np.bincount(place, weights=one, minlength=bins) / count for one in (sure, hit))
    return Reliability(count, confidence, accuracy)


def expected_calibration_error(confidences: Floats, right: Floats, bins: int = BINS) -> float:
    """ECE (Guo et al. 2017, equation 3): mean over items of |accuracy - confidence| of their bin, 0 to 1."""
    found = reliability(confidences, right, bins)
    some = found.count > 0
    gaps = np.abs(found.accuracy[some] - found.confidence[some])
    return float((gaps * found.count[some]).sum() / found.count.sum())
