"""Forecasts without training: the last value, the last season, the mean. Each fits itself to the series that it is given.

Intervals come from the errors that the method made when it forecast from earlier moments of the same history (``widths``); where
it is too short to look back, they are normal, with a spread that grows as for the process for which the method is best (Hyndman
and Athanasopoulos, Forecasting: principles and practice, section 5.5).
"""

from abc import abstractmethod
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
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
from lab_sequences.forecasting.widths import errors_of, measured, moments_of

Floats = NDArray[np.float64]
_HORIZON = 12  # steps, where there is no season
_FIRST = 10  # values that the first mean is made of


@dataclass(frozen=True)
class Fit:
    """A method fitted to one column.

    values  forecast [horizon]
    spread  standard deviation of its errors [horizon] as the method's own model has it
    fitted  one step ahead [n], NaN where there is none
    errors  of the same method's forecasts from earlier moments [moments, horizon], NaN after the history's end
    estimated  whether those forecasts use parameters estimated from the whole history: their errors are somewhat too small then,
               and intervals are at least as wide as the method's own model has them
    """

    values: Floats
    spread: Floats
    fitted: Floats
    errors: Floats
    estimated: bool = False


class ForecastBaseline(ConfigModel, Apply):
    """A method that is fitted to each column of each series on its own. On disk it is its config."""

    config_type = BaselineConfig
    consumes = produces = Kind.SERIES
    options: ClassVar[type[Config]] = BaselineOptions

    @abstractmethod
    def fit(self, history: Floats, season: int, horizon: int) -> Fit:
        """The method fitted to one column [n] without gaps."""

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
        parts = [self.fit(history.values[:, column], season, horizon) for column, season in enumerate(seasons)]
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

    def fit(self, history: Floats, season: int, horizon: int) -> Fit:
        return repeated(history, 1, horizon)


class SeasonalNaiveModel(ForecastBaseline):
    """The value one season before; the last value where there is no season, or not a whole one."""

    def fit(self, history: Floats, season: int, horizon: int) -> Fit:
        return repeated(history, season if season < len(history) else 1, horizon)


class MeanModel(ForecastBaseline):
    """The mean of the history."""

    def fit(self, history: Floats, season: int, horizon: int) -> Fit:
        count = len(history)
        means = np.cumsum(history) / np.arange(1, count + 1)
        moments = moments_of(count, min(_FIRST, count - 1))
        forecasts = np.repeat(means[moments][:, None], horizon, axis=1)
        spread = np.full(horizon, history.std(ddof=1) * np.sqrt(1 + 1 / count))
        return Fit(np.full(horizon, means[-1]), spread, np.full(count, means[-1]), errors_of(history, moments, forecasts))


def repeated(history: Floats, season: int, horizon: int) -> Fit:
    """The last ``season`` values again and again."""
    count = len(history)
    steps = np.arange(horizon)
    moments = moments_of(count, season - 1)
    forecasts = history[moments[:, None] + 1 - season + steps % season]
    differences = history[season:] - history[:-season]
    spread = np.sqrt((differences**2).mean()) if len(differences) else 0.0
    fitted = np.concatenate([np.full(season, np.nan), history[:-season]])
    values = np.resize(history[-season:], horizon)
    return Fit(values, spread * np.sqrt(steps // season + 1), fitted, errors_of(history, moments, forecasts))


def _joined(parts: list[Fit], interval: float) -> Forecast:
    """All columns side by side, with the interval that holds ``interval``; none for 0."""
    values, fitted = np.stack([part.values for part in parts], axis=1), np.stack([part.fitted for part in parts], axis=1)
    if not interval:
        return Forecast(values, fitted=fitted)
    quantile = norm.ppf(0.5 + interval / 2)
    half = np.stack([measured(part.errors, interval, quantile * part.spread, at_least=part.estimated) for part in parts], axis=1)
    return Forecast(values, values - half, values + half, fitted)


def _value_names(data: str) -> tuple[str, ...]:
    from lab_datasets import card

    return card(data).value_names
