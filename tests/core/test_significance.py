"""Two methods against each other: SciPy, rliable, exact small cases, and how often intervals and tests are right."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import scipy.stats
from hypothesis import given
from hypothesis import strategies as st

from lab_app.results import significance as s

PEER = json.loads((Path(__file__).parent / "rliable.json").read_text())  # written by tools/rliable_values.py


@pytest.mark.parametrize("case", PEER["cases"])
def test_probability_of_improvement_and_its_interval_are_rliables(case: dict[str, Any]) -> None:
    assert s.probability_of_improvement(case["x"], case["y"]) == pytest.approx(case["improvement"], abs=1e-12)
    low, high = case["improvement_interval"]
    ours = s.improvement_interval(case["x"], case["y"], widen=False)
    assert ours == pytest.approx((low, high), abs=0.06 * (high - low))


@given(st.lists(st.integers(-3, 3), min_size=1, max_size=9), st.lists(st.integers(-3, 3), min_size=1, max_size=9))
def test_probability_of_improvement_is_mann_whitneys_u(a: list[int], b: list[int]) -> None:
    expected = scipy.stats.mannwhitneyu(a, b).statistic / (len(a) * len(b))
    assert s.probability_of_improvement([a], [b]) == pytest.approx(expected)
    assert s.probability_of_improvement([b], [a]) == pytest.approx(1 - expected)


def test_probability_of_improvement_averages_over_tasks() -> None:
    assert s.probability_of_improvement([[2.0], [0.0]], [[1.0], [1.0]]) == 0.5


@pytest.mark.parametrize("runs", [5, 10])
def test_improvement_interval_covers_the_truth(runs: int) -> None:
    rng = np.random.default_rng(5)
    truth = scipy.stats.norm.cdf(1 / np.sqrt(2))
    hits = 0
    for trial in range(300):
        low, high = s.improvement_interval([rng.normal(1, 1, runs)], [rng.normal(0, 1, runs)], seed=trial, resamples=1000)
        hits += low <= truth <= high
    assert hits / 300 >= {5: 0.89, 10: 0.945}[runs]  # plain percentiles: 0.877 and 0.94


def welch(x: Any, y: Any, axis: int) -> Any:
    return np.abs(scipy.stats.ttest_ind(x, y, axis=axis, equal_var=False).statistic)


@pytest.mark.parametrize(("n", "m"), [(3, 3), (4, 2), (5, 5)])
def test_permutation_test_is_scipys_on_every_split(n: int, m: int) -> None:
    rng = np.random.default_rng(n)
    x, y = rng.normal(1.0, 1.0, n), rng.normal(0.0, 2.0, m)
    theirs = scipy.stats.permutation_test((x, y), welch, vectorized=True, n_resamples=np.inf, alternative="greater")
    assert s.permutation_test(x, y) == pytest.approx(theirs.pvalue)


def test_permutation_test_by_hand() -> None:
    """Every run of one side above every run of the other: only that split and its mirror are as far apart."""
    assert s.permutation_test([1, 2, 3], [11, 12, 13]) == pytest.approx(2 / 20) == pytest.approx(s.smallest_p(3, 3))
    assert s.permutation_test([1, 2], [11, 12, 13]) == pytest.approx(1 / 10) == pytest.approx(s.smallest_p(2, 3))
    assert s.permutation_test([5, 5, 5], [5, 5, 5]) == 1.0
    assert s.permutation_test([0.1, 0.1], [0.3, 0.3]) == pytest.approx(2 / 6)
    with pytest.raises(ValueError, match="at least 2"):
        s.permutation_test([1], [2, 3])


def test_many_runs_are_tested_on_drawn_splits() -> None:
    rng = np.random.default_rng(2)
    x, y = rng.normal(0.6, 1, 30), rng.normal(0, 1, 40)
    expected = scipy.stats.ttest_ind(x, y, equal_var=False).pvalue
    assert s.permutation_test(x, y) == pytest.approx(expected, abs=0.01)
    assert s.permutation_test(x, y, seed=1) == s.permutation_test(x, y, seed=1)
    assert s.permutation_test(x + 99, y) == pytest.approx(s.smallest_p(30, 40))


@pytest.mark.parametrize(("spread", "share"), [(1.0, 0.05), (4.0, 0.075)])
def test_the_test_rejects_equal_means_about_as_often_as_it_says(spread: float, share: float) -> None:
    """Five runs a side: 5 % where both are alike (it is exact), 7.5 % over 10,000 trials where one varies four times as much."""
    rng = np.random.default_rng(1)
    rejected = np.mean([s.permutation_test(rng.normal(0, 1, 5), rng.normal(0, spread, 5)) <= 0.05 for _ in range(600)])
    assert rejected <= share + 3 * np.sqrt(share / 600)


def test_the_test_sees_a_difference_that_is_there() -> None:
    rng = np.random.default_rng(4)
    found = np.mean([s.permutation_test(rng.normal(0, 1, 5), rng.normal(3, 1, 5)) <= 0.05 for _ in range(100)])
    assert found >= 0.9  # Welch's test has a power of 0.98 here
