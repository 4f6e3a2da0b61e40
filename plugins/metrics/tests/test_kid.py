"""The kernel distance: the unbiased estimate by hand and by the double sum, and its scale."""

import numpy as np
import pytest
from lab_metrics.images.kid import kernel_distance, squared_discrepancy


def test_the_estimate_by_hand() -> None:
    """d = 1, k(x, y) = (xy + 1)^3. x: 0, 1; y: 1, 2. Within x: 1; within y: 27; across: (1 + 1 + 8 + 27) / 4."""
    x, y = np.array([[0.0], [1.0]]), np.array([[1.0], [2.0]])
    assert squared_discrepancy(x, y) == pytest.approx(1 + 27 - 2 * 37 / 4)


def test_the_estimate_is_the_double_sum_without_the_diagonals() -> None:
    rng = np.random.default_rng(0)
    x, y = rng.standard_normal((6, 3)), rng.standard_normal((6, 3)) + 0.5

    def kernel(a: np.ndarray, b: np.ndarray) -> float:
        return (a @ b / 3 + 1) ** 3

    pairs = [(i, j) for i in range(6) for j in range(6)]
    within = sum(kernel(side[i], side[j]) for side in (x, y) for i, j in pairs if i != j) / 30
    across = sum(kernel(x[i], y[j]) for i, j in pairs) / 36
    assert squared_discrepancy(x, y) == pytest.approx(within - 2 * across)


def test_equal_distributions_score_about_zero_and_shifted_ones_do_not() -> None:
    rng = np.random.default_rng(0)
    real, same, other = (rng.standard_normal((800, 16)) + shift for shift in (0, 0, 0.5))
    settings = {"subsets": 20, "size": 300}
    nothing = kernel_distance(real, same, **settings)
    assert abs(nothing.mean) < 2 * nothing.deviation
    moved = kernel_distance(real, other, **settings)
    assert moved.mean > 10 * moved.deviation
    assert kernel_distance(real, other, **settings) == moved


def test_a_unit_that_is_silent_on_real_images_does_not_rule_the_score() -> None:
    rng = np.random.default_rng(0)
    real, fake = (np.abs(rng.standard_normal((400, 8))) for _ in range(2))
    real[:, 0] = 0.0
    real[0, 0], fake[:, 0] = 1e-4, 1.0
    assert kernel_distance(real, fake, subsets=5, size=200).mean < 100  # with a deviation each it is 1e20


def test_the_unit_of_the_features_does_not_matter() -> None:
    rng = np.random.default_rng(0)
    real, fake = rng.standard_normal((200, 4)), rng.standard_normal((200, 4)) + 1
    small = kernel_distance(real, fake, subsets=5, size=100)
    assert kernel_distance(1000 * real, 1000 * fake, subsets=5, size=100).mean == pytest.approx(small.mean, rel=1e-4)
