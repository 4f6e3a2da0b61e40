"""One update of a captioner: cross-entropy of the words, of the attributes, and the coverage of regions."""

from collections.abc import Mapping
from typing import Any

import tensorflow as tf
from lab_tensorflow.noise import Noise
from lab_tensorflow.single_loss import SingleLossLearner

from lab_seq2seq.captions.config import CaptionConfig
from lab_seq2seq.captions.network import CaptionNetwork
from lab_seq2seq.learner import dropout_of, shifted, token_losses
from lab_seq2seq.networks.translator import as_mask


class CaptionLearner(SingleLossLearner):
    """Maximum likelihood of a caption's words given its image."""

    averaged = ("captioner",)
    shares = False  # its terms are means over different things: words, images, regions
    metrics = ("loss", "nll", "accuracy", "attribute_loss")

    def __init__(self, config: CaptionConfig, network: CaptionNetwork, *, seed: int) -> None:
        super().__init__(config, {"captioner": network}, seed=seed)
        self.network = network
        inside = network.encoder.trainable_variables if config.encoder == "trained" else ()
        self._slow = {id(weight.value) for weight in inside}

    def loss(self, batch: Mapping[str, Any], noise: Noise) -> tuple[Any, Mapping[str, Any]]:
        """``source`` images or features, ``target`` int32 [batch, time], ``attribute`` 0 or 1 [batch, attributes]."""
        config, drop = self.config, dropout_of(noise)
        memory = self.network.encode(batch["source"], None, drop)
        logits, alignments = self.network.forced(memory, shifted(batch["target"]), drop)
        loss, nll, accuracy, _ = token_losses(logits, batch["target"], config.label_smoothing)
        attribute_loss = tf.constant(0.0)
        if config.attributes:
            right = tf.cast(batch["attribute"], tf.float32)
            each = tf.nn.sigmoid_cross_entropy_with_logits(right, memory[3])
            attribute_loss = tf.reduce_mean(tf.reduce_sum(each, 1))
        total = loss + attribute_loss
        if config.coverage_weight:  # equation 14 of Xu et al., with the weights of real words
            covered = tf.reduce_sum(alignments * as_mask(batch["target"])[:, :, None], 1)  # [batch, regions]
            total += config.coverage_weight * tf.reduce_mean(tf.square(1.0 - covered))
        return total, {"loss": total, "nll": nll, "accuracy": accuracy, "attribute_loss": attribute_loss}

    def update(self, batch: Mapping[str, Any], step: Any) -> Mapping[str, Any]:
        before = [(weight, tf.identity(weight)) for weight in self.weights if id(weight) in self._slow]
        metrics = super().update(batch, step)
        for weight, old in before:  # the encoder takes a share of the step
            weight.assign(old + self.config.encoder_rate * (weight - old))
        return metrics

    def evaluate(self, batch: Mapping[str, Any]) -> Mapping[str, Any]:
        logits, _ = self.network.forced(self.network.encode(batch["source"]), shifted(batch["target"]))
        _, nll, accuracy, tokens = token_losses(logits, batch["target"], 0.0)
        return {"nll": nll, "accuracy": accuracy, "weight": tokens}
