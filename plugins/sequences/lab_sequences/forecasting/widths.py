"""Half widths of intervals: quantiles of the absolute errors that a method made when it forecast from earlier moments.

This is split conformal prediction (Vovk et al. 2005; Lei et al. 2018, section 2.2) with the absolute error as the score, at each
step ahead. The interval is symmetric: a few hundred neighbouring moments see one phase of a series, and the sign of the errors in
that phase says little of the next. Errors of neighbouring steps are pooled.
"""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
SHARES = np.array([0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95, 0.98])
FEWEST = 20  # moments from which a step's errors say something
MOMENTS = 1_000  # moments that a method without training looks back at, at most
_NEIGHBOURS = 2  # steps on each side whose errors are pooled


def table(errors: Floats) -> Floats:
    """Quantiles of |errors| [moments, steps], NaN where unknown: [steps, SHARES]; NaN for a step without any error."""
    rows: list[Floats] = []
    for step in range(errors.shape[1]):
        pooled = np.abs(errors[:, max(0, step - _NEIGHBOURS) : step + _NEIGHBOURS + 1])
        pooled = pooled[~np.isnan(pooled)]
        rows.append(np.quantile(pooled, SHARES) if len(pooled) else np.full(len(SHARES), np.nan))
    return np.stack(rows)


def at_share(quantiles: Floats, share: float, horizon: int) -> Floats:
    """Half widths [horizon] that hold ``share``; beyond the steps of the table they grow with the square root of the step."""
    half = np.array([np.interp(share, SHARES, row) for row in quantiles])
    steps = len(quantiles)
    growth = np.sqrt(np.maximum(1.0, np.arange(1, horizon + 1) / steps))
    return half[np.minimum(np.arange(horizon), steps - 1)] * growth


def moments_of(count: int, first: int) -> NDArray[np.int64]:
    """Moments t from ``first`` on, the newest ones: values up to and with row t were known, row t + 1 was not. [moments]"""
    return np.arange(max(first, count - 1 - MOMENTS), count - 1)


def errors_of(history: Floats, moments: NDArray[np.int64], forecasts: Floats) -> Floats:
    """Value minus forecast [moments, horizon]; NaN for steps after the history's end."""
    ahead = moments[:, None] + 1 + np.arange(forecasts.shape[1])
    return np.where(ahead < len(history), history[np.minimum(ahead, len(history) - 1)] - forecasts, np.nan)


def measured(errors: Floats, share: float, model: Floats, *, at_least: bool = False) -> Floats:
    """Half widths [horizon] from errors [moments, horizon]; ``model`` [horizon] at steps with fewer than ``FEWEST`` of them.

    ``at_least``: nowhere narrower than ``model``.
    """
    if not len(errors):
        return model
    enough = (~np.isnan(errors)).sum(axis=0) >= FEWEST
    found = at_share(table(errors), share, errors.shape[1])
    return np.where(enough, np.fmax(found, model) if at_least else found, model)
