"""Methods without training: against values by hand and against statsmodels; what they refuse."""

import numpy as np
import pytest
from lab_sequences.forecasting.config import BaselineConfig, BaselineOptions
from lab_sequences.forecasting.generated import sine_waves

from lab_app.applying.results import results
from lab_app.testing import check_task
from lab_core.errors import LabError, UsageError
from lab_core.items.series import Series

NAN = float("nan")


def series(values, times=None, names=None):
    values = np.asarray(values, np.float64)
    values = values[:, None] if values.ndim == 1 else values
    times = np.arange(len(values), dtype=np.float64) if times is None else times
    return Series(times, values, names or tuple(f"v{n}" for n in range(values.shape[1])))


def one(model, item, **options):
    return next(results(model, [item], BaselineOptions(**options)))


@pytest.fixture(scope="module")
def make(baseline):
    return lambda name, *overrides: baseline(f"forecast-{name}", "data=sunspots", *overrides)


def test_naive_repeats_the_last_value_with_the_spread_of_a_random_walk(make):
    found = one(make("naive"), series([1, 3, 2, 4]), horizon=3, interval=0.8)
    ahead = found.part("forecast")
    assert ahead.values[:, 0].tolist() == [4, 4, 4]
    assert ahead.times.tolist() == [4, 5, 6]
    spread = np.sqrt((4 + 1 + 4) / 3) * 1.2815516
    np.testing.assert_allclose(ahead.high[:, 0] - 4, spread * np.sqrt([1, 2, 3]), rtol=1e-6)
    np.testing.assert_allclose(found.part("fitted").values[:, 0], [1, 3, 2])


def test_seasonal_naive_repeats_the_last_season_across_gaps_of_time(make):
    item = series([1, 2, 3, 11, 12, 13, 22], np.array([0.0, 1, 2, 3, 4, 5, 7]))  # step 6 is missing
    found = one(make("seasonal-naive"), item, horizon=6, season=3, interval=0)
    assert found.low is None
    assert found.part("forecast").values[:, 0].tolist() == [13, 17.5, 22, 13, 17.5, 22]
    assert np.isnan(found.part("observed").values[6, 0])


def test_mean_is_the_mean_and_columns_are_forecast_apart(make):
    ahead = one(make("mean"), series([[1, 10], [3, 30]] * 5), horizon=2).part("forecast")
    np.testing.assert_allclose(ahead.values, [[2, 20], [2, 20]])
    width = np.std([1, 3] * 5, ddof=1) * np.sqrt(1.1) * 1.2815516
    np.testing.assert_allclose(ahead.high[:, 0], 2 + width, rtol=1e-6)


def test_theta_is_that_of_statsmodels_and_follows_a_line_by_half(make):
    from statsmodels.tsa.forecasting.theta import ThetaModel

    line = 5 + 2.0 * np.arange(40) + np.random.default_rng(0).standard_normal(40)
    ahead = one(make("theta"), series(line), horizon=6, season=1).part("forecast")
    fit = ThetaModel(line, deseasonalize=False, period=1).fit()  # its smoothing parameter is a maximum-likelihood one
    np.testing.assert_allclose(ahead.values[:, 0], fit.forecast(6), rtol=0.01)
    np.testing.assert_allclose(np.diff(ahead.values[:, 0]), 1.0, atol=0.05)  # half of the slope


@pytest.mark.parametrize("name", ["theta", "ets"])
def test_statistical_methods_follow_a_season_and_their_intervals_hold_most_values(make, name):
    values = sine_waves(500)[:, 0][::5]  # period 20
    found = one(make(name), series(values[:80]), horizon=20, season=20)
    ahead = found.part("forecast")
    assert np.abs(ahead.values[:, 0] - values[80:]).mean() < 0.25
    inside = (ahead.low[:, 0] <= values[80:]) & (values[80:] <= ahead.high[:, 0])
    assert inside.mean() >= 0.6


def test_ets_takes_out_a_long_season_first(make):
    x = np.arange(300)
    values = np.sin(2 * np.pi * x / 50) + 0.01 * x
    ahead = one(make("ets"), series(values[:250]), horizon=50, season=50).part("forecast")
    assert np.abs(ahead.values[:, 0] - values[250:]).mean() < 0.1


@pytest.mark.parametrize("name", ["theta", "ets", "naive", "seasonal-naive", "mean"])
def test_short_flat_and_gappy_series_are_forecast(make, name):
    for values in ([1.0, 2, 3, 4], [5.0] * 30, [1, NAN, 3, 4, NAN, NAN, 7, 8, 9, NAN] * 3):
        found = one(make(name), series(values), horizon=3)
        assert np.isfinite(found.part("forecast").values).all()


def test_what_cannot_be_forecast_is_refused_in_one_line(make):
    model = make("naive")
    item = series([[1, 10], [2, 20], [3, 30]], names=("price", "volume"))
    with pytest.raises(UsageError, match="horizon of 9 steps is longer than the history of 3"):
        one(model, item, horizon=9)
    with pytest.raises(UsageError, match="Did you mean price"):
        one(model, item, horizon=1, columns="prices")
    with pytest.raises(UsageError, match="Did you mean volume"):
        one(model, item, horizon=1, time="volumes")
    with pytest.raises(LabError, match="v0 has 1 known value of 3"):
        one(model, series([1, NAN, NAN]), horizon=1)
    with pytest.raises(LabError, match="no value in row 2"):
        one(model, series([1, NAN, 3]), horizon=1, gaps="refuse")
    with pytest.raises(LabError, match="does not rise in row 3"):
        one(model, series([[1, 1], [2, 1], [2, 1]]), horizon=1, time="v0")


def test_a_column_can_be_the_time(make):
    item = series([[0, 1], [10, 2], [20, 3]], names=("step", "price"))
    found = one(make("naive"), item, horizon=2, time="step")
    assert found.names == ("price",)
    assert found.part("forecast").times.tolist() == [30, 40]


def test_season_is_known_for_the_registered_series_only(make):
    model = make("seasonal-naive")
    known = one(model, series(np.arange(30.0), names=("sunspots",)), horizon=12, interval=0).part("forecast")
    assert known.values[:, 0].tolist() == [*range(19, 30), 19]
    other = one(model, series(np.arange(30.0), names=("other",)), horizon=2, interval=0).part("forecast")
    assert other.values[:, 0].tolist() == [29, 29]


def test_a_horizon_left_open_is_a_season(make):
    x = np.arange(60)
    found = one(make("seasonal-naive"), series(np.sin(2 * np.pi * x / 10)))
    assert len(found.part("forecast").times) == 10


@pytest.mark.parametrize("task", ["forecast-theta"])
def test_baselines_conform(task, tmp_path):
    check_task(task, tmp_path)


def test_defaults_of_the_config_are_its_documented_ones():
    config = BaselineConfig(data="co2")
    assert config.known_season == 52
    assert config.benchmark_fields()["season"] == "1"
    assert BaselineConfig(data="co2", season=4).known_season == 4
