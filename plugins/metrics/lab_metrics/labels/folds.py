"""Verification in folds: the threshold is chosen on nine tenths of the pairs and judged on the tenth (Huang et al. 2007)."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from lab_core.errors import LabError
from lab_metrics.labels.ranking import best_threshold

FOLDS = 10


def fold_accuracies(positive: NDArray[Any], scores: NDArray[Any], folds: NDArray[Any]) -> NDArray[Any]:
    """Accuracy of each fold, [folds], with the threshold that is best on all the others.

    ``folds`` [n] is the number of each pair's fold. Raises LabError for fewer than two folds.
    """
    names = np.unique(folds)
    if len(names) < 2:
        raise LabError("Verification needs at least two folds of pairs: one to choose the threshold on, one to judge.")
    hit, score = np.asarray(positive, np.bool_), np.asarray(scores, np.float64)
    found = []
    for name in names:
        here = folds == name
        threshold = best_threshold(hit[~here], score[~here])
        found.append(float(((score[here] >= threshold) == hit[here]).mean()))
    return np.asarray(found)
