"""Forecasts without training: the last value, the last season, the mean. Each fits itself to the series that it is given.

Intervals are normal, with the spread of the method's own errors one step (one season) ahead, grown with the horizon as for the
process for which the method is best (Hyndman and Athanasopoulos, Forecasting: principles and practice, section 5.5).
"""

from abc import abstractmethod
from collections.abc import Iterable, Iterator
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm

from lab_core.config import Config
from lab_core.items.series import Series
from lab_core.model import Apply, Kind
from lab_sequences.config_model import ConfigModel
from lab_sequences.forecasting.answer import Forecast, History, answer, history_of, horizon_of
from lab_sequences.forecasting.config import BaselineConfig, BaselineOptions
from lab_sequences.forecasting.known import KNOWN
from lab_sequences.forecasting.seasons import find_season

Floats = NDArray[np.float64]
_HORIZON = 12  # steps, where there is no season


class ForecastBaseline(ConfigModel, Apply):
    """A method that is fitted to each column of each series on its own. On disk it is its config."""

    config_type = BaselineConfig
    consumes = produces = Kind.SERIES
    options: ClassVar[type[Config]] = BaselineOptions

    @abstractmethod
    def fit(self, history: Floats, season: int, horizon: int, interval: float) -> Forecast:
        """The forecast of one column [n] without gaps: values, ends and fitted values as [horizon] and [n]."""

    def apply(self, items: Iterable[Series], options: Config) -> Iterator[Series]:
        assert isinstance(options, BaselineOptions)
        for item in items:
            yield self._one(item, options)

    def _one(self, item: Series, options: BaselineOptions) -> Series:
        history = history_of(item, options)
        seasons = [self.season(history, column, options) for column in range(history.values.shape[1])]
        if options.gaps == "season":
            history = history_of(item, options, season=seasons[0])
        horizon = horizon_of(options, next((one for one in seasons if one > 1), _HORIZON), history)
        parts = [self.fit(history.values[:, column], season, horizon, options.interval) for column, season in enumerate(seasons)]
        return answer(history, _joined(parts, options.interval), options)

    def season(self, history: History, column: int, options: BaselineOptions) -> int:
        """The season that was asked for, else that of the registered series that this is, else the one found in the column."""
        if options.season or self.config.season:
            return options.season or self.config.season
        known = KNOWN.get(self.config.data)
        if known is not None and history.item.names == _value_names(self.config.data):
            return known.season
        return find_season(history.values[:, column], history.grid)


class NaiveModel(ForecastBaseline):
    """The last value; its error grows as that of a random walk."""

    def fit(self, history: Floats, season: int, horizon: int, interval: float) -> Forecast:
        values = np.full(horizon, history[-1])
        return repeated(history, values, 1, interval)


class SeasonalNaiveModel(ForecastBaseline):
    """The value one season before; the last value where there is no season, or not a whole one."""

    def fit(self, history: Floats, season: int, horizon: int, interval: float) -> Forecast:
        season = season if season < len(history) else 1
        values = np.resize(history[-season:], horizon)
        return repeated(history, values, season, interval)


class MeanModel(ForecastBaseline):
    """The mean of the history."""

    def fit(self, history: Floats, season: int, horizon: int, interval: float) -> Forecast:
        values = np.full(horizon, history.mean())
        spread = np.full(horizon, history.std(ddof=1) * np.sqrt(1 + 1 / len(history)))
        return normal(values, spread, interval, np.full(len(history), history.mean()))


def repeated(history: Floats, values: Floats, season: int, interval: float) -> Forecast:
    """A forecast that repeats the last ``season`` values, with the spread of its errors."""
    errors = history[season:] - history[:-season]
    spread = np.sqrt((errors**2).mean()) if len(errors) else 0.0
    growth = np.sqrt(np.arange(len(values)) // season + 1)
    return normal(values, spread * growth, interval, np.concatenate([np.full(season, np.nan), history[:-season]]))


def normal(values: Floats, spread: Floats, interval: float, fitted: Floats | None) -> Forecast:
    """With the central interval that holds ``interval`` of a normal distribution; none for 0."""
    if not interval:
        return Forecast(values, fitted=fitted)
    width = norm.ppf(0.5 + interval / 2) * spread
    return Forecast(values, values - width, values + width, fitted)


def _joined(parts: list[Forecast], interval: float) -> Forecast:
    def columns(name: str) -> Floats | None:
        found = [getattr(part, name) for part in parts]
        return None if any(one is None for one in found) else np.stack(found, axis=1)

    values = columns("values")
    assert values is not None
    return (
        Forecast(values, columns("low"), columns("high"), columns("fitted"))
        if interval
        else Forecast(values, fitted=columns("fitted"))
    )


def _value_names(data: str) -> tuple[str, ...]:
    from lab_datasets import card

    return card(data).value_names
