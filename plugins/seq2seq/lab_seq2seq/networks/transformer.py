"""The Transformer (Vaswani et al. 2017), sized for small data.

Deviations from the paper: layer normalisation comes before each part and once at the end (pre-norm: trains without a long
warm-up); attention projections have no bias; attention weights aren't dropped. Positions are the paper's sinusoids (section 3.5).
"""

from math import log, sqrt
from typing import Any

import keras
import tensorflow as tf

from lab_seq2seq.networks.attention import masked_softmax
from lab_seq2seq.networks.translator import Dropout, Tensors, Translator, keep_all

Part = dict[str, Any]


class TransformerTranslator(Translator):
    """Encoder and decoder of ``layers`` each, ``units`` wide; ``tied`` shares source, target and softmax embeddings."""

    def __init__(
        self,
        source_size: int,
        target_size: int,
        *,
        units: int,
        layers: int,
        heads: int,
        hidden: int,
        dropout: float = 0.0,
        tied: bool = False,
        seed: int = 0,
        name: str = "transformer",
    ) -> None:
        super().__init__(name)
        self.units, self.layer_count, self.heads, self.hidden, self.dropout = units, layers, heads, hidden, dropout
        self.target_size = target_size
        generator = keras.random.SeedGenerator(seed)
        self._spread = keras.initializers.GlorotUniform(seed=generator)
        self._normal = keras.initializers.RandomNormal(stddev=units**-0.5, seed=generator)
        self.embedding = self._weight("target_embedding", (target_size, units), None, self._normal)
        self.source_embedding = (
            self.embedding if tied else self._weight("source_embedding", (source_size, units), None, self._normal)
        )
        self.encoder = [{**self._attention(f"encoder_{n}_self"), **self._feed(f"encoder_{n}")} for n in range(layers)]
        self.decoder = [
            {
                **self._attention(f"decoder_{n}_self"),
                **{f"cross_{key}": value for key, value in self._attention(f"decoder_{n}_cross").items()},
                **self._feed(f"decoder_{n}"),
            }
            for n in range(layers)
        ]
        self.ends = {**self._norm("encoder_end", "encoder"), **self._norm("decoder_end", "decoder")}
        self.projection = None if tied else self._weight("projection", (units, target_size), None, self._spread)

    def _attention(self, name: str) -> Part:
        units = self.units
        found = {
            key: self._weight(f"{name}_{key}", (units, units), None, self._spread) for key in ("query", "key", "value", "out")
        }
        return {**found, **self._norm(f"{name}_norm", "norm")}

    def _feed(self, name: str) -> Part:
        units, hidden = self.units, self.hidden
        return {
            "up": self._weight(f"{name}_up", (units, hidden), None, self._spread),
            "up_bias": self._weight(f"{name}_up_bias", (hidden,), 0.0, None),
            "down": self._weight(f"{name}_down", (hidden, units), None, self._spread),
            "down_bias": self._weight(f"{name}_down_bias", (units,), 0.0, None),
            **self._norm(f"{name}_feed_norm", "feed"),
        }

    def _norm(self, name: str, key: str) -> Part:
        return {
            f"{key}_scale": self._weight(f"{name}_scale", (self.units,), 1.0, None),
            f"{key}_shift": self._weight(f"{name}_shift", (self.units,), 0.0, None),
        }

    # --- encoder

    def encode(self, source: Any, mask: Any, dropout: Dropout = keep_all) -> Tensors:
        """Memory: per decoder layer the keys and values [batch, heads, source, size], then the mask."""
        x = self._embed(self.source_embedding, source, 0, dropout)
        real = mask[:, None, None, :]  # [batch, 1, 1, source]
        for part in self.encoder:
            normed = _normalise(x, part, "norm")
            mixed, _ = _attend(
                self._split(normed, part["query"]), self._split(normed, part["key"]), self._split(normed, part["value"]), real
            )
            x += dropout(self._join(mixed, part["out"]), self.dropout)
            x += dropout(self._forward(x, part, dropout), self.dropout)
        x = _normalise(x, self.ends, "encoder")
        pairs = [(self._split(x, part["cross_key"]), self._split(x, part["cross_value"])) for part in self.decoder]
        return (*(tensor for pair in pairs for tensor in pair), mask)

    # --- decoder

    def forced(self, memory: Tensors, inputs: Any, dropout: Dropout = keep_all) -> tuple[Any, Any]:
        x = self._embed(self.embedding, inputs, 0, dropout)
        steps = tf.shape(inputs)[1]
        earlier = tf.linalg.band_part(tf.ones((steps, steps)), -1, 0)[None, None]  # [1, 1, time, time]
        real = memory[-1][:, None, None, :]
        alignment: Any = None
        for number, part in enumerate(self.decoder):
            normed = _normalise(x, part, "norm")
            mixed, _ = _attend(
                self._split(normed, part["query"]), self._split(normed, part["key"]), self._split(normed, part["value"]), earlier
            )
            x += dropout(self._join(mixed, part["out"]), self.dropout)
            x, alignment = self._cross(x, part, memory[2 * number : 2 * number + 2], real, dropout)
        return self._logits(_normalise(x, self.ends, "decoder")), alignment

    def start(self, memory: Tensors, longest: int) -> Tensors:
        """Keys and values of the words so far, per layer: [rows, heads, longest, size], zero for words to come."""
        rows = tf.shape(memory[-1])[0]
        empty = tf.zeros((rows, self.heads, longest, self.units // self.heads))
        return (empty,) * (2 * self.layer_count)

    def step(self, memory: Tensors, state: Tensors, tokens: Any, place: Any) -> tuple[Any, Tensors, Any]:
        x = self._embed(self.embedding, tokens[:, None], place, keep_all)  # [rows, 1, units]
        real = memory[-1][:, None, None, :]
        numbers = tf.range(tf.shape(state[0])[2])
        here = tf.cast(tf.equal(numbers, place), tf.float32)[None, None, :, None]
        earlier = tf.cast(numbers <= place, tf.float32)[None, None, None, :]
        new: list[Any] = []
        alignment: Any = None
        for number, part in enumerate(self.decoder):
            normed = _normalise(x, part, "norm")
            keys = state[2 * number] + here * self._split(normed, part["key"])
            values = state[2 * number + 1] + here * self._split(normed, part["value"])
            new += [keys, values]
            mixed, _ = _attend(self._split(normed, part["query"]), keys, values, earlier)
            x += self._join(mixed, part["out"])
            x, alignment = self._cross(x, part, memory[2 * number : 2 * number + 2], real, keep_all)
        return self._logits(_normalise(x, self.ends, "decoder"))[:, 0], tuple(new), alignment[:, 0]

    def _cross(self, x: Any, part: Part, memory: Tensors, real: Any, dropout: Dropout) -> tuple[Any, Any]:
        """Attention over the source and the feed-forward part; the alignment is the mean over heads."""
        normed = _normalise(x, part, "cross_norm")
        mixed, weights = _attend(self._split(normed, part["cross_query"]), memory[0], memory[1], real)
        x += dropout(self._join(mixed, part["cross_out"]), self.dropout)
        x += dropout(self._forward(x, part, dropout), self.dropout)
        return x, tf.reduce_mean(weights, 1)

    def _forward(self, x: Any, part: Part, dropout: Dropout) -> Any:
        normed = _normalise(x, part, "feed")
        hidden = tf.nn.relu(_product(normed, part["up"]) + part["up_bias"])
        return _product(dropout(hidden, self.dropout), part["down"]) + part["down_bias"]

    def _embed(self, table: Any, tokens: Any, first: Any, dropout: Dropout) -> Any:
        x = tf.gather(table, tokens) * sqrt(self.units)
        return dropout(x + positions(first, tf.shape(tokens)[1], self.units), self.dropout)

    def _split(self, x: Any, kernel: Any) -> Any:
        """[batch, time, units] through a projection to [batch, heads, time, size]."""
        shape = tf.shape(x)
        heads = tf.reshape(_product(x, kernel), (shape[0], shape[1], self.heads, self.units // self.heads))
        return tf.transpose(heads, (0, 2, 1, 3))

    def _join(self, mixed: Any, kernel: Any) -> Any:
        shape = tf.shape(mixed)
        return _product(tf.reshape(tf.transpose(mixed, (0, 2, 1, 3)), (shape[0], shape[2], self.units)), kernel)

    def _logits(self, x: Any) -> Any:
        if self.projection is not None:
            return _product(x, self.projection)
        return tf.einsum("btu,vu->btv", x, tf.convert_to_tensor(self.embedding))


def positions(first: Any, count: Any, units: int) -> Any:
    """Sinusoids float32 [count, units] of positions from ``first`` on (section 3.5; sines, then cosines)."""
    places = tf.cast(first + tf.range(count), tf.float32)[:, None]
    rates = tf.exp(tf.range(units // 2, dtype=tf.float32) * (-log(10_000.0) * 2 / units))[None]
    return tf.concat([tf.sin(places * rates), tf.cos(places * rates)], -1)


def _attend(queries: Any, keys: Any, values: Any, mask: Any) -> tuple[Any, Any]:
    """Scaled dot-product attention (equation 1): [batch, heads, time, size] and its weights [batch, heads, time, source]."""
    scores = tf.matmul(queries, keys, transpose_b=True) / sqrt(queries.shape[-1])
    weights = masked_softmax(scores, mask)
    return tf.matmul(weights, values), weights


def _normalise(x: Any, part: Part, key: str) -> Any:
    mean, variance = tf.nn.moments(x, -1, keepdims=True)
    return (x - mean) * tf.math.rsqrt(variance + 1e-6) * part[f"{key}_scale"] + part[f"{key}_shift"]


def _product(x: Any, kernel: Any) -> Any:
    """[batch, time, features] times a kernel, as one product of rows."""
    shape = tf.shape(x)
    flat = tf.matmul(tf.reshape(x, (-1, kernel.shape[0])), kernel)
    return tf.reshape(flat, (shape[0], shape[1], kernel.shape[1]))
