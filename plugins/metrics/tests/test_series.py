"""Scores of forecasts, by hand."""

import numpy as np
import pytest
from lab_metrics.series import errors, intervals
from lab_metrics.series.origins import origins
from sklearn.metrics import mean_pinball_loss

from lab_core.errors import LabError
from lab_core.pooling import resample_of

NAN = float("nan")


def test_errors_by_hand_and_gaps_are_left_out() -> None:
    values, forecast = np.array([[1.0], [NAN], [4.0], [0.0]]), np.array([[2.0], [9.0], [2.0], [0.0]])
    assert errors.mean_absolute_error(values, forecast) == 1.0
    assert errors.root_mean_squared_error(values, forecast) == pytest.approx((5 / 3) ** 0.5)
    assert errors.symmetric_percentage_error(values, forecast) == pytest.approx((200 / 3 + 400 / 6 + 0) / 3)


def test_scale_of_mase_is_the_error_of_the_seasonal_naive_forecast() -> None:
    history = np.array([[1.0, 10.0], [2.0, 10.0], [4.0, 12.0], [NAN, 14.0], [5.0, 14.0]])
    assert errors.naive_scale(history).tolist() == [1.5, 1.0]  # |2-1|, |4-2|; 0, 2, 2, 0
    assert errors.naive_scale(history, 2).tolist() == pytest.approx([2.0, 8 / 3])  # |4-1|, |5-4|; 2, 4, 2 -> 8/3


def test_mase_of_the_naive_forecast_within_its_own_history_is_one() -> None:
    history = np.random.default_rng(0).standard_normal((50, 2)).cumsum(axis=0)
    scale = errors.naive_scale(history)
    assert errors.mean_absolute_scaled_error(history[1:], history[:-1], scale) == pytest.approx(1.0)


def test_what_has_no_scale_or_no_values_is_refused() -> None:
    with pytest.raises(LabError, match="repeats itself"):
        errors.naive_scale(np.ones((9, 1)))
    with pytest.raises(LabError, match="no pair"):
        errors.naive_scale(np.ones((3, 1)), 3)
    with pytest.raises(LabError, match="no values"):
        errors.mean_absolute_error(np.array([NAN]), np.array([1.0]))
    with pytest.raises(LabError, match="not finite"):
        errors.mean_absolute_error(np.array([1.0]), np.array([NAN]))
    with pytest.raises(LabError, match="compared"):
        errors.mean_absolute_error(np.ones(3), np.ones(2))


def test_a_ratio_is_pooled_by_sums() -> None:
    assert errors.pool_ratio(np.array([[2.0, 1.0], [2.0, 3.0]])) == 1.0


def test_intervals_by_hand() -> None:
    values = np.array([0.0, 1.0, 2.0, 5.0, NAN])
    low, high = np.array([0.0, 2.0, 1.0, 1.0, 0.0]), np.array([1.0, 3.0, 3.0, 4.0, 0.0])
    assert intervals.coverage(values, low, high) == 0.5
    assert intervals.mean_width(values, low, high) == (1 + 1 + 2 + 3) / 4
    assert intervals.interval_score(values, low, high, 0.9) == pytest.approx(7 / 4 + 20 * (1 + 1) / 4)


def test_pinball_is_scikit_learns() -> None:
    rng = np.random.default_rng(0)
    values, forecast = rng.standard_normal(30), rng.standard_normal(30)
    for probability in (0.1, 0.5, 0.9):
        expected = mean_pinball_loss(values, forecast, alpha=probability)
        assert intervals.pinball(values, forecast, probability) == pytest.approx(expected)
    with pytest.raises(LabError, match="between 0 and 1"):
        intervals.pinball(values, forecast, 1.0)


def test_origins_do_not_overlap_and_end_before_the_data_do() -> None:
    found = list(origins(10, first=4, horizon=2, stride=2))
    assert [(one.start, one.place, one.end) for one in found] == [(0, 4, 6), (0, 6, 8), (0, 8, 10)]
    assert [one.start for one in origins(10, first=4, horizon=2, stride=2, context=5)] == [0, 1, 3]
    with pytest.raises(LabError, match="fits"):
        list(origins(10, first=9, horizon=2, stride=1))


def test_resamples_of_a_ratio_are_scored_at_once() -> None:
    rng = np.random.default_rng(0)
    statistics, times = np.abs(rng.normal(size=(6, 2))), rng.integers(0, 3, (20, 6)).astype(np.float64)
    times[0] = 0  # no values at all
    resample = resample_of(errors.pool_ratio)
    assert resample is not None
    found = resample(statistics, times)
    assert np.isnan(found[0])
    one_by_one = [errors.pool_ratio(np.repeat(statistics, row.astype(int), axis=0)) for row in times[1:]]
    assert found[1:] == pytest.approx(one_by_one)
