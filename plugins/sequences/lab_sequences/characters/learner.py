"""Learning to predict the next character: cross-entropy over segments of streams, the state carried on (truncated BPTT)."""

from collections.abc import Mapping
from math import log
from typing import Any

import tensorflow as tf
from lab_tensorflow.noise import Noise
from lab_tensorflow.single_loss import SingleLossLearner

from lab_sequences.characters.config import CharacterConfig

METRICS = ("loss", "bits_per_character", "accuracy")


class CharacterLearner(SingleLossLearner):
    """``batch["tokens"]`` int32 [batch, length + 1] continues the batch before, except in rows with ``batch["restart"]`` 1."""

    shares = False  # its state is carried from one minibatch to the next
    averaged = ("network",)
    metrics = METRICS

    def __init__(self, config: CharacterConfig, network: Any, *, seed: int) -> None:
        super().__init__(config, {"network": network}, seed=seed)
        self.network = network
        start = network.zero_state(config.batch_size)
        self.state = {f"carried_{number}": tf.Variable(part, trainable=False) for number, part in enumerate(start)}

    def loss(self, batch: Mapping[str, Any], noise: Noise) -> tuple[Any, Mapping[str, Any]]:
        tokens, keep = batch["tokens"], 1 - batch["restart"]
        carried = [variable * tf.reshape(keep, (-1, *[1] * (variable.shape.rank - 1))) for variable in self.state.values()]
        logits, after = self.network.run(tokens[:, :-1], carried, noise)
        for variable, value in zip(self.state.values(), after, strict=True):
            variable.assign(tf.stop_gradient(value))
        targets = tokens[:, 1:]
        loss = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(labels=targets, logits=logits))
        right = tf.cast(tf.argmax(logits, 2, tf.int32) == targets, tf.float32)
        return loss, {"loss": loss, "bits_per_character": loss / log(2), "accuracy": tf.reduce_mean(right)}
