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

from lab_sequences.forecasting.baselines import Fit, ForecastBaseline, repeated
from lab_sequences.forecasting.widths import errors_of, moments_of

Floats = NDArray[np.float64]
_LONGEST = 24  # steps of a season that ETS holds itself
_FEWEST = 8  # values that a method is fitted to; below, the last value is repeated


class ThetaModel(ForecastBaseline):
    """The Theta method. The smoothing parameter has the smallest sum of squared errors one step ahead."""

    def fit(self, history: Floats, season: int, horizon: int) -> Fit:
        count = len(history)
        if count < _FEWEST or np.ptp(history) == 0:
            return repeated(history, 1, horizon)
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

        def ahead(moments: Any) -> Floats:
            """Forecasts after the values of each moment, with their season: [moments, horizon]."""
            drift = 0.5 * slope * (steps + (1 - (1 - alpha) ** (moments[:, None] + 1)) / alpha)
            phase = phases[moments[:, None] + 1 + steps]
            values = levels[moments][:, None] + drift
            return values * phase if ratio else values + phase

        moments = moments_of(count, min(_FEWEST, count - 2))
        everywhere = ahead(np.arange(count - 1))[:, 0]
        fitted = np.concatenate([[np.nan], everywhere])
        spread = np.sqrt(((history - fitted)[1:] ** 2).mean() * (1 + steps * alpha**2))
        return Fit(ahead(np.array([count - 1]))[0], spread, fitted, errors_of(history, moments, ahead(moments)), True)


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

    def fit(self, history: Floats, season: int, horizon: int) -> Fit:
        if len(history) < _FEWEST or np.ptp(history) == 0:
            return repeated(history, 1, horizon)
        season = season if 1 < season <= len(history) // 2 else 1
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            if season <= _LONGEST:
                return _smoothed(history, season, horizon)
            from statsmodels.tsa.seasonal import STL

            part = np.asarray(STL(history, period=season, robust=False).fit().seasonal)
            rest = _smoothed(history - part, 1, horizon)
        before = repeated(part, season, horizon)  # the season one season before
        newest = min(len(rest.errors), len(before.errors))
        errors = rest.errors[len(rest.errors) - newest :] + before.errors[len(before.errors) - newest :]
        return Fit(rest.values + before.values, np.hypot(rest.spread, before.spread), rest.fitted + part, errors, True)


def _smoothed(history: Floats, season: int, horizon: int) -> Fit:
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
    moments = moments_of(last, max(_FEWEST, season))
    return Fit(
        np.asarray(ahead.predicted_mean, np.float64),
        np.sqrt(np.asarray(ahead.forecast_variance, np.float64)),
        np.asarray(best.fittedvalues, np.float64),
        errors_of(history, moments, after(best, moments, season, horizon)),
        True,
    )


def after(found: Any, moments: Any, season: int, horizon: int) -> Floats:
    """Forecasts of fitted additive smoothing from its states at ``moments``: [moments, horizon].

    level + (phi + ... + phi^h) trend + season (Hyndman et al. 2008, table 2.1), with the parameters of the whole history.
    """
    steps = np.arange(horizon)
    forecasts = np.repeat(np.asarray(found.level, np.float64)[moments][:, None], horizon, axis=1)
    if found.model.has_trend:
        phi = float(found.damping_trend) if found.model.damped_trend else 1.0
        forecasts = forecasts + np.asarray(found.slope, np.float64)[moments][:, None] * np.cumsum(phi ** (steps + 1.0))
    if season > 1:
        forecasts = forecasts + np.asarray(found.season, np.float64)[moments[:, None] + 1 - season + steps % season]
    return forecasts
