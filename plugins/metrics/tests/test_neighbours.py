"""Precision, recall, density, coverage: points on a line, worked out by hand; and by a slow count."""

import numpy as np
import pytest
from lab_metrics.images.neighbours import precision_recall, radii
from scipy.spatial import cKDTree

from lab_core.errors import LabError


def test_points_on_a_line_by_hand() -> None:
    """k = 1. Real 0, 1, 3, 10: radii 1, 1, 2, 7. Samples 0.5, 4.5, 100: radii 4, 4, 95.5.

    0.5 lies in the balls of 0 and 1; 4.5 in those of 3 and 10; 100 in none. 0, 1, 3 lie in the ball of 0.5, 3 in that of
    4.5, 10 in that of 100. Every real ball holds a sample.
    """
    real, fake = (np.array(values)[:, None] for values in ([0.0, 1.0, 3.0, 10.0], [0.5, 4.5, 100.0]))
    assert radii(real, 1) ** 0.5 == pytest.approx([1, 1, 2, 7])
    found = precision_recall(real, fake, k=1)
    assert found.precision == pytest.approx(2 / 3)
    assert found.recall == pytest.approx(1.0)
    assert found.density == pytest.approx(4 / 3)
    assert found.coverage == pytest.approx(1.0)


def test_agrees_with_a_slow_count() -> None:
    rng = np.random.default_rng(0)
    real, fake = rng.standard_normal((40, 3)), rng.standard_normal((30, 3)) * 1.5 + 0.5
    k = 3

    def apart(a: np.ndarray, b: np.ndarray) -> np.ndarray:
        return np.linalg.norm(a[:, None] - b[None], axis=2)

    real_radius, fake_radius = (np.sort(apart(side, side), axis=1)[:, k] for side in (real, fake))
    between = apart(real, fake)
    found = precision_recall(real, fake, k)
    assert found.precision == pytest.approx(np.mean([(between[:, j] <= real_radius).any() for j in range(30)]))
    assert found.recall == pytest.approx(np.mean([(between[i] <= fake_radius).any() for i in range(40)]))
    assert found.density == pytest.approx((between <= real_radius[:, None]).sum() / (k * 30))
    assert found.coverage == pytest.approx(np.mean([(between[i] <= real_radius[i]).any() for i in range(40)]))


def test_more_rows_than_one_block_holds() -> None:
    rng = np.random.default_rng(1)
    real, fake = rng.standard_normal((2100, 4)), rng.standard_normal((300, 4))
    k = 3
    tree = cKDTree(real)
    radius = tree.query(real, k + 1)[0][:, k]
    assert radii(real, k) ** 0.5 == pytest.approx(radius, rel=1e-6)
    caught = [any(np.linalg.norm(real[i] - sample) <= radius[i] for i in tree.query(sample, 60)[1]) for sample in fake]
    assert precision_recall(real, fake, k).precision == pytest.approx(np.mean(caught), abs=0.01)


def test_too_few_points_are_refused() -> None:
    with pytest.raises(LabError, match="more than 3 rows"):
        precision_recall(np.zeros((3, 2)), np.zeros((10, 2)))
