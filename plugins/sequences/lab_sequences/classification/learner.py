"""Learning to classify: cross-entropy, by Adam or by plain gradient descent."""

from collections.abc import Iterable, Mapping
from typing import Any

import tensorflow as tf
from lab_tensorflow.noise import Noise
from lab_tensorflow.single_loss import SingleLossLearner

from lab_sequences.classification.config import SequenceConfig


class SequenceLearner(SingleLossLearner):
    """``batch``: series [batch, time, d], length [batch], label int32 [batch]."""

    averaged = ("network",)
    metrics = ("loss", "accuracy")

    def __init__(self, config: SequenceConfig, network: Any, *, seed: int) -> None:
        super().__init__(config, {"network": network}, seed=seed)
        self.network = network
        if config.optimizer == "sgd":
            self.optimizer: Any = Descent(config.learning_rate, clip_norm=config.gradient_clip)
            self.optimizers = {"optimizer": self.optimizer}

    def loss(self, batch: Mapping[str, Any], noise: Noise) -> tuple[Any, Mapping[str, Any]]:
        logits = self.network.run(batch["series"], batch["length"], noise)
        loss = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(labels=batch["label"], logits=logits))
        right = tf.cast(tf.argmax(logits, 1, tf.int32) == batch["label"], tf.float32)
        return loss, {"loss": loss, "accuracy": tf.reduce_mean(right)}


class Descent:
    """Plain gradient descent: w -= lr g, with g clipped to a global norm where one is given."""

    def __init__(self, learning_rate: float, *, clip_norm: float = 0.0) -> None:
        self.clip_norm = clip_norm
        self.learning_rate = tf.Variable(learning_rate, dtype=tf.float32, trainable=False)

    @property
    def variables(self) -> dict[str, Any]:
        return {"learning_rate": self.learning_rate}

    def apply_gradients(self, pairs: Iterable[tuple[Any, Any]]) -> None:
        gradients, weights = zip(*pairs, strict=True)
        found: Any = [tf.convert_to_tensor(gradient) for gradient in gradients]
        if self.clip_norm:
            found, _ = tf.clip_by_global_norm(found, self.clip_norm)
        for gradient, weight in zip(found, weights, strict=True):
            weight.assign_sub(self.learning_rate * gradient)
