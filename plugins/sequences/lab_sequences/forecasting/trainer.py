"""Training of the forecasting networks on windows of series."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from lab_tensorflow.compiled_trainer import CompiledTrainer
from numpy.typing import NDArray

from lab_core.model import Model
from lab_core.trainer import Media
from lab_sequences.forecasting.config import ForecastConfig
from lab_sequences.forecasting.streams import load_spans, scales, season_features, shape_of


class ForecastTrainer(CompiledTrainer[ForecastConfig]):
    """Series lie one after the other in a stream of rows; an item is a window that lies in one series.

    Unless ``joint``, each column is a series of its own. Every column is divided by its own scale. Rows of validation and test
    are in no window.
    """

    item_word = "windows"
    streams = 1

    def make_data(self) -> Mapping[str, NDArray[Any]]:
        config = self.config
        self.spans = load_spans(config)
        self.shape = shape_of(config, self.spans)
        length = self.shape.inputs + self.shape.outputs
        values: list[NDArray[Any]] = []
        known: list[NDArray[Any]] = []
        time: list[NDArray[Any]] = []
        starts: list[NDArray[Any]] = []
        row = 0
        for span in self.spans:
            rows = span.train_rows
            scaled = span.values[:rows] / scales(span.values[:rows], self.shape.inputs)
            period = span.grid.period(self.shape.season)
            features = season_features(span.grid.number(0) + np.arange(rows), period, config.harmonics)
            columns = [slice(None)] if config.joint else [slice(at, at + 1) for at in range(scaled.shape[1])]
            for column in columns:
                values.append(scaled[:, column] - scaled[:, column].mean(axis=0))  # float32 keeps more digits near zero
                known.append(span.known[:rows, column])
                time.append(features)
                starts.append(np.arange(row, row + rows - length + 1))
                row += rows
        self.starts = np.concatenate(starts).astype(np.int32)
        self.columns_of_a_window = values[0].shape[1]
        return {
            "values": np.concatenate(values).astype(np.float32),
            "known": np.concatenate(known).astype(np.uint8),
            "time": np.concatenate(time).astype(np.float32),
        }

    def make_order(self) -> Any:
        from lab_datasets.order import Order

        return Order(len(self.starts), self.data_seed)

    def places(self, update: int, count: int) -> NDArray[np.int32]:
        """The first rows of the windows, int32 [count, 1, batch]."""
        return self.starts[super().places(update, count)]

    def batch(self, places: Any, step: Any) -> Mapping[str, Any]:
        import tensorflow as tf

        length = self.shape.inputs + self.shape.outputs
        rows = places[:, None] + tf.range(length)
        found = {name: tf.cast(tf.gather(tensor, rows), tf.float32) for name, tensor in self.tensors.items()}
        return {
            name: tf.ensure_shape(tensor, (self.config.batch_size, length, self.tensors[name].shape[1]))
            for name, tensor in found.items()
        }

    def make_learner(self) -> Any:
        from lab_sequences.forecasting.learner import ForecastLearner
        from lab_sequences.forecasting.networks import make_network

        network = make_network(
            self.config,
            inputs=self.shape.inputs,
            outputs=self.shape.outputs,
            columns=self.columns_of_a_window,
            seed=self.context.integer("initialisation"),
        )
        return ForecastLearner(self.config, network, seed=self.context.integer("policy"))

    def observe(self, before: int, scalars: dict[str, float]) -> tuple[str, ...]:
        scalars["epoch"] = self.step * self.config.batch_size / len(self.starts)
        return ()

    def media(self) -> tuple[Media, ...]:
        """The forecast of the validation rows beside what came."""
        from lab_core.items.series import Series
        from lab_core.items.series_plot import plot

        span = self.spans[0]
        ahead = min(len(span.values) - span.train_rows, self.shape.outputs * 2)
        if ahead < 1:
            return ()
        times = span.grid.times(0, len(span.values))
        shown = span.values[: span.train_rows]
        model: Any = self.preview()
        found = next(model.apply([Series(times[: len(shown)], shown, span.names)], model.options(horizon=ahead, fitted=False)))
        first = max(0, len(shown) - self.config.media_steps)
        target = Series(times[len(shown) : len(shown) + ahead], span.values[len(shown) : len(shown) + ahead], span.names)
        kept = np.arange(len(found.times)) >= first
        return (Media("forecast", image=plot(found.rows(kept), target=target)),)

    def model(self) -> Model:
        from lab_sequences.forecasting.calibration import calibrated
        from lab_sequences.forecasting.model import ForecastModel

        about = {
            "inputs": self.shape.inputs,
            "outputs": self.shape.outputs,
            "season": self.shape.season,
            "columns": self.columns_of_a_window,
            "names": list(self.spans[0].names),
        }
        return calibrated(ForecastModel(self.config, self.average.values(), about), self.spans)

    def preview(self) -> Any:
        """A model of the present weights; intervals are calibrated each time."""
        return self.model()

    @classmethod
    def memory(cls, config: ForecastConfig) -> int:
        from lab_tensorflow.footprint import training_bytes

        length = (config.input_window or 100) + (config.output_window or 50)
        activations = 4 * config.batch_size * length * (12 * config.units * max(1, config.layers) + 40)
        return training_bytes(parameters=4 * config.units * (config.units + length) * 6, activations=activations)
