"""Frechet distance between two sets of features, each taken for a normal distribution.

In a classifier's features it is FCD, in Inception's FID: Heusel et al. 2017, section 4, and Dowson and Landau 1982.
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from lab_core.errors import LabError

Floats = NDArray[Any]


class Moments(NamedTuple):
    """Mean [d] and covariance [d, d] of a set of features, float64."""

    mean: Floats
    covariance: Floats


def moments(features: Floats) -> Moments:
    """Mean and unbiased covariance of features [n, d]; raises LabError for fewer than two rows or for values not finite."""
    if features.ndim != 2 or len(features) < 2:
        raise LabError(f"Features are {list(features.shape)}; expected [n, d] with at least 2 rows.")
    wide = features.astype(np.float64)
    if not np.isfinite(wide).all():
        raise LabError("Features hold values that aren't finite.")
    return Moments(wide.mean(axis=0), np.cov(wide, rowvar=False).reshape(wide.shape[1], wide.shape[1]))


def distance(a: Moments, b: Moments) -> float:
    """``|m1 - m2|^2 + tr(C1 + C2 - 2 (C1 C2)^(1/2))``.

    The trace of the root is the sum of the roots of the eigenvalues of ``C1^(1/2) C2 C1^(1/2)``, which is symmetric: with
    fewer rows than columns, where a root of ``C1 C2`` has imaginary parts to throw away, this stays exact.
    """
    values, vectors = np.linalg.eigh(a.covariance)
    root = (vectors * np.sqrt(np.clip(values, 0.0, None))) @ vectors.T
    product = root @ b.covariance @ root
    cross = np.sqrt(np.clip(np.linalg.eigvalsh((product + product.T) / 2), 0.0, None)).sum()
    gap = a.mean - b.mean
    return float(max(gap @ gap + np.trace(a.covariance) + np.trace(b.covariance) - 2.0 * cross, 0.0))


def frechet_distance(a: Floats, b: Floats) -> float:
    """The distance of two sets of features [n, d] and [m, d]; 0 for equal moments. It grows as the sets shrink: name n."""
    return distance(moments(a), moments(b))
