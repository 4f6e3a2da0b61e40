"""Even times, seasons, gaps, scales: against values worked out by hand."""

import numpy as np
import pytest
from lab_sequences.forecasting.gaps import filled
from lab_sequences.forecasting.generated import sine_waves, trend_sine
from lab_sequences.forecasting.grid import YEAR, Grid, even, grid_of
from lab_sequences.forecasting.seasons import autocorrelation, find_season
from lab_sequences.forecasting.streams import scales, season_features

from lab_core.errors import LabError
from lab_core.items.series import Series

NAN = float("nan")


def dates(*texts):
    return np.array(texts, "datetime64[s]")


def test_missing_months_become_gaps():
    item = Series(dates("2024-01-01", "2024-03-01", "2024-04-01"), np.array([[120.0], [135.0], [132.0]]), ("price",))
    made, grid = even(item)
    assert grid.unit == "month"
    assert grid.step == 1
    np.testing.assert_array_equal(made.values[:, 0], [120, NAN, 135, 132])
    assert [str(time)[:10] for time in made.times] == ["2024-01-01", "2024-02-01", "2024-03-01", "2024-04-01"]
    assert [str(time)[:10] for time in grid.times(4, 2)] == ["2024-05-01", "2024-06-01"]


def test_months_keep_their_day_and_years_are_twelve_of_them():
    grid, rows = grid_of(dates("2000-07-15T06:00", "2001-07-15T06:00", "2003-07-15T06:00"))
    assert (grid.unit, grid.step, rows.tolist()) == ("month", 12, [0, 1, 3])
    assert str(grid.times(4, 1)[0]) == "2004-07-15T06:00:00"


def test_numbers_and_hours_go_on_with_their_usual_step():
    grid, rows = grid_of(np.array([0.0, 0.5, 1.0, 2.0]))
    assert (grid.unit, grid.step, rows.tolist()) == ("number", 0.5, [0, 1, 2, 4])
    grid, rows = grid_of(dates("2024-03-31T00:00", "2024-03-31T01:00", "2024-03-31T03:00"))
    assert (grid.unit, grid.step, rows.tolist()) == ("second", 3600, [0, 1, 3])
    assert str(grid.times(4, 1)[0]) == "2024-03-31T04:00:00"


def test_times_that_fit_no_step_are_named_and_rows_can_be_taken_instead():
    item = Series(np.array([0.0, 1.0, 2.0, 2.4]), np.ones((4, 1)), ("x",))
    with pytest.raises(LabError, match=r"2\.4 is 0\.4 numbers after 2"):
        even(item)
    made, grid = even(item, rows=True)
    assert len(made.times) == 4
    assert grid.times(4, 1)[0] == pytest.approx(3.4)
    with pytest.raises(LabError, match="most would be gaps"):
        grid_of(np.array([0.0, 1.0, 2.0, 1e6]))
    with pytest.raises(LabError, match="1 row;"):
        grid_of(np.array([0.0]))


def test_a_season_of_about_a_year_is_a_year():
    weekly = Grid("second", 0.0, 7 * 86_400.0)
    assert weekly.period(52) == pytest.approx(YEAR / (7 * 86_400))
    assert weekly.period(26) == 26
    assert Grid("month", 0.0, 1.0).period(12) == 12
    assert Grid("number", 0.0, 1.0).period(52) == 52


@pytest.mark.parametrize(
    ("rule", "expected"),
    [("linear", [1, 1, 2, 3, 4, 4]), ("last", [1, 1, 1, 3, 4, 4]), ("season", [4, 1, 4, 3, 4, 3])],
)
def test_gaps_are_filled_by_the_rule(rule, expected):
    values = np.array([NAN, 1, NAN, 3, 4, NAN])[:, None]
    np.testing.assert_allclose(filled(values, rule, season=2)[:, 0], expected)


def test_a_gap_can_be_refused_and_too_few_values_are():
    with pytest.raises(LabError, match="price has no value in row 2"):
        filled(np.array([[1.0], [NAN], [2.0]]), "refuse", names=("price",))
    with pytest.raises(LabError, match="price has 1 known value of 3"):
        filled(np.array([[1.0], [NAN], [NAN]]), "linear", names=("price",))


def test_autocorrelation_is_that_of_statsmodels():
    from statsmodels.tsa.stattools import acf

    values = np.random.default_rng(0).standard_normal(200).cumsum()
    x = np.arange(200)
    rest = values - np.polyval(np.polyfit(x, values, 1), x)
    expected = acf(rest, adjusted=True, nlags=50, fft=True)
    np.testing.assert_allclose(autocorrelation(values)[:51], expected, atol=1e-9)


def test_seasons_are_found_in_numbers_and_in_the_calendar():
    assert abs(find_season(trend_sine(1000)[:, 0]) - 200) <= 3
    assert abs(find_season(sine_waves(1000)[:, 0]) - 100) <= 2
    assert find_season(np.random.default_rng(0).standard_normal(300)) == 1
    assert find_season(np.ones(50)) == 1
    hourly = Grid("second", 0.0, 3600.0)
    assert find_season(np.sin(2 * np.pi * np.arange(1_000) / 24), hourly) == 24
    daily = np.sin(2 * np.pi * np.arange(400) / 7)
    assert find_season(daily, Grid("second", 0.0, 86_400.0)) == 7


def test_scale_is_the_spread_inside_windows():
    values = np.random.default_rng(1).standard_normal((60, 2)).cumsum(axis=0)
    windows = np.lib.stride_tricks.sliding_window_view(values, 10, axis=0)
    np.testing.assert_allclose(scales(values, 10), np.sqrt(windows.var(axis=2).mean(axis=0)))
    np.testing.assert_allclose(scales(values * 3 + 1e6, 10), 3 * scales(values, 10), rtol=1e-6)
    assert scales(np.full((20, 1), 7.0), 5) == 1


def test_season_features_are_periodic():
    first, again = season_features(np.array([3.0, 3.0 + 24, 4.0]), 24, 2)[:2]
    np.testing.assert_allclose(first, again, atol=1e-5)
    np.testing.assert_allclose(season_features(np.array([6.0]), 24, 2)[0], [1, 0, 0, -1], atol=1e-6)
