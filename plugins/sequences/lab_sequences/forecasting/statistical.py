"""Theta and exponential smoothing, fitted to each series when it is forecast; decompositions and ETS are those of statsmodels.

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
from lab_sequences.forecasting.baselines import ForecastBaseline, normal, repeated

Floats = NDArray[np.float64]
_LONGEST = 24  # steps of a season that ETS holds itself
_FEWEST = 8  # values that a method is fitted to; below, the last value is repeated


class ThetaModel(ForecastBaseline):
    """The Theta method. The smoothing parameter has the smallest sum of squared errors one step ahead."""

    def fit(self, history: Floats, season: int, horizon: int, interval: float) -> Forecast:
        count = len(history)
        if count < _FEWEST or np.ptp(history) == 0:
            return repeated(history, np.full(horizon, history[-1]), 1, interval)
        factors, ratio = np.full(1, 0.0), False
        if 1 < season <= count // 2:
            from statsmodels.tsa.seasonal import seasonal_decompose

            ratio = bool(history.min() > 0)
            model = "multiplicative" if ratio else "additive"
            found: Any = seasonal_decompose(history, period=season, model=model)
            factors = np.asarray(found.seasonal)[:season]
        phases = np.resize(factors, count + horizon)
        plain = history / phases[:count] if ratio else history - phases[:count]
        slope = float(np.polyfit(np.arange(count), plain, 1)[0])
        alpha = _best_alpha(plain)
        levels, _ = _smooth(plain, alpha)
        steps = np.arange(horizon)
        drift = 0.5 * slope * (steps + (1 - (1 - alpha) ** count) / alpha)
        before = np.arange(1, count)
        fitted = np.full(count, np.nan)
        fitted[1:] = levels[:-1] + 0.5 * slope * (1 - (1 - alpha) ** before) / alpha
        spread = np.sqrt(((plain - fitted)[1:] ** 2).mean() * (1 + steps * alpha**2))
        made = normal(levels[-1] + drift, spread, interval, fitted)

        def seasonal(values: Floats | None, at: slice) -> Floats | None:
            return None if values is None else values * phases[at] if ratio else values + phases[at]

        ahead = slice(count, None)
        values = seasonal(made.values, ahead)
        assert values is not None
        return Forecast(values, seasonal(made.low, ahead), seasonal(made.high, ahead), seasonal(fitted, slice(count)))


def _best_alpha(values: Floats) -> float:
    from scipy.optimize import minimize_scalar

    found: Any = minimize_scalar(
        lambda alpha: float((_smooth(values, alpha)[1] ** 2).sum()), bounds=(0.001, 1.0), method="bounded"
    )
    return float(found.x)


def _smooth(values: Floats, alpha: float) -> tuple[Floats, Floats]:
    """Levels after each value, and its distance from the level before, [n] each; the first level is the first value."""
    from scipy.signal import lfilter

    levels = np.asarray(lfilter([alpha], [1, alpha - 1], values, zi=[(1 - alpha) * values[0]])[0])
    return levels, values - np.concatenate([values[:1], levels[:-1]])


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
