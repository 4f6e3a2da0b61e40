"""Scores of forecast intervals and quantiles: coverage, width, pinball loss, interval score.

Arrays are float64 of any one shape; gaps (NaN) in the values are left out.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from lab_core.errors import LabError

Floats = NDArray[Any]


def coverage(values: Floats, low: Floats, high: Floats) -> float:
    """Share of values from ``low`` to ``high``, both ends included; a 90 % interval should have 0.9."""
    value, bottom, top = _known(values, low, high)
    return float(((bottom <= value) & (value <= top)).mean())


def mean_width(values: Floats, low: Floats, high: Floats) -> float:
    """Mean of high - low: of two intervals with the right coverage the narrower one is better."""
    _, bottom, top = _known(values, low, high)
    return float((top - bottom).mean())


def pinball(values: Floats, quantile_forecast: Floats, probability: float) -> float:
    """Mean pinball loss of a forecast of the quantile ``probability`` (0 to 1); at 0.5 half the absolute error.

    ``p (y - q)`` where the value lies above, ``(1 - p) (q - y)`` where it lies below.
    """
    if not 0 < probability < 1:
        raise LabError(f"The probability of a quantile lies between 0 and 1; {probability:g} was given.")
    value, forecast = _known(values, quantile_forecast)
    difference = value - forecast
    return float(np.maximum(probability * difference, (probability - 1) * difference).mean())


def interval_score(values: Floats, low: Floats, high: Floats, share: float) -> float:
    """Interval score (Gneiting and Raftery 2007, equation 43) of central intervals that should hold ``share`` of the values.

    The width plus 2 / (1 - share) times how far a value lies outside; lower is better, and the true interval has the lowest.
    """
    if not 0 < share < 1:
        raise LabError(f"The share that an interval should hold lies between 0 and 1; {share:g} was given.")
    value, bottom, top = _known(values, low, high)
    outside = np.maximum(bottom - value, 0.0) + np.maximum(value - top, 0.0)
    return float((top - bottom + 2 / (1 - share) * outside).mean())


def _known(values: Floats, *others: Floats) -> list[Floats]:
    """All arrays at the places where the values have no gap."""
    arrays = [np.asarray(one, np.float64) for one in (values, *others)]
    if any(one.shape != arrays[0].shape for one in arrays):
        raise LabError(f"Arrays of {', '.join(str(list(one.shape)) for one in arrays)} can't be compared; one shape is expected.")
    known = ~np.isnan(arrays[0])
    if not known.any():
        raise LabError("There are no values to compare the forecast with.")
    return [one[known] for one in arrays]
