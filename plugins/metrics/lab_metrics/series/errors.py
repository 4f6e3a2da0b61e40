"""Errors of point forecasts: MAE, RMSE, sMAPE, MASE.

Values and forecasts are float64 [..., steps, columns] (any shape, the same on both sides). A gap (NaN) in the values is left out;
a gap in the forecast is an error. Each function gives one number over everything that it is handed.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from lab_core.errors import LabError
from lab_core.pooling import additive, resampled_by

Floats = NDArray[Any]


def mean_absolute_error(values: Floats, forecast: Floats) -> float:
    """Mean of |value - forecast|, in the unit of the values."""
    return float(np.abs(_differences(values, forecast)).mean())


def root_mean_squared_error(values: Floats, forecast: Floats) -> float:
    """Square root of the mean of (value - forecast)^2, in the unit of the values."""
    return float(np.sqrt((_differences(values, forecast) ** 2).mean()))


def symmetric_percentage_error(values: Floats, forecast: Floats) -> float:
    """sMAPE, 0 to 200: mean of 200 |value - forecast| / (|value| + |forecast|), 0 where both are 0.

    The definition of the M4 competition (Makridakis et al. 2020). Of little use where values come near 0.
    """
    differences = np.abs(_differences(values, forecast))
    known = ~np.isnan(values)
    size = np.abs(np.asarray(values, np.float64)[known]) + np.abs(np.asarray(forecast, np.float64)[known])
    return float((200.0 * np.divide(differences, size, out=np.zeros_like(differences), where=size > 0)).mean())


def naive_scale(history: Floats, season: int = 1) -> Floats:
    """Mean absolute error of the seasonal naive forecast within ``history`` [n, columns], a number a column: [columns].

    The denominator of MASE. ``season`` 1 repeats the last value. Raises LabError for a history of no more than a season, or one
    that repeats itself exactly, which leaves nothing to compare with.
    """
    rows = np.asarray(history, np.float64)
    if rows.ndim != 2 or season < 1 or len(rows) <= season:
        raise LabError(f"A history of {list(rows.shape)} values has no pair that is {season} apart.")
    differences = np.abs(rows[season:] - rows[:-season])
    known = (~np.isnan(differences)).any(axis=0)
    scale = np.where(known, np.nanmean(np.where(known, differences, 0.0), axis=0), 0.0)
    if not (scale > 0).all():
        raise LabError(f"A column of the history repeats itself every {season} steps, so MASE has no scale.")
    return scale


def mean_absolute_scaled_error(values: Floats, forecast: Floats, scale: Floats) -> float:
    """MASE (Hyndman and Koehler 2006): mean of |value - forecast| / scale; 1 is as good as :func:`naive_scale`'s forecast.

    ``scale`` [columns] belongs to the last axis. That forecast looks one season ahead, so a longer horizon is harder.
    """
    return mean_absolute_error(np.asarray(values) / scale, np.asarray(forecast) / scale)


def _resampled_ratios(statistics: Floats, times: Floats) -> Floats:
    sums = times @ np.asarray(statistics, np.float64)[:, :2]
    return np.divide(sums[:, 0], sums[:, 1], out=np.full(len(sums), np.nan), where=sums[:, 1] > 0)


@resampled_by(_resampled_ratios)
@additive
def pool_ratio(statistics: Floats) -> float:
    """Sum of the first column over sum of the second: the mean over all values, where units have different numbers of them."""
    total, count = np.asarray(statistics, np.float64).sum(axis=0)[:2]
    if count <= 0:
        raise LabError("A mean over no values is not defined.")
    return float(total / count)


def _differences(values: Floats, forecast: Floats) -> Floats:
    """value - forecast of the known values, [known]."""
    a, b = np.asarray(values, np.float64), np.asarray(forecast, np.float64)
    if a.shape != b.shape:
        raise LabError(f"A forecast of {list(b.shape)} can't be compared with values of {list(a.shape)}.")
    known = ~np.isnan(a)
    if not known.any():
        raise LabError("There are no values to compare the forecast with.")
    if not np.isfinite(b[known]).all():
        raise LabError("The forecast has values that are not finite.")
    return a[known] - b[known]
