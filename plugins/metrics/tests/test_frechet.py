"""The Frechet distance against closed forms and against SciPy's matrix root."""

import numpy as np
import pytest
from lab_metrics.images.frechet import Moments, distance, frechet_distance, moments
from scipy.linalg import sqrtm

from lab_core.errors import LabError


def test_two_intervals_worked_out_by_hand() -> None:
    """One dimension: (3 - 1)^2 + (s1 - s2)^2 with unbiased variances 2 and 8."""
    a, b = np.array([[0.0], [2.0]]), np.array([[1.0], [5.0]])
    assert moments(a).covariance == pytest.approx(2.0)
    assert frechet_distance(a, b) == pytest.approx(4 + (8**0.5 - 2**0.5) ** 2)


def test_diagonal_normals_differ_by_their_means_and_deviations() -> None:
    a = Moments(np.array([0.0, 1.0]), np.diag([4.0, 9.0]))
    b = Moments(np.array([3.0, 1.0]), np.diag([1.0, 25.0]))
    assert distance(a, b) == pytest.approx(9 + (2 - 1) ** 2 + (3 - 5) ** 2)


def test_correlated_normals_agree_with_scipys_root() -> None:
    rng = np.random.default_rng(0)
    a, b = (rng.standard_normal((300, 8)) @ rng.standard_normal((8, 8)) for _ in range(2))
    one, two = moments(a), moments(b)
    root = sqrtm(one.covariance @ two.covariance).real
    gap = one.mean - two.mean
    expected = gap @ gap + np.trace(one.covariance + two.covariance - 2 * root)
    assert frechet_distance(a, b) == pytest.approx(expected, rel=1e-9)
    assert frechet_distance(b, a) == pytest.approx(expected, rel=1e-9)


def test_fewer_rows_than_columns_give_zero_against_themselves() -> None:
    """Where a root of the product goes through a singular matrix."""
    few = np.random.default_rng(1).standard_normal((20, 64))
    assert frechet_distance(few, few) == pytest.approx(0.0, abs=1e-6)
    assert frechet_distance(few, few + 1.0) == pytest.approx(64.0, rel=1e-6)


def test_features_that_say_nothing_are_refused() -> None:
    with pytest.raises(LabError, match="at least 2 rows"):
        moments(np.zeros((1, 4)))
    with pytest.raises(LabError, match="finite"):
        moments(np.array([[0.0], [np.nan]]))
