"""Classification accuracy score: learn from a model's labelled samples, be tested on real images. Ravuri and Vinyals 2019.

Samples that miss what makes a class vary teach a poor classifier, however sharp they are. The classifier here is one that is
learnt in closed form, so that the score has no training noise: ridge regression to one-hot labels on random Fourier
features of a Gaussian kernel (Rahimi and Recht 2007), the kernel as wide as the median distance between two images. Put
what the same classifier reaches on as many real images beside it.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from lab_core.errors import LabError

FEATURES = 1500
RIDGE = 1e-4

Labels = NDArray[Any]


def classification_accuracy(
    images: NDArray[Any],
    labels: Labels,
    test_images: NDArray[Any],
    test_labels: Labels,
    *,
    features: int = FEATURES,
    seed: int = 0,
) -> float:
    """Share of ``test_images`` [m, ...] that a classifier learnt from ``images`` [n, ...] names rightly; pixels 0 to 1.

    Raises LabError when fewer than two classes are there to learn.
    """
    classes, places = np.unique(labels, return_inverse=True)
    if len(classes) < 2:
        raise LabError("A classifier can't be learnt from one class.")
    train, test = (np.asarray(side, np.float32).reshape(len(side), -1) for side in (images, test_images))
    rng = np.random.default_rng(seed)
    some = train[rng.choice(len(train), min(len(train), 500), replace=False)]
    apart = np.linalg.norm(some[: len(some) // 2] - some[len(some) - len(some) // 2 :], axis=1)
    width = max(float(np.median(apart)), 1e-6)
    directions = (rng.standard_normal((train.shape[1], features)) / width).astype(np.float32)
    phases = rng.uniform(0, 2 * np.pi, features).astype(np.float32)

    def mapped(rows: NDArray[np.float32]) -> NDArray[np.float32]:
        return np.cos(rows @ directions + phases)

    seen = mapped(train)
    normal = (seen.T @ seen).astype(np.float64) + RIDGE * len(seen) * np.eye(features)
    weights = np.linalg.solve(normal, (seen.T @ np.eye(len(classes), dtype=np.float32)[places]).astype(np.float64))
    chosen = classes[(mapped(test) @ weights.astype(np.float32)).argmax(axis=1)]
    return float((chosen == test_labels).mean())
