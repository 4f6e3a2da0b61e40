"""From an item to the answer: what every forecasting method shares around its own fit."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lab_core.errors import LabError, UsageError, unknown
from lab_core.items.series import PARTS, Series
from lab_sequences.forecasting.config import ForecastOptions
from lab_sequences.forecasting.gaps import filled
from lab_sequences.forecasting.grid import Grid, even

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class History:
    """A series on an even grid.

    observed  values [n, d] with their gaps
    values    the same without gaps
    """

    item: Series
    grid: Grid
    values: Floats

    @property
    def observed(self) -> Floats:
        return self.item.values


@dataclass(frozen=True)
class Forecast:
    """Values [horizon, d], ends of the interval or None, and fitted values [n, d] (NaN where there are none) or None."""

    values: Floats
    low: Floats | None = None
    high: Floats | None = None
    fitted: Floats | None = None


def history_of(item: Series, options: ForecastOptions, *, season: int = 1) -> History:
    """The columns that were asked for, on even times, without gaps; raises LabError naming what is wrong."""
    item = item.part(PARTS[0]) if item.parts else item
    item = _named(item, options)
    series, grid = even(item, rows=options.steps_of_time == "rows")
    return History(series, grid, filled(series.values, options.gaps, season=season, names=item.names))


def horizon_of(options: ForecastOptions, own: int, history: History) -> int:
    """How many steps to forecast; raises UsageError for more than the history has."""
    horizon = options.horizon or min(own, len(history.values))
    if horizon > len(history.values):
        raise UsageError(
            f"A horizon of {horizon:,} steps is longer than the history of {len(history.values):,} steps.",
            f"At most horizon={len(history.values)}, or give a longer series.",
        )
    return horizon


def answer(history: History, forecast: Forecast, options: ForecastOptions) -> Series:
    """Observed, fitted and forecast rows as one series; ends of the interval are NaN but for the forecast."""
    item, count = history.item, len(forecast.values)
    last = len(item.times)
    after = history.grid.times(last, count)
    parts: list[tuple[str, Any, Floats]] = [(PARTS[0], item.times, item.values)]
    if options.fitted and forecast.fitted is not None:
        known = ~np.isnan(forecast.fitted).all(axis=1)
        parts.append((PARTS[1], item.times[known], forecast.fitted[known]))
    parts.append((PARTS[2], after, forecast.values))
    if not np.isfinite(forecast.values).all():
        raise LabError("The forecast is not finite; the series is too short or too irregular for this method.")
    before = np.full((sum(len(values) for *_, values in parts[:-1]), len(item.names)), np.nan)
    low, high = (None if ends is None else np.concatenate([before, ends]) for ends in (forecast.low, forecast.high))
    return Series(
        np.concatenate([times for _, times, _ in parts]),
        np.concatenate([values for *_, values in parts]),
        item.names,
        low,
        high,
        tuple(name for name, times, _ in parts for _ in range(len(times))),
    )


def _named(item: Series, options: ForecastOptions) -> Series:
    """The item with the column of times and the columns of values that were named."""
    if options.time:
        if options.time not in item.names:
            raise unknown("column", options.time, item.names)
        place = item.names.index(options.time)
        times, rest = item.values[:, place], [one for one in range(len(item.names)) if one != place]
        if np.isnan(times).any() or (np.diff(times) <= 0).any():
            wrong = int(np.argmax(np.isnan(times) | (np.diff(times, prepend=-np.inf) <= 0)))
            raise LabError(f"Column {options.time} does not rise in row {wrong + 1:,}; times must rise.")
        if not rest:
            raise LabError(f"There is no column of values beside {options.time}.")
        item = Series(times, item.values[:, rest], tuple(item.names[one] for one in rest))
    if options.columns:
        wanted = [one.strip() for one in options.columns.split(",") if one.strip()]
        for one in wanted:
            if one not in item.names:
                raise unknown("column", one, item.names)
        item = Series(item.times, item.values[:, [item.names.index(one) for one in wanted]], tuple(wanted))
    return item
