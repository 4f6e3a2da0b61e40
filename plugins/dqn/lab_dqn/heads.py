"""The dueling head (Wang et al. 2016) as one layer."""

from collections.abc import Callable, Mapping
from typing import Any

import tensorflow as tf
import tf_keras


@tf_keras.utils.register_keras_serializable("lab_dqn")
class DuelingHead(tf_keras.layers.Layer):
    """Q = V + A - mean_a A (equation 9), for each atom where there are several; float32 [batch, actions * atoms].

    Value and advantages each have a hidden layer of ``width`` units on the same features, computed as one of twice the width.
    ``options`` gives a layer's initialisers and type.
    """

    def __init__(self, width: int, actions: int, atoms: int, options: Callable[..., Mapping[str, Any]], **own: Any) -> None:
        super().__init__(autocast=False, **own)
        self.width, self.actions, self.atoms = width, actions, atoms
        self.hidden = tf_keras.layers.Dense(2 * width, activation="relu", **options())
        self.value = tf_keras.layers.Dense(atoms, **options("float32"))
        self.advantage = tf_keras.layers.Dense(actions * atoms, **options("float32"))

    def build(self, input_shape: Any) -> None:
        self.hidden.build(input_shape)
        for layer in (self.value, self.advantage):
            layer.build((None, self.width))
        super().build(input_shape)

    def call(self, features: Any) -> Any:
        of_value, of_advantage = tf.split(self.hidden(features), 2, axis=-1)
        value = self.value(of_value)[:, None, :]  # [batch, 1, atoms]
        advantage = tf.reshape(self.advantage(of_advantage), (-1, self.actions, self.atoms))
        q = value + advantage - tf.reduce_mean(advantage, axis=1, keepdims=True)
        return tf.reshape(q, (-1, self.actions * self.atoms))
