"""The season of a series: from the calendar and the autocorrelation."""

import numpy as np
from numpy.typing import NDArray

from lab_sequences.forecasting.grid import YEAR, Grid

Floats = NDArray[np.float64]
_STRONG = 0.3  # autocorrelation of a season that counts
_MOST = 4_096  # rows that are looked at, the newest
_HOUR, _DAY = 3_600, 86_400


def find_season(values: Floats, grid: Grid | None = None) -> int:
    """Steps of the season of ``values`` [n] without gaps, 1 where there is none.

    Of the calendar's seasons (a day, a week, a year) that fit twice into the series the one with the strongest autocorrelation;
    without a calendar, or where none is strong, the highest peak of the autocorrelation at up to a third of the length.
    """
    values = np.asarray(values, np.float64)[-_MOST:]
    if len(values) < 8 or np.ptp(values) == 0:
        return 1
    correlation = autocorrelation(values)
    candidates = [one for one in _calendar(grid) if 2 <= one <= len(values) // 2]
    if candidates:
        best = max(candidates, key=lambda one: correlation[one])
        if correlation[best] > _STRONG:
            return best
    return _peak(correlation[: max(3, len(values) // 3 + 1)])


def autocorrelation(values: Floats) -> Floats:
    """Autocorrelation of the values without their straight line at lags 0 to n - 1, [n] (each lag's mean over its own pairs)."""
    count = len(values)
    x = np.arange(count)
    rest = values - np.polyval(np.polyfit(x, values, 1), x)
    power = np.abs(np.fft.rfft(rest, 2 * count)) ** 2
    sums = np.fft.irfft(power)[:count]
    found = sums / np.arange(count, 0, -1)
    return found / found[0] if found[0] > 0 else np.zeros(count)


def _peak(correlation: Floats) -> int:
    """The lag of the highest peak after the correlation first fell below half of the threshold; 1 where none is strong."""
    fallen = np.flatnonzero(correlation < _STRONG / 2)
    if not len(fallen):
        return 1
    start = max(2, int(fallen[0]))
    inside = correlation[start:-1]
    peaks = start + np.flatnonzero((inside >= correlation[start - 1 : -2]) & (inside > correlation[start + 1 :]))
    peaks = peaks[correlation[peaks] > _STRONG]
    if not len(peaks):
        return 1
    high = correlation[peaks].max()
    return int(peaks[np.argmax(correlation[peaks] > 0.9 * high)])  # its multiples are as high: the first one counts


def _calendar(grid: Grid | None) -> list[int]:
    if grid is None or grid.unit == "number":
        return []
    if grid.unit == "month":
        return [round(12 / grid.step)] if grid.step < 12 and 12 % grid.step == 0 else []
    spans = [span for span in (_DAY, 7 * _DAY, YEAR) if span > 1.5 * grid.step]
    return [round(span / grid.step) for span in spans]
