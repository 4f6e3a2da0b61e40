"""A recurrent network over characters. :mod:`lab_sequences.characters.networks` says what it takes and gives."""

from typing import Any

import keras
import tensorflow as tf
from lab_tensorflow.recurrent_layer import Recurrent

from lab_sequences.characters.config import CharacterConfig
from lab_sequences.characters.operations import dropped, product


class RecurrentNetwork(keras.Model):
    """Embedding (or one-hot vectors), recurrent layers, a dense layer to the logits (Graves 2013, arXiv 1308.0850)."""

    def __init__(self, config: CharacterConfig, characters: int, *, seed: int, products: str) -> None:
        super().__init__(name="network")
        self.characters, self.dropout, self.products = characters, config.dropout, products
        self.embedding = None
        if config.embedding:
            normal = keras.initializers.RandomNormal(stddev=1.0 / config.embedding**0.5, seed=seed)
            self.embedding = keras.layers.Embedding(characters, config.embedding, embeddings_initializer=normal, name="embedding")
            self.embedding.build(())
        self.recurrent: list[Recurrent] = []
        features = config.embedding or characters
        for number in range(config.layers):
            layer = Recurrent(
                config.units,
                config.network,
                seed=seed + 10 * (number + 1),
                products=products,
                name=f"{config.network}_{number + 1}",
            )
            layer.build((None, None, features))
            self.recurrent.append(layer)
            features = config.units
        glorot = keras.initializers.GlorotUniform(seed=seed + 1)
        self.head = keras.layers.Dense(characters, kernel_initializer=glorot, name="logits")
        self.head.build((None, features))
        self.built = True

    def zero_state(self, batch: int) -> list[Any]:
        return [part for layer in self.recurrent for part in layer.zero_state(batch)]

    def run(self, tokens: Any, state: list[Any], noise: Any = None) -> tuple[Any, list[Any]]:
        by_time = tf.transpose(tokens)  # [time, batch]
        hidden = tf.one_hot(by_time, self.characters) if self.embedding is None else tf.gather(self.embedding.embeddings, by_time)
        after: list[Any] = []
        for layer in self.recurrent:
            parts = len(layer.zero_state(1))
            hidden, last = layer.run(hidden, state[len(after) : len(after) + parts])
            hidden = dropped(hidden, self.dropout, noise)
            after += last
        return tf.transpose(product(hidden, self.head.kernel, self.products) + self.head.bias, (1, 0, 2)), after
