"""Two classes separated by a score: ROC curve, AUC, equal error rate, VAL at FAR.

``positive`` [n] is True for items of the positive class (pairs of the same person), ``scores`` [n] are larger for likelier ones.
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from lab_core.errors import LabError

Floats = NDArray[Any]
Bools = NDArray[Any]


class Curve(NamedTuple):
    """Shares of negatives (``false``) and positives (``true``) with a score of at least ``thresholds``, [points]; from (0, 0)."""

    false: Floats
    true: Floats
    thresholds: Floats


def roc(positive: Bools, scores: Floats) -> Curve:
    """The ROC curve, a point for each different score; raises LabError unless both classes are there."""
    hit, score = np.asarray(positive, np.bool_), np.asarray(scores, np.float64)
    if hit.shape != score.shape or hit.ndim != 1 or not hit.any() or hit.all():
        raise LabError(f"{int(hit.sum())} positives and {int((~hit).sum())} negatives: both are needed, each with one score.")
    order = np.argsort(-score, kind="stable")
    hit, score = hit[order], score[order]
    last = np.append(np.flatnonzero(np.diff(score)), len(score) - 1)  # of each run of equal scores
    true, false = np.cumsum(hit)[last], np.cumsum(~hit)[last]
    return Curve(np.append(0.0, false / false[-1]), np.append(0.0, true / true[-1]), np.append(np.inf, score[last]))


def auc(positive: Bools, scores: Floats) -> float:
    """Area under the ROC curve, 0 to 1: the chance that a positive scores higher than a negative (ties count half)."""
    curve = roc(positive, scores)
    return float(np.trapezoid(curve.true, curve.false))


def equal_error_rate(positive: Bools, scores: Floats) -> float:
    """EER, 0 to 1: where the share of accepted negatives equals that of rejected positives, between points by straight lines."""
    curve = roc(positive, scores)
    gap = curve.false - (1 - curve.true)  # rises from -1 to 1
    after = int(np.argmax(gap >= 0))
    if after == 0 or gap[after] == 0:
        return float(curve.false[after])
    part = -gap[after - 1] / (gap[after] - gap[after - 1])
    return float(curve.false[after - 1] + part * (curve.false[after] - curve.false[after - 1]))


def validation_rate(positive: Bools, scores: Floats, false_acceptance: float = 1e-3) -> float:
    """VAL at FAR (Schroff et al. 2015, section 4): share of accepted positives where at most that share of negatives is accepted.

    With fewer than 1 / FAR negatives it is the share of positives above all of them.
    """
    curve = roc(positive, scores)
    return float(curve.true[curve.false <= false_acceptance].max())


def best_threshold(positive: Bools, scores: Floats) -> float:
    """The threshold with the most right answers for ``score >= threshold``, halfway to the next lower score."""
    hit = np.asarray(positive, np.bool_)
    curve = roc(hit, scores)
    right = curve.true * hit.sum() + (1 - curve.false) * (~hit).sum()
    best = int(np.argmax(right))
    levels = curve.thresholds
    if best == 0:
        return float(np.nextafter(levels[1], np.inf))
    below = levels[best + 1] if best + 1 < len(levels) else levels[best]
    return float((levels[best] + below) / 2)
