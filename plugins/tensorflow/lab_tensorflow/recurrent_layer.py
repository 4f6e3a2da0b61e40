"""A Keras layer around :mod:`lab_tensorflow.recurrent`: weights with stable names, states in and out."""

from collections.abc import Sequence
from typing import Any, Literal

import keras
import tensorflow as tf

from lab_tensorflow.recurrent import gru, lstm, rnn

Cell = Literal["lstm", "gru", "rnn"]
_GATES = {"lstm": 4, "gru": 3, "rnn": 1}


class Recurrent(keras.layers.Layer):
    """One recurrent layer of ``units`` over sequences [time, batch, features].

    Weights are ``kernel``, ``recurrent`` and ``bias``: Glorot-uniform, orthogonal, and zero but for an LSTM's forget gate, which
    starts at ``forget_bias`` (Jozefowicz et al. 2015). ``products`` is the type of the matrix products.
    """

    def __init__(
        self,
        units: int,
        cell: Cell = "lstm",
        *,
        seed: int = 0,
        forget_bias: float = 1.0,
        products: str = "float32",
        **options: Any,
    ) -> None:
        super().__init__(**options)
        self.units, self.cell, self.products = units, cell, products
        self._seed, self._forget_bias = seed, forget_bias

    def build(self, shape: Sequence[int | None]) -> None:
        """``shape`` is (time, batch, features)."""
        units, columns = self.units, _GATES[self.cell] * self.units
        glorot = keras.initializers.GlorotUniform(seed=self._seed)
        orthogonal = keras.initializers.Orthogonal(seed=self._seed + 1)
        self.kernel = self.add_weight(name="kernel", shape=(shape[-1], columns), initializer=glorot)
        self.recurrent = self.add_weight(name="recurrent", shape=(units, columns), initializer=orthogonal)
        self.bias = self.add_weight(name="bias", shape=(2, columns) if self.cell == "gru" else (columns,), initializer="zeros")
        if self.cell == "lstm":
            place = tf.range(columns) // units
            self.bias.assign(tf.where(place == 1, self._forget_bias, 0.0))
        self.built = True

    def zero_state(self, batch: Any) -> list[Any]:
        """The state at the start: h [batch, units], and c for an LSTM."""
        return [tf.zeros((batch, self.units))] * (2 if self.cell == "lstm" else 1)

    def run(self, inputs: Any, state: Sequence[Any], mask: Any = None) -> tuple[Any, list[Any]]:
        """Outputs [time, batch, units] and the last state for inputs [time, batch, features]; mask [time, batch] or None."""
        function = {"lstm": lstm, "gru": gru, "rnn": rnn}[self.cell]
        weights = (self.kernel.value, self.recurrent.value, self.bias.value)
        outputs, *last = function(inputs, *weights, *state, mask, dtype=tf.as_dtype(self.products))
        return outputs, last
