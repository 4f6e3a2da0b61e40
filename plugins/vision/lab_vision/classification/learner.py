"""One update of a classifier: cross-entropy against the label, smoothed where asked, with an L2 penalty where asked."""

from collections.abc import Mapping
from typing import Any

import tensorflow as tf
from lab_tensorflow.naming import named_trainable
from lab_tensorflow.precision import policy
from lab_tensorflow.single_loss import SingleLossLearner

from lab_vision.classification.config import ClassificationConfig
from lab_vision.classification.momentum import Momentum
from lab_vision.classification.networks import make_network


class Classifier(SingleLossLearner):
    """``networks``: the classifier."""

    averaged = ("classifier",)
    metrics = ("loss", "accuracy")

    def __init__(self, config: ClassificationConfig, channels: int, classes: int, *, precision: str, seed: int) -> None:
        self.classes = classes
        network = make_network(config, channels, classes, dtype=policy(precision), seed=seed)
        super().__init__(config, {"classifier": network}, seed=seed)
        named = named_trainable(network, "classifier")
        if config.optimizer == "sgd":
            self.optimizer: Any = Momentum(named, config)
            self.optimizers = {"optimizer": self.optimizer}
        self.penalised = [weight for path, weight in named.items() if _penalised(path, config)]

    def loss(self, batch: Mapping[str, Any], noise: Any) -> tuple[Any, Mapping[str, Any]]:
        """Cross-entropy of ``batch["image"]`` [batch, h, w, c] against ``batch["label"]`` int32 [batch]."""
        logits = self.logits(batch, training=True)
        loss = cross_entropy(logits, batch["label"], self.classes, self.config.label_smoothing)
        metrics = {"loss": loss, "accuracy": accuracy(logits, batch["label"])}
        for weight in self.penalised:
            loss += self.config.penalty * tf.nn.l2_loss(tf.convert_to_tensor(weight))
        return loss, metrics

    def logits(self, batch: Mapping[str, Any], *, training: bool) -> Any:
        """Logits float32 [batch, classes] of the images."""
        return tf.cast(self.networks["classifier"](batch["image"], training=training), tf.float32)

    def evaluate(self, batch: Mapping[str, Any]) -> Mapping[str, Any]:
        logits = self.logits(batch, training=False)
        loss = cross_entropy(logits, batch["label"], self.classes, 0.0)
        return {"loss": loss, "accuracy": accuracy(logits, batch["label"])}


class HeadClassifier(Classifier):
    """Only the last layer learns, from features that were computed once: ``batch["features"]`` float32 [batch, 1280]."""

    def logits(self, batch: Mapping[str, Any], *, training: bool) -> Any:
        network, x = self.networks["classifier"], batch["features"]
        if self.config.dropout:
            x = network.get_layer("dropout")(x, training=training)
        return tf.cast(network.get_layer("classifier")(x), tf.float32)


def cross_entropy(logits: Any, labels: Any, classes: int, smoothing: float) -> Any:
    """Mean of -sum_k q_k log softmax(logits)_k with q = (1 - s) one-hot + s / classes (Szegedy et al. 2016, section 7)."""
    target = (1 - smoothing) * tf.one_hot(labels, classes) + smoothing / classes
    return tf.reduce_mean(tf.nn.softmax_cross_entropy_with_logits(target, logits))


def accuracy(logits: Any, labels: Any) -> Any:
    """Share of the largest logits that stand at the label, float32 scalar."""
    return tf.reduce_mean(tf.cast(tf.argmax(logits, -1, tf.int32) == labels, tf.float32))


def _penalised(path: str, config: ClassificationConfig) -> bool:
    """Kernels; for the CIFAR-10 network those of its two hidden dense layers alone, as the source has it."""
    return bool(config.penalty) and path.endswith("kernel") and (config.network != "cifar" or "/local_" in path)
