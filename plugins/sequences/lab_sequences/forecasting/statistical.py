"""Theta and exponential smoothing from statsmodels, fitted to each series when it is forecast.

Theta  Assimakopoulos and Nikolopoulos 2000: the winner of the M3 competition, here as simple exponential smoothing with half of
       the straight line's slope (Hyndman and Billah 2003), on values without their season
ETS    exponential smoothing with additive errors, without a trend or with a damped one (the lower AICc), with an additive season
       of up to 24 steps; a longer season is taken out by STL first (Cleveland et al. 1990)
"""

import warnings
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lab_sequences.forecasting.answer import Forecast
from lab_sequences.forecasting.baselines import ForecastBaseline, repeated

Floats = NDArray[np.float64]
_LONGEST = 24  # steps of a season that ETS holds itself
_FEWEST = 8  # values that a method is fitted to; below, the last value is repeated


class ThetaModel(ForecastBaseline):
    """The Theta method."""

    def fit(self, history: Floats, season: int, horizon: int, interval: float) -> Forecast:
        if len(history) < _FEWEST or np.ptp(history) == 0:
            return repeated(history, np.full(horizon, history[-1]), 1, interval)
        from statsmodels.tsa.forecasting.theta import ThetaModel as Theta

        seasonal = 1 < season <= len(history) // 2
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            method = "auto" if history.min() > 0 else "additive"
            model: Any = Theta(history, period=season if seasonal else 1, deseasonalize=seasonal, use_test=False, method=method)
            result: Any = model.fit()
            values = np.asarray(result.forecast(horizon), np.float64)
            if not interval:
                return Forecast(values)
            ends = np.asarray(result.prediction_intervals(horizon, alpha=1 - interval), np.float64)
        return Forecast(values, ends[:, 0], ends[:, 1])


class EtsModel(ForecastBaseline):
    """Exponential smoothing in state-space form."""

    def fit(self, history: Floats, season: int, horizon: int, interval: float) -> Forecast:
        if len(history) < _FEWEST or np.ptp(history) == 0:
            return repeated(history, np.full(horizon, history[-1]), 1, interval)
        season = season if 1 < season <= len(history) // 2 else 1
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            if season <= _LONGEST:
                return _smoothed(history, season, horizon, interval)
            from statsmodels.tsa.seasonal import STL

            part = np.asarray(STL(history, period=season, robust=False).fit().seasonal)
            rest = _smoothed(history - part, 1, horizon, interval)
        ahead = np.resize(part[-season:], horizon)
        low, high = (None if ends is None else ends + ahead for ends in (rest.low, rest.high))
        fitted = None if rest.fitted is None else rest.fitted + part
        return Forecast(rest.values + ahead, low, high, fitted)


def _smoothed(history: Floats, season: int, horizon: int, interval: float) -> Forecast:
    import pandas as pd  # statsmodels needs it, and its predictions want an index
    from statsmodels.tsa.exponential_smoothing.ets import ETSModel as Ets

    best: Any = None
    for trend in (None, "add"):
        model: Any = Ets(
            pd.Series(history),
            error="add",
            trend=trend,
            damped_trend=trend is not None,
            seasonal="add" if season > 1 else None,
            seasonal_periods=season if season > 1 else None,
            initialization_method="heuristic" if len(history) >= 10 + 2 * (season // 2) else "estimated",
        )
        found = model.fit(disp=False, maxiter=200)
        if best is None or found.aicc < best.aicc:
            best = found
    last = len(history)
    ahead = best.get_prediction(start=last, end=last + horizon - 1)
    values = np.asarray(ahead.predicted_mean, np.float64)
    fitted = np.asarray(best.fittedvalues, np.float64)
    if not interval:
        return Forecast(values, fitted=fitted)
    ends = np.asarray(ahead.pred_int(alpha=1 - interval), np.float64)
    return Forecast(values, ends[:, 0], ends[:, 1], fitted)
