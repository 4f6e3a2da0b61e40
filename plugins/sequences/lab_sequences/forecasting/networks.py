"""Networks that map a window of a series to the steps after it.

``run(window, time, noise)`` reads values float32 [batch, inputs, d] and season features [batch, inputs, f], and returns the means
[batch, positions, outputs, d] and the logarithms of the spreads (the same shape, or None) of the ``outputs`` steps after each of
its positions. AR and N-BEATS have one position, the window's end. The recurrent network has one after every step of the window's
second half, so that one window teaches many forecasts (forking sequences, Wen et al. 2017, arXiv 1711.11053, section 3.3).

Everything inside is relative to the window's level: the mean of the values that every position has seen.
"""

from typing import Any

import keras
import tensorflow as tf
from lab_tensorflow.recurrent_layer import Recurrent

from lab_sequences.forecasting.config import ForecastConfig


class WindowNetwork(keras.Model):
    """What the networks share: sizes, the head's layout, the level."""

    def __init__(self, config: ForecastConfig, *, inputs: int, outputs: int, columns: int, features: int) -> None:
        super().__init__(name="network")
        self.inputs_length, self.outputs_length, self.columns, self.features = inputs, outputs, columns, features
        self.spreads = config.loss == "normal"
        self.first = inputs  # steps that the first position has seen
        self.drop = config.dropout

    @property
    def positions(self) -> int:
        return self.inputs_length - self.first + 1

    @property
    def width(self) -> int:
        """Outputs of the head."""
        return self.outputs_length * self.columns * (2 if self.spreads else 1)

    def dense(self, name: str, features: int, units: int, seed: int, *, small: bool = False) -> Any:
        """A built dense layer; ``small``: starts near zero."""
        start = keras.initializers.VarianceScaling(0.01 if small else 1.0, mode="fan_avg", seed=seed)
        layer = keras.layers.Dense(units, kernel_initializer=start, name=name)
        layer.build((None, features))
        return layer

    def run(self, window: Any, time: Any, noise: Any = None) -> tuple[Any, Any]:
        level = tf.reduce_mean(window[:, : self.first], axis=1, keepdims=True)  # [batch, 1, d]
        found = self.outputs_of(window - level, time, noise)  # [batch, positions, width]
        shape = (-1, self.positions, self.outputs_length, self.columns)
        size = self.outputs_length * self.columns
        means = tf.reshape(found[:, :, :size], shape) + level[:, None]
        return means, tf.clip_by_value(tf.reshape(found[:, :, size:], shape), -6.0, 3.0) if self.spreads else None

    def outputs_of(self, window: Any, time: Any, noise: Any) -> Any:
        """[batch, positions, width] from values relative to the level."""
        raise NotImplementedError

    def dropped(self, inputs: Any, noise: Any) -> Any:
        if noise is None or not self.drop:
            return inputs
        return inputs * tf.cast(noise.uniform(tf.shape(inputs)) >= self.drop, tf.float32) / (1 - self.drop)


class AutoregressiveNetwork(WindowNetwork):
    """All outputs as a linear function of the window and of the season at its end, or with hidden layers between."""

    def __init__(self, config: ForecastConfig, *, seed: int, **sizes: int) -> None:
        super().__init__(config, **sizes)
        features = self.inputs_length * self.columns + self.features
        self.hidden: list[Any] = []
        for number in range(config.layers):
            self.hidden.append(self.dense(f"hidden_{number + 1}", features, config.units, seed + number))
            features = config.units
        self.head = self.dense("head", features, self.width, seed + 100, small=True)
        self.built = True

    def outputs_of(self, window: Any, time: Any, noise: Any) -> Any:
        flat = tf.concat([tf.reshape(window, (-1, self.inputs_length * self.columns)), time[:, -1]], 1)
        for layer in self.hidden:
            flat = self.dropped(tf.nn.relu(layer(flat)), noise)
        return self.head(flat)[:, None]


class RecurrentNetwork(WindowNetwork):
    """Recurrent layers, and a dense layer from each hidden state to the steps after it."""

    def __init__(self, config: ForecastConfig, *, seed: int, **sizes: int) -> None:
        super().__init__(config, **sizes)
        self.first = max(1, self.inputs_length // 2)
        self.recurrent: list[Recurrent] = []
        features = self.columns + self.features
        for number in range(config.layers):
            layer = Recurrent(config.units, config.network, seed=seed + 10 * number, name=f"{config.network}_{number + 1}")  # type: ignore[arg-type]
            layer.build((None, None, features))
            self.recurrent.append(layer)
            features = config.units
        self.head = self.dense("head", features, self.width, seed + 100, small=True)
        self.built = True

    def outputs_of(self, window: Any, time: Any, noise: Any) -> Any:
        hidden = tf.transpose(tf.concat([window, time], 2), (1, 0, 2))  # [time, batch, features]
        batch = tf.shape(window)[0]
        for layer in self.recurrent:
            hidden, _ = layer.run(hidden, layer.zero_state(batch))
            hidden = self.dropped(hidden, noise)
        return self.head(tf.transpose(hidden[self.first - 1 :], (1, 0, 2)))


class NBeatsNetwork(WindowNetwork):
    """N-BEATS with generic blocks (Oreshkin et al. 2020, section 3): each explains a part of the window and takes it away.

    A block has four dense layers with ReLU and two linear heads, backcast and forecast. The season at the window's end is a
    further input of each block, which the paper's blocks don't have.
    """

    def __init__(self, config: ForecastConfig, *, seed: int, **sizes: int) -> None:
        super().__init__(config, **sizes)
        size = self.inputs_length * self.columns
        self.blocks: list[list[Any]] = []
        for number in range(config.layers):
            layers, features = [], size + self.features
            for depth in range(4):
                layers.append(self.dense(f"block_{number + 1}_{depth + 1}", features, config.units, seed + 10 * number + depth))
                features = config.units
            if number + 1 < config.layers:  # what the last block leaves is read by nobody
                layers.append(self.dense(f"backcast_{number + 1}", features, size, seed + 10 * number + 5, small=True))
            layers.append(self.dense(f"forecast_{number + 1}", features, self.width, seed + 10 * number + 6, small=True))
            self.blocks.append(layers)
        self.flat_blocks = [layer for layers in self.blocks for layer in layers]
        self.built = True

    def outputs_of(self, window: Any, time: Any, noise: Any) -> Any:
        rest = tf.reshape(window, (-1, self.inputs_length * self.columns))
        found: Any = 0.0
        for layers in self.blocks:
            inner = tf.concat([rest, time[:, -1]], 1)
            for layer in layers[:4]:
                inner = self.dropped(tf.nn.relu(layer(inner)), noise)
            found = found + layers[-1](inner)
            if len(layers) > 5:
                rest = rest - layers[4](inner)
        return found[:, None]


def make_network(config: ForecastConfig, *, inputs: int, outputs: int, columns: int, seed: int = 0) -> WindowNetwork:
    """The built network of a config for windows of ``inputs`` and ``outputs`` steps of ``columns`` values."""
    kind = {"ar": AutoregressiveNetwork, "nbeats": NBeatsNetwork}.get(config.network, RecurrentNetwork)
    return kind(config, seed=seed, inputs=inputs, outputs=outputs, columns=columns, features=2 * config.harmonics)
