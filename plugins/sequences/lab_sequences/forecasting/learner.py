"""Learning to forecast: the likelihood of a normal distribution, the squared or the absolute error, of known values only."""

from collections.abc import Mapping
from math import log, pi
from typing import Any

import tensorflow as tf
from lab_tensorflow.noise import Noise
from lab_tensorflow.single_loss import SingleLossLearner

from lab_sequences.forecasting.config import ForecastConfig

METRICS = ("loss", "absolute_error")


class ForecastLearner(SingleLossLearner):
    """``batch``: values [batch, inputs + outputs, d], known (the same shape, 0 or 1), time [batch, inputs + outputs, f]."""

    averaged = ("network",)
    metrics = METRICS

    def __init__(self, config: ForecastConfig, network: Any, *, seed: int) -> None:
        super().__init__(config, {"network": network}, seed=seed)
        self.network = network

    def _known(self, batch: Mapping[str, Any]) -> tuple[Any, Any]:
        """The rows after each position [positions, outputs], and which of their values are known."""
        network = self.network
        rows = tf.range(network.positions)[:, None] + network.first + tf.range(network.outputs_length)
        return rows, tf.gather(batch["known"], rows, axis=1)

    def count(self, batch: Mapping[str, Any]) -> Any:
        """The values that are known."""
        return tf.reduce_sum(self._known(batch)[1])

    def loss(self, batch: Mapping[str, Any], noise: Noise) -> tuple[Any, Mapping[str, Any]]:
        network = self.network
        inputs = network.inputs_length
        means, spreads = network.run(batch["values"][:, :inputs], batch["time"][:, :inputs], noise)
        rows, known = self._known(batch)
        error = tf.gather(batch["values"], rows, axis=1) - means
        count = tf.maximum(tf.reduce_sum(known), 1.0)
        size = tf.reduce_sum(known * tf.abs(error)) / count
        if spreads is not None:
            each = normal_loss(error, spreads)
        else:
            each = tf.abs(error) if self.config.loss == "absolute" else tf.square(error)  # type: ignore[attr-defined]
        loss = tf.reduce_sum(known * each) / count
        return loss, {"loss": loss, "absolute_error": size}


def normal_loss(error: Any, log_spread: Any) -> Any:
    """-log of the normal density of ``error`` with spread exp(log_spread)."""
    return 0.5 * tf.square(error * tf.exp(-log_spread)) + log_spread + 0.5 * log(2 * pi)
