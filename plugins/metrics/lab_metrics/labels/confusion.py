"""Confusion matrix, precision, recall and F1 of each class."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[Any]
Labels = NDArray[Any]


class ByClass(NamedTuple):
    """One number a class, [classes]; 0 where a class was never answered (precision) or never there (recall)."""

    precision: Floats
    recall: Floats
    f1: Floats


def confusion(labels: Labels, predicted: Labels, classes: int) -> NDArray[np.int64]:
    """How often each class (rows) was answered as each class (columns): int64 [classes, classes]."""
    pairs = np.asarray(labels, np.int64) * classes + np.asarray(predicted, np.int64)
    return np.bincount(pairs, minlength=classes * classes).reshape(classes, classes)


def by_class(matrix: NDArray[np.int64]) -> ByClass:
    """Precision, recall and F1 of each class of a confusion matrix."""
    right = np.diag(matrix).astype(np.float64)
    answered, there = matrix.sum(axis=0), matrix.sum(axis=1)
    return ByClass(_share(right, answered), _share(right, there), _share(2 * right, answered + there))


def macro_f1(matrix: NDArray[np.int64]) -> float:
    """Mean F1 over the classes that are there or were answered, each weighing the same: 0 to 1."""
    present = (matrix.sum(axis=0) + matrix.sum(axis=1)) > 0
    return float(by_class(matrix).f1[present].mean()) if present.any() else 0.0


def pool_macro_f1(statistics: Floats) -> float:
    """Macro F1 from (label, answer) of each item, [n, 2]."""
    labels, predicted = np.asarray(statistics, np.int64).T
    return macro_f1(confusion(labels, predicted, int(max(labels.max(), predicted.max())) + 1))


def _share(part: Floats, whole: NDArray[Any]) -> Floats:
    return np.divide(part, whole, out=np.zeros_like(part), where=whole > 0)
