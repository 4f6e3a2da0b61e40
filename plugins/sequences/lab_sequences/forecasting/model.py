"""The trained forecaster: applies to the series that it learnt, and to others."""

from collections.abc import Iterable, Iterator, Mapping
from math import ceil
from typing import Any, ClassVar

import numpy as np
from lab_tensorflow.network_model import NetworkModel
from numpy.typing import NDArray

from lab_core.config import Config
from lab_core.errors import LabError
from lab_core.items.series import Series
from lab_core.model import Apply, Kind
from lab_sequences.forecasting.answer import Forecast, History, answer, history_of, horizon_of
from lab_sequences.forecasting.config import ForecastConfig, ForecastOptions
from lab_sequences.forecasting.grid import Grid
from lab_sequences.forecasting.streams import scales, season_features
from lab_sequences.forecasting.widths import at_share

Floats = NDArray[np.float64]
_BATCH = 64  # windows of one call


class ForecastModel(NetworkModel, Apply):
    """``about``: inputs, outputs, season (steps), columns (values of a window), names, widths (see ``calibration``).

    A horizon beyond ``outputs`` is forecast in turns; each turn reads the forecasts of the turns before. A network of single
    columns applies to any number of columns; a joint one to as many as it learnt.
    """

    config_type = ForecastConfig
    consumes = produces = Kind.SERIES
    options: ClassVar[type[Config]] = ForecastOptions

    def __init__(
        self, config: ForecastConfig, weights: Mapping[str, NDArray[Any]], about: Mapping[str, Any] | None = None
    ) -> None:
        known = about or {}
        self.inputs, self.outputs = int(known["inputs"]), int(known["outputs"])
        self.season, self.width = int(known["season"]), int(known["columns"])
        super().__init__(config, weights, about)
        self._run: Any = None

    def make_networks(self) -> Mapping[str, Any]:
        from lab_sequences.forecasting.networks import make_network

        return {"network": make_network(self.config, inputs=self.inputs, outputs=self.outputs, columns=self.width)}

    def apply(self, items: Iterable[Series], options: Config) -> Iterator[Series]:
        assert isinstance(options, ForecastOptions)
        for item in items:
            yield self._one(item, options)

    def _one(self, item: Series, options: ForecastOptions) -> Series:
        history = history_of(item, options, season=self.season)
        count, columns = history.values.shape
        if self.config.joint and columns != self.width:
            raise LabError(
                f"The model forecasts {self.width} values at once ({', '.join(self.about['names'])}); the series has {columns}"
                f" ({', '.join(item.names)}).",
                "columns=NAME,NAME chooses some.",
            )
        if count < self.inputs:
            raise LabError(
                f"The series has {count:,} steps; the model reads {self.inputs:,} before it forecasts.",
                "Give a longer history, or train with a smaller input_window.",
            )
        horizon = horizon_of(options, self.outputs, history)
        parts = [slice(None)] if self.config.joint else [slice(at, at + 1) for at in range(columns)]
        found = [self._columns(history, part, horizon, options) for part in parts]
        names = [name for name in ("values", "low", "high", "fitted") if getattr(found[0], name) is not None]
        joined = {name: np.concatenate([getattr(one, name) for one in found], axis=1) for name in names}
        return answer(history, Forecast(**joined), options)

    def _columns(self, history: History, part: slice, horizon: int, options: ForecastOptions) -> Forecast:
        """The forecast of the columns that the network sees together."""
        values = history.values[:, part]
        count, grid = len(values), history.grid
        scale = self.scale_of(values)
        scaled = values / scale
        means, spreads = self.ahead(scaled[None, -self.inputs :], np.array([count + grid.number(0)]), grid, horizon)
        fitted = self._fitted(scaled, grid) * scale if options.fitted else None
        if not options.interval:
            return Forecast(means[0] * scale, fitted=fitted)
        if "widths" not in self.about:
            raise LabError("This model was trained by an older version and has no intervals.", "Train it again, or interval=0.")
        tables = np.asarray(self.about["widths"], np.float64)
        if len(tables) != len(history.item.names) or list(history.item.names) != self.about["names"]:
            tables = np.repeat(tables.mean(axis=0, keepdims=True), history.values.shape[1], axis=0)  # another series
        half = spreads[0] * np.array([at_share(table, options.interval, horizon) for table in tables[part]]).T
        low, high = means[0] - half, means[0] + half
        return Forecast(means[0] * scale, low * scale, high * scale, fitted)

    # --- the network on scaled values

    def scale_of(self, values: Floats) -> Floats:
        """What the network's values are divided by, [d]."""
        return scales(values, self.inputs)

    def ahead(self, windows: Floats, places: Floats, grid: Grid, horizon: int) -> tuple[Floats, Floats]:
        """Means and spreads [n, horizon, d] after scaled windows [n, inputs, d], whose next steps have numbers ``places`` [n].

        A network without spreads has the spread 1.
        """
        means: list[Floats] = []
        spreads: list[Floats] = []
        rows = windows
        for turn in range(ceil(horizon / self.outputs)):
            mean, spread = self._next(rows, places + turn * self.outputs, grid)
            means.append(mean)
            spreads.append(spread)
            rows = np.concatenate([rows, mean], axis=1)[:, -self.inputs :]
        return np.concatenate(means, axis=1)[:, :horizon], np.concatenate(spreads, axis=1)[:, :horizon]

    def _fitted(self, scaled: Floats, grid: Grid) -> Floats:
        """Prediction of each step from the observed window before its turn; the first ``inputs`` steps have none."""
        starts = np.arange(self.inputs, len(scaled), self.outputs)
        found = np.full(scaled.shape, np.nan)
        if len(starts):
            windows = scaled[starts[:, None] + np.arange(-self.inputs, 0)]
            means, _ = self._next(windows, starts + grid.number(0), grid)
            found[self.inputs :] = means.reshape(-1, scaled.shape[1])[: len(scaled) - self.inputs]
        return found

    def _next(self, windows: Floats, places: Floats, grid: Grid) -> tuple[Floats, Floats]:
        """Means and spreads [n, outputs, d] of the steps right after the windows."""
        period = grid.period(self.season)
        steps = np.asarray(places, np.float64)[:, None] + np.arange(-self.inputs, 0)
        time = season_features(steps.reshape(-1), period, self.config.harmonics).reshape(*steps.shape, -1)
        level = windows.mean(axis=1, keepdims=True)  # float32 keeps more digits near zero
        near = (windows - level).astype(np.float32)
        means: list[NDArray[Any]] = []
        spreads: list[NDArray[Any]] = []
        for begin in range(0, len(windows), _BATCH):
            rows, features = near[begin : begin + _BATCH], time[begin : begin + _BATCH]
            count = len(rows)
            size = _BATCH if count > 1 else 1
            padded = [np.concatenate([one, np.zeros((size - count, *one.shape[1:]), np.float32)]) for one in (rows, features)]
            mean, spread = (one.numpy()[:count] for one in self._runner()(*padded))
            means.append(mean)
            spreads.append(spread)
        return np.concatenate(means).astype(np.float64) + level, np.concatenate(spreads).astype(np.float64)

    def _runner(self) -> Any:
        if self._run is None:
            import tensorflow as tf

            network = self.networks["network"]

            def run(window: Any, time: Any) -> Any:
                window = tf.ensure_shape(window, (None, self.inputs, self.width))
                means, spreads = network.run(window, tf.ensure_shape(time, (None, self.inputs, network.features)))
                return means[:, -1], tf.ones_like(means[:, -1]) if spreads is None else tf.exp(spreads[:, -1])

            self._run = tf.function(run, reduce_retracing=True)
        return self._run
