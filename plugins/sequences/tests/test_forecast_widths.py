"""Half widths of intervals: against values by hand, and the share of values that intervals hold."""

import numpy as np
import pytest
from lab_sequences.forecasting.baselines import MeanModel, NaiveModel, SeasonalNaiveModel
from lab_sequences.forecasting.config import BaselineConfig
from lab_sequences.forecasting.statistical import EtsModel, ThetaModel
from lab_sequences.forecasting.widths import FEWEST, SHARES, at_share, measured, moments_of, table

METHODS = (NaiveModel, SeasonalNaiveModel, MeanModel, ThetaModel, EtsModel)


def test_half_widths_are_quantiles_that_grow_beyond_the_measured_steps():
    half = at_share(np.stack([SHARES, 2 * SHARES]), 0.8, 8)  # |error| is uniform, twice as large at the second step
    np.testing.assert_allclose(half[:2], [0.8, 1.6])
    assert half[7] == pytest.approx(1.6 * 2)  # step 8 of 2 measured: square root of 4


def test_a_table_holds_quantiles_of_absolute_errors_of_neighbouring_steps():
    errors = np.array([[-1.0, 2.0, np.nan], [3.0, -4.0, 5.0]])
    np.testing.assert_allclose(table(errors)[1], np.quantile([1, 2, 3, 4, 5], SHARES))  # two steps on each side
    assert np.isnan(table(np.full((3, 1), np.nan))).all()


def test_few_errors_count_for_nothing_and_the_model_can_be_the_least():
    errors = np.full((FEWEST, 3), 3.0)
    errors[0, 1] = np.nan
    model = np.array([2.0, 2.0, 7.0])
    np.testing.assert_allclose(measured(errors, 0.8, model), [3.0, 2.0, 3.0])
    np.testing.assert_allclose(measured(errors, 0.8, model, at_least=True), [3.0, 2.0, 7.0])
    np.testing.assert_allclose(measured(np.zeros((0, 2)), 0.8, np.array([7.0, 7.0])), 7.0)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("season", [1, 7])
def test_errors_are_those_of_the_method_on_a_shorter_history(method, season):
    """For methods that estimate nothing; the others keep the parameters of the whole history, checked at the last moment."""
    rng = np.random.default_rng(1)
    history = 20 + 3 * np.sin(2 * np.pi * np.arange(70) / 7) + rng.standard_normal(70).cumsum() * 0.3
    model = method(BaselineConfig(data="trend-sine"))
    fit = model.fit(history, season, 9)
    moments = moments_of(70, 69 - len(fit.errors))
    assert np.isnan(fit.errors[-1]).tolist() == [False] + [True] * 8
    one_step = history[moments + 1] - fit.fitted[moments + 1]
    if method is MeanModel:  # its fitted values are the mean of all
        one_step = [history[t + 1] - history[: t + 1].mean() for t in moments]
    np.testing.assert_allclose(fit.errors[:, 0], one_step, rtol=1e-6, atol=1e-9)
    if method in (NaiveModel, SeasonalNaiveModel, MeanModel):
        shorter = model.fit(history[:55], season, 9).values
        np.testing.assert_allclose(fit.errors[moments.tolist().index(54)], history[55:64] - shorter)


@pytest.mark.parametrize("season", [1, 6])
def test_forecasts_from_the_last_state_of_smoothing_are_those_of_statsmodels(season):
    from lab_sequences.forecasting.statistical import after
    from statsmodels.tsa.exponential_smoothing.ets import ETSModel

    history = np.arange(60) * 0.5 + np.resize([1.0, 4, 2, 0, 3, 5], 60) + np.random.default_rng(0).standard_normal(60)
    for damped in (False, True):
        found = ETSModel(
            history, trend="add", damped_trend=damped, seasonal="add" if season > 1 else None,
            seasonal_periods=season if season > 1 else None,
        ).fit(disp=False)  # fmt: skip
        np.testing.assert_allclose(after(found, np.array([59]), season, 14)[0], found.forecast(14), rtol=1e-6)


@pytest.mark.parametrize("method", METHODS)
def test_intervals_hold_their_share_of_what_comes(method):
    """A noisy season with a slow random walk; 80 % is asked for, over 40 series."""
    rng = np.random.default_rng(3)
    model = method(BaselineConfig(data="trend-sine"))
    inside = []
    for _ in range(40):
        values = 5 * np.sin(2 * np.pi * np.arange(164) / 12) + rng.standard_normal(164) + rng.standard_normal(164).cumsum() * 0.2
        fit = model.fit(values[:152], 12, 12)
        inside.append(np.abs(values[152:] - fit.values) <= measured(fit.errors, 0.8, 1.2816 * fit.spread, at_least=fit.estimated))
    assert 0.7 <= np.mean(inside) <= 0.9
