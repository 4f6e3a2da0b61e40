"""A small decoder-only Transformer over characters, with the segment recurrence of Transformer-XL.

Pre-normalised blocks of causal attention and a GELU layer (Radford et al. 2019). Keys and values of the last ``context``
characters are the state that is carried on, without a gradient through it (Dai et al. 2019, section 3.2). Positions are rotations
of queries and keys (Su et al. 2021), which only know distances, so that a state may be carried on for ever.
"""

from typing import Any

import keras
import numpy as np
import tensorflow as tf

from lab_sequences.characters.config import CharacterConfig
from lab_sequences.characters.operations import dropped, product

_LOWEST = -1e9


class TransformerNetwork(keras.Model):
    """See :mod:`lab_sequences.characters.networks` for what it takes and gives."""

    def __init__(self, config: CharacterConfig, characters: int, *, seed: int, products: str) -> None:
        super().__init__(name="network")
        units = config.units
        self.characters, self.dropout, self.products = characters, config.dropout, products
        self.heads, self.context, self.units = config.heads, config.context, units
        normal = keras.initializers.RandomNormal(stddev=0.02, seed=seed)
        self.embedding = keras.layers.Embedding(characters, units, embeddings_initializer=normal, name="embedding")
        self.embedding.build(())
        self.blocks: list[dict[str, Any]] = []
        for number in range(config.layers):
            name = f"block_{number + 1}"
            block = {
                "norm_1": keras.layers.LayerNormalization(epsilon=1e-5, name=f"{name}_norm_1"),
                "attention": _dense(3 * units, 0.02, seed + 10 * number + 1, f"{name}_attention"),
                "mix": _dense(units, 0.02 / (2 * config.layers) ** 0.5, seed + 10 * number + 2, f"{name}_mix"),
                "norm_2": keras.layers.LayerNormalization(epsilon=1e-5, name=f"{name}_norm_2"),
                "wide": _dense(4 * units, 0.02, seed + 10 * number + 3, f"{name}_wide"),
                "narrow": _dense(units, 0.02 / (2 * config.layers) ** 0.5, seed + 10 * number + 4, f"{name}_narrow"),
            }
            for key, layer in block.items():
                layer.build((None, None, 4 * units if key == "narrow" else units))
                setattr(self, f"{name}_{key}", layer)  # Keras tracks attributes
            self.blocks.append(block)
        self.norm = keras.layers.LayerNormalization(epsilon=1e-5, name="norm")
        self.norm.build((None, None, units))
        self.head = _dense(characters, 0.02, seed + 5, "logits")
        self.head.build((None, units))
        self.built = True

    def zero_state(self, batch: int) -> list[Any]:
        """Which of the last ``context`` characters there are [batch, context], then their keys and values of each block."""
        empty = tf.zeros((batch, self.context, self.units))
        return [tf.zeros((batch, self.context)), *([empty, empty] * len(self.blocks))]

    def run(self, tokens: Any, state: list[Any], noise: Any = None) -> tuple[Any, list[Any]]:
        length = tf.shape(tokens)[1]
        there = tf.concat([state[0], tf.ones(tf.shape(tokens))], 1)  # [batch, context + time]
        mask = self._mask(length, there)
        hidden = tf.gather(self.embedding.embeddings, tokens)  # [batch, time, units]
        hidden = dropped(hidden, self.dropout, noise)
        after = [there[:, length:]]
        for number, block in enumerate(self.blocks):
            mixed, kept = self._attention(
                block, _normalised(block["norm_1"], hidden), state[1 + 2 * number : 3 + 2 * number], mask
            )
            hidden += dropped(mixed, self.dropout, noise)
            wide = tf.nn.gelu(self._product(_normalised(block["norm_2"], hidden), block["wide"]), approximate=True)
            hidden += dropped(self._product(wide, block["narrow"]), self.dropout, noise)
            after += kept
        return self._product(_normalised(self.norm, hidden), self.head), after

    def _mask(self, length: Any, there: Any) -> Any:
        """What is added to the scores [batch, 1, time, context + time]: a query sees the ``context`` before it and itself."""
        queries, keys = tf.range(length)[:, None] + self.context, tf.range(length + self.context)[None, :]
        seen = tf.cast((keys <= queries) & (keys >= queries - max(self.context, 1)), tf.float32) if self.context else None
        if seen is None:
            seen = tf.cast(keys <= queries, tf.float32)
        return (1 - seen * there[:, None, :])[:, None] * _LOWEST

    def _attention(self, block: dict[str, Any], inputs: Any, state: list[Any], mask: Any) -> tuple[Any, list[Any]]:
        length = tf.shape(inputs)[1]
        queries, keys, values = tf.split(self._product(inputs, block["attention"]), 3, axis=2)
        keys = tf.concat([tf.stop_gradient(state[0]), keys], 1)  # [batch, context + time, units]
        values = tf.concat([tf.stop_gradient(state[1]), values], 1)
        kept = [keys[:, length:], values[:, length:]]
        dtype = tf.as_dtype(self.products)
        q, k, v = self._split(queries), self._split(keys), self._split(values)  # [batch, heads, time, units / heads]
        q, k = tf.cast(_rotated(q, self.context), dtype), tf.cast(_rotated(k, 0), dtype)
        scores = tf.cast(tf.matmul(q, k, transpose_b=True), tf.float32) * (self.units // self.heads) ** -0.5 + mask
        weights = tf.cast(tf.nn.softmax(scores), dtype)
        mixed = tf.cast(tf.matmul(weights, tf.cast(v, dtype)), tf.float32)
        merged = tf.reshape(tf.transpose(mixed, (0, 2, 1, 3)), (tf.shape(inputs)[0], length, self.units))
        return self._product(merged, block["mix"]), kept

    def _split(self, inputs: Any) -> Any:
        shape = tf.shape(inputs)
        parts = tf.reshape(inputs, (shape[0], shape[1], self.heads, self.units // self.heads))
        return tf.transpose(parts, (0, 2, 1, 3))

    def _product(self, inputs: Any, layer: Any) -> Any:
        return product(inputs, layer.kernel, self.products) + layer.bias


def _dense(units: int, deviation: float, seed: int, name: str) -> Any:
    normal = keras.initializers.RandomNormal(stddev=deviation, seed=seed)
    return keras.layers.Dense(units, kernel_initializer=normal, name=name)


def _normalised(layer: Any, inputs: Any) -> Any:
    mean, variance = tf.nn.moments(inputs, -1, keepdims=True)
    return (inputs - mean) * tf.math.rsqrt(variance + layer.epsilon) * layer.gamma + layer.beta


def _rotated(inputs: Any, first: Any) -> Any:
    """Rotary positions ``first``, ``first`` + 1, ... for inputs [batch, heads, time, size], size even."""
    half = inputs.shape[-1] // 2
    rates = tf.constant(10_000.0 ** (-np.arange(half) / half), tf.float32)
    angles = tf.cast(first + tf.range(tf.shape(inputs)[2]), tf.float32)[:, None] * rates
    a, b = inputs[..., :half], inputs[..., half:]
    sine, cosine = tf.sin(angles), tf.cos(angles)
    return tf.concat([a * cosine - b * sine, a * sine + b * cosine], -1)
