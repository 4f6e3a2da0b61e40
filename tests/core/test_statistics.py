"""Aggregates against rliable, SciPy and hand-worked values; intervals by how often they cover the truth."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import scipy.stats
from hypothesis import given, settings
from hypothesis import strategies as st

from lab_app.results import statistics as s
from lab_app.results.summary import summarise

PEER = json.loads((Path(__file__).parent / "rliable.json").read_text())  # written by tools/rliable_values.py


@pytest.mark.parametrize("case", PEER["cases"])
@pytest.mark.parametrize("name", ["iqm", "median", "mean", "optimality_gap"])
def test_aggregates_and_their_intervals_are_rliables(case: dict[str, Any], name: str) -> None:
    statistic = {"iqm": s.iqm, "median": s.median, "mean": s.mean, "optimality_gap": s.optimality_gap}[name]
    assert s.aggregate(case["x"], statistic) == pytest.approx(case["aggregates"][name], abs=1e-12)
    low, high = case["intervals"][name]  # its own draws, 20,000 of them: a hundredth of the width is chance
    ours = s.stratified_interval(case["x"], statistic, widen=False, resamples=20_000)
    assert ours == pytest.approx((low, high), abs=0.05 * (high - low) + 1e-12)


@pytest.mark.parametrize("case", PEER["cases"])
def test_performance_profiles_and_their_bands_are_rliables(case: dict[str, Any]) -> None:
    assert s.performance_profile(case["x"], PEER["thresholds"]) == pytest.approx(case["profile"], abs=1e-12)
    low, high = s.profile_band(case["x"], PEER["thresholds"], widen=False, resamples=20_000)
    runs = sum(map(len, case["x"]))  # both are shares of so many runs: one step of the ladder is chance
    assert np.abs(np.stack([low, high]) - case["profile_interval"]).max() <= 1.001 / runs
    wide_low, wide_high = s.profile_band(case["x"], PEER["thresholds"])
    assert (wide_low <= low + 1 / runs).all()
    assert (wide_high >= high - 1 / runs).all()


def matrix(tasks: int, runs: int, seed: int = 0) -> list[np.ndarray]:
    return list(np.random.default_rng(seed).normal(1.0, 2.0, size=(tasks, runs)))


@pytest.mark.parametrize(("tasks", "runs"), [(1, 4), (1, 7), (3, 5), (26, 3)])
def test_iqm_is_scipys_trimmed_mean(tasks: int, runs: int) -> None:
    scores = matrix(tasks, runs)
    assert s.aggregate(scores, s.iqm) == pytest.approx(scipy.stats.trim_mean(np.ravel(scores), 0.25))


def test_aggregates_by_hand() -> None:
    scores = [[0.0, 2.0], [4.0, 4.0], [1.0, 1.0]]
    assert s.aggregate(scores, s.mean) == pytest.approx(2.0)  # task means 1, 4, 1
    assert s.aggregate(scores, s.median) == 1.0
    assert s.aggregate(scores, s.iqm) == pytest.approx((1 + 1 + 2 + 4) / 4)  # sorted 0 1 1 2 4 4, one cut on each side
    assert s.aggregate(scores, s.optimality_gap) == pytest.approx(1 / 6)  # only the 0 falls short, by 1 of 6 runs


def test_tasks_weigh_the_same_when_one_has_more_runs() -> None:
    few, many = [0.0, 0.0], [1.0] * 8
    assert s.aggregate([few, many], s.iqm) == pytest.approx(0.5)  # a quarter of the weight on each side of the middle
    assert s.aggregate([few, many], s.mean) == pytest.approx(0.5)


def test_weighted_iqm_agrees_with_repeating_runs() -> None:
    a, b = [3.0, -1.0], [0.5, 2.0, 7.0, 4.0]
    repeated = np.sort(np.array(a * 2 + b))
    assert s.aggregate([a, b], s.iqm) == pytest.approx(repeated[2:6].mean())


def test_performance_profile_by_hand() -> None:
    profile = s.performance_profile([[0.0, 1.0], [2.0, 3.0]], [-1.0, 0.0, 0.5, 1.0, 2.5, 3.0])
    assert profile.tolist() == [1.0, 0.75, 0.75, 0.5, 0.25, 0.0]


def test_plain_interval_is_scipys_percentile_bootstrap() -> None:
    scores = np.random.default_rng(3).gamma(2.0, 3.0, size=40)
    ours = s.stratified_interval([scores], s.mean, widen=False, resamples=40_000)
    theirs = scipy.stats.bootstrap(
        (scores,), np.mean, method="percentile", n_resamples=40_000, rng=np.random.default_rng(1)
    ).confidence_interval
    assert ours == pytest.approx((theirs.low, theirs.high), abs=0.06)


def test_bootstrap_is_stratified() -> None:
    """Tasks far apart, runs of a task equal: drawing within tasks leaves nothing to vary."""
    assert s.stratified_interval([[0.0, 0.0], [100.0, 100.0]], s.mean) == (50.0, 50.0)
    assert s.stratified_interval([[0.0, 0.0], [100.0, 100.0]], s.iqm) == (50.0, 50.0)


def test_intervals_depend_on_the_seed_alone() -> None:
    scores = matrix(2, 6)
    assert s.stratified_interval(scores, s.iqm, seed=1) == s.stratified_interval(scores, s.iqm, seed=1)
    assert s.stratified_interval(scores, s.iqm, seed=1) != s.stratified_interval(scores, s.iqm, seed=2)


def test_large_samples_are_drawn_in_blocks_with_the_same_meaning() -> None:
    scores = np.random.default_rng(0).normal(size=5000)
    low, high = s.stratified_interval([scores], s.mean)
    half = 1.96 * scores.std() / np.sqrt(5000)
    assert (low, high) == pytest.approx((scores.mean() - half, scores.mean() + half), abs=0.002)


@pytest.mark.parametrize("kind", ["correct", "skewed"])
def test_many_units_get_the_interval_that_the_bootstrap_gives_too(kind: str) -> None:
    random = np.random.default_rng(1)
    scores = (random.random(10_000) < 0.99).astype(float) if kind == "correct" else random.gamma(0.5, size=1000)
    low, high = s.interval_over_units(scores)
    drawn = [s.stratified_interval([scores], s.mean, seed=seed) for seed in range(2)]
    assert (low, high) == pytest.approx(drawn[0], abs=0.06 * (high - low))
    assert drawn[0] == pytest.approx(drawn[1], abs=0.06 * (high - low))


@pytest.mark.parametrize("degrees", [1, 2, 3, 4, 9, 30, 181])
@pytest.mark.parametrize("probability", [0.5, 0.9, 0.975, 0.9995])
def test_student_quantile_is_scipys(degrees: int, probability: float) -> None:
    assert s.student_quantile(probability, degrees) == pytest.approx(scipy.stats.t.ppf(probability, degrees), rel=1e-9, abs=1e-9)


def covered(runs: int, *, widen: bool, trials: int = 400) -> float:
    rng = np.random.default_rng(7)
    hits = 0
    for trial in range(trials):
        sample = rng.normal(5.0, 2.0, size=runs)
        low, high = s.stratified_interval([sample], s.mean, seed=trial, widen=widen, resamples=3000)
        hits += low <= 5.0 <= high
    return hits / trials


def test_interval_over_runs_covers_the_truth_about_as_often_as_it_says() -> None:
    assert covered(5, widen=True) >= 0.89  # 0.916 over 4,000 trials; no interval inside 5 points can do better than 0.9375
    assert covered(10, widen=True) >= 0.92
    assert covered(5, widen=False) <= 0.87  # why the percentiles are widened


def test_pooling_episodes_of_few_runs_does_not_cover() -> None:
    """Why an interval is over runs: runs differ more than the episodes of one run."""
    rng = np.random.default_rng(0)
    hits = 0
    for trial in range(200):
        episodes = rng.normal(rng.normal(0.0, 1.0, size=(3, 1)), 1.0, size=(3, 100))
        low, high = s.interval_over_units(episodes.ravel(), seed=trial)
        hits += low <= 0.0 <= high
    assert hits / 200 < 0.4


def test_summary_of_five_runs_is_an_interval_over_runs() -> None:
    runs = [[float(k), k + 2.0] for k in range(5)]
    summary = summarise(runs)
    assert (summary.kind, summary.n_runs, summary.mean) == ("runs", 5, 3.0)
    assert summary.points == (1.0, 2.0, 3.0, 4.0, 5.0)
    assert (summary.low, summary.high) == s.interval_over_runs(summary.points)
    assert 1.0 <= summary.low < 3.0 < summary.high <= 5.0


def test_summary_of_few_runs_is_their_range_whatever_their_episodes() -> None:
    summary = summarise([[0.0] * 99 + [100.0], [4.0] * 100])
    assert (summary.kind, summary.low, summary.high, summary.mean) == ("run range", 1.0, 4.0, 2.5)


def test_summary_of_one_run_is_an_interval_over_its_episodes() -> None:
    summary = summarise([list(range(20))])
    assert (summary.kind, summary.n_runs, summary.mean) == ("units", 1, 9.5)
    assert (summary.low, summary.high) == s.interval_over_units(list(range(20)))


def test_a_value_that_is_no_mean_gets_no_interval_over_parts() -> None:
    """BLEU of a corpus is not the mean of its sentences."""
    summary = summarise([[0.1, 0.5, 0.9, 0.2, 0.3, 0.4]], values=[31.0])
    assert (summary.kind, summary.low, summary.mean, summary.high) == ("none", 31.0, 31.0, 31.0)


def test_nothing_to_summarise_is_an_error() -> None:
    for runs in ([], [[]], [[1.0], []]):
        with pytest.raises(ValueError, match="at least one"):
            summarise(runs)
    with pytest.raises(ValueError, match="at least 2"):
        s.interval_over_runs([1.0])


@settings(max_examples=50)
@given(st.lists(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=12), min_size=1, max_size=7))
def test_summary_bounds_enclose_what_they_bound(runs: list[list[float]]) -> None:
    summary = summarise(runs)
    slack = 1e-9 * (1 + abs(summary.mean))
    assert summary.low - slack <= summary.mean <= summary.high + slack
    assert min(map(min, runs)) - slack <= summary.low <= summary.high <= max(map(max, runs)) + slack
