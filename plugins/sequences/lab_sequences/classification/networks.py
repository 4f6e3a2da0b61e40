"""Networks that read sequences of any length and give the logits of the classes.

``run(values, lengths, noise)`` reads values float32 [batch, time, d]; the first ``lengths`` int32 [batch] steps are real. What
stands behind a sequence's end changes nothing.
"""

from typing import Any

import keras
import tensorflow as tf
from lab_tensorflow.recurrent_layer import Recurrent

from lab_sequences.classification.config import SequenceConfig


class SequenceNetwork(keras.Model):
    """Inputs, pooling and the dense layer to the logits, which all networks share."""

    def __init__(self, config: SequenceConfig, columns: int, classes: int, *, seed: int) -> None:
        super().__init__(name="network")
        self.columns, self.classes = columns, classes
        self.inputs_width = columns * (2 if config.differences else 1)
        self.differences, self.pooling, self.drop = config.differences, config.pooling, config.dropout
        self.make_layers(config, seed)
        self.head = keras.layers.Dense(classes, **_head_start(config.head_deviation, seed + 1), name="logits")
        self.head.build((None, config.units))
        self.built = True

    def make_layers(self, config: SequenceConfig, seed: int) -> None:
        raise NotImplementedError

    def hidden(self, values: Any, mask: Any, noise: Any) -> Any:
        """[batch, time, units] from inputs [batch, time, inputs_width] and mask float32 [batch, time]."""
        raise NotImplementedError

    def run(self, values: Any, lengths: Any, noise: Any = None) -> Any:
        mask = tf.sequence_mask(lengths, tf.shape(values)[1], tf.float32)
        values = values * mask[:, :, None]
        if self.differences:
            before = tf.concat([values[:, :1], values[:, :-1]], 1)
            values = tf.concat([values, (values - before) * mask[:, :, None]], 2)
        hidden = self.hidden(values, mask, noise)
        if self.pooling == "mean":
            pooled = tf.reduce_sum(hidden * mask[:, :, None], 1) / tf.cast(lengths, tf.float32)[:, None]
        else:
            pooled = tf.gather(hidden, lengths - 1, axis=1, batch_dims=1)
        return self.head(self.dropped(pooled, noise))

    def dropped(self, inputs: Any, noise: Any) -> Any:
        if noise is None or not self.drop:
            return inputs
        return inputs * tf.cast(noise.uniform(tf.shape(inputs)) >= self.drop, tf.float32) / (1 - self.drop)


class RecurrentNetwork(SequenceNetwork):
    """Recurrent layers whose state stands still behind a sequence's end."""

    def make_layers(self, config: SequenceConfig, seed: int) -> None:
        self.recurrent: list[Recurrent] = []
        features = self.inputs_width
        for number in range(config.layers):
            layer = Recurrent(config.units, config.network, seed=seed + 10 * (number + 1), name=f"{config.network}_{number + 1}")  # type: ignore[arg-type]
            layer.build((None, None, features))
            self.recurrent.append(layer)
            features = config.units

    def hidden(self, values: Any, mask: Any, noise: Any) -> Any:
        by_time, mask = tf.transpose(values, (1, 0, 2)), tf.transpose(mask)
        batch = tf.shape(values)[0]
        for layer in self.recurrent:
            by_time, _ = layer.run(by_time, layer.zero_state(batch), mask)
        return tf.transpose(by_time, (1, 0, 2))


class ConvolutionalNetwork(SequenceNetwork):
    """Residual blocks of two causal convolutions, each block looking twice as far back (Bai et al. 2018, arXiv 1803.01271).

    Without the paper's weight normalisation.
    """

    def make_layers(self, config: SequenceConfig, seed: int) -> None:
        self.convolutions: list[Any] = []
        self.shortcut = self._layer("shortcut", self.inputs_width, config.units, 1, 1, seed)
        features = config.units
        for number in range(config.layers):
            for half in (1, 2):
                name = f"block_{number + 1}_{half}"
                self.convolutions.append(
                    self._layer(name, features, config.units, config.kernel, 2**number, seed + 10 * number + half)
                )

    def _layer(self, name: str, features: int, units: int, kernel: int, dilation: int, seed: int) -> Any:
        start = keras.initializers.HeNormal(seed=seed)
        layer = keras.layers.Conv1D(units, kernel, padding="causal", dilation_rate=dilation, kernel_initializer=start, name=name)
        layer.build((None, None, features))
        return layer

    def hidden(self, values: Any, mask: Any, noise: Any) -> Any:
        found = self.shortcut(values)
        for first, second in zip(self.convolutions[::2], self.convolutions[1::2], strict=True):
            inner = self.dropped(tf.nn.relu(first(found)), noise)
            found = tf.nn.relu(found + tf.nn.relu(second(inner)))
        return found


def _head_start(deviation: float, seed: int) -> dict[str, Any]:
    """Initializers of the output layer; the source draws weights and biases from a normal distribution of deviation 1."""
    if not deviation:
        return {"kernel_initializer": keras.initializers.GlorotUniform(seed=seed)}
    return {
        "kernel_initializer": keras.initializers.RandomNormal(stddev=deviation, seed=seed),
        "bias_initializer": keras.initializers.RandomNormal(stddev=deviation, seed=seed + 1),
    }


def make_network(config: SequenceConfig, columns: int, classes: int, *, seed: int = 0) -> SequenceNetwork:
    """The built network of a config for ``columns`` values a step and ``classes`` classes."""
    kind = ConvolutionalNetwork if config.network == "tcn" else RecurrentNetwork
    return kind(config, columns, classes, seed=seed)
