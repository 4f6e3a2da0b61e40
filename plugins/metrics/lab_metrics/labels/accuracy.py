"""Accuracy, top-k accuracy and what goes with them, from labels and scores of classes.

Labels are integers [n] from 0; scores (probabilities, logits) are [n, classes], larger is more likely.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from lab_core.errors import LabError

LEAST = 1e-12  # the smallest probability that counts: a certain mistake costs 27.6 nats, not infinity

Floats = NDArray[Any]
Labels = NDArray[Any]


def accuracy(labels: Labels, predicted: Labels) -> float:
    """Share of right answers, 0 to 1."""
    return float(_same(labels, predicted).mean())


def top_k(labels: Labels, scores: Floats, k: int) -> Floats:
    """1.0 where the label is among the ``k`` classes with the highest scores, else 0.0: [n].

    Of equal scores the class with the lower number comes first.
    """
    scores = np.asarray(scores)
    if scores.ndim != 2 or len(scores) != len(labels) or k < 1:
        raise LabError(f"Scores of {list(scores.shape)} don't fit {len(labels)} labels; [n, classes] is expected.")
    order = np.argsort(-scores, axis=1, kind="stable")[:, :k]
    return (order == np.asarray(labels)[:, None]).any(axis=1).astype(np.float64)


def negative_log_likelihood(labels: Labels, probabilities: Floats) -> Floats:
    """-ln of the probability that the right class got, in nats: [n]; probabilities below 1e-12 count as that."""
    rows = np.asarray(probabilities, np.float64)
    return -np.log(np.maximum(rows[np.arange(len(rows)), np.asarray(labels)], LEAST))


def _same(labels: Labels, predicted: Labels) -> NDArray[np.bool_]:
    a, b = np.asarray(labels), np.asarray(predicted)
    if a.shape != b.shape or a.ndim != 1 or not len(a):
        raise LabError(f"Labels of {list(a.shape)} and answers of {list(b.shape)} can't be compared; [n] twice is expected.")
    return a == b
