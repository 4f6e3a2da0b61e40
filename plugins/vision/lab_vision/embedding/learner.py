"""One update of metric learning."""

from collections.abc import Mapping
from typing import Any

import tensorflow as tf
from lab_tensorflow.precision import policy
from lab_tensorflow.single_loss import SingleLossLearner

from lab_vision.embedding.config import EmbeddingConfig
from lab_vision.embedding.losses import centre_loss, moved_centres, semi_hard_triplets
from lab_vision.embedding.networks import classifier, make_network


class EmbeddingLearner(SingleLossLearner):
    """``networks``: the embedding, and with a softmax its classifier. ``state``: the centres."""

    shares = False  # its losses compare the items of a minibatch
    averaged = ("embedding",)

    def __init__(self, config: EmbeddingConfig, channels: int, classes: int, *, precision: str, seed: int) -> None:
        network = make_network(config, channels, dtype=policy(precision), seed=seed)
        networks = {"embedding": network}
        if config.loss != "triplet":
            networks["classifier"] = classifier(config.vector, classes, bias=not config.unit)
        super().__init__(config, networks, seed=seed)
        self.metrics = ("loss", "active_triplets") if config.loss == "triplet" else ("loss", "accuracy")
        if config.loss == "centre":
            self.metrics += ("centre_loss",)
            self.centres = tf.Variable(tf.zeros((classes, config.vector)), trainable=False)
            self.state = {"centres": self.centres}

    def loss(self, batch: Mapping[str, Any], noise: Any) -> tuple[Any, Mapping[str, Any]]:
        """Of ``image`` [batch, size, size, c] with ``label`` int32 [batch]; moves the centres."""
        config, labels = self.config, batch["label"]
        if config.features_once:
            vectors = headed(self.networks["embedding"], batch["features"], config.unit)
        else:
            vectors = embedded(self.networks["embedding"], batch["image"], config.unit, training=True)
        if config.loss == "triplet":
            loss, active = semi_hard_triplets(vectors, labels, config.margin)
            return loss, {"loss": loss, "active_triplets": active}
        logits = self.networks["classifier"](vectors * config.scale if config.unit else vectors)
        loss = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(labels, logits))
        right = tf.reduce_mean(tf.cast(tf.argmax(logits, -1, tf.int32) == labels, tf.float32))
        metrics = {"loss": loss, "accuracy": right}
        if config.loss == "centre":
            metrics["centre_loss"] = centre_loss(vectors, labels, self.centres.value())
            loss += config.centre_weight * metrics["centre_loss"]
            self.centres.assign(moved_centres(tf.stop_gradient(vectors), labels, self.centres.value(), config.centre_rate))
        return loss, metrics


def embedded(network: Any, images: Any, unit: bool, *, training: bool) -> Any:
    """Vectors float32 [batch, d]; of length 1 with ``unit``."""
    return _of_length_1(tf.cast(network(images, training=training), tf.float32), unit)


def headed(network: Any, features: Any, unit: bool) -> Any:
    """Vectors float32 [batch, d] of features [batch, 304] that were computed once, in training."""
    return _of_length_1(network.get_layer("vector")(network.get_layer("means_norm")(features, training=True)), unit)


def _of_length_1(vectors: Any, unit: bool) -> Any:
    return tf.math.l2_normalize(vectors, -1, 1e-12) if unit else vectors
