"""One update of every encoder-decoder network: teacher forcing, cross-entropy with label smoothing, Adam or gradient descent."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import tensorflow as tf
from lab_tensorflow.noise import Noise
from lab_tensorflow.single_loss import SingleLossLearner

from lab_seq2seq.config import TranslationConfig
from lab_seq2seq.networks.translator import Dropout, Translator, as_mask
from lab_seq2seq.text.vocabulary import START, UNKNOWN


class TranslationLearner(SingleLossLearner):
    """Maximum likelihood of the target's tokens, each given the source and the right tokens before it."""

    averaged = ("translator",)
    metrics = ("loss", "nll", "accuracy", "tokens", "learning_rate")

    def __init__(self, config: TranslationConfig, network: Translator, *, seed: int) -> None:
        super().__init__(config, {"translator": network}, seed=seed)
        self.network = network
        if config.optimizer == "sgd":
            self.optimizer = Descent(config.learning_rate, clip_norm=config.gradient_clip)
            self.optimizers = {"optimizer": self.optimizer}

    def loss(self, batch: Mapping[str, Any], noise: Noise) -> tuple[Any, Mapping[str, Any]]:
        """Loss a target token, END included; ``source`` and ``target`` are int32 [batch, time], padded."""
        source, target = batch["source"], batch["target"]
        mask, inputs = as_mask(source), shifted(target)
        if self.config.word_dropout:
            source = tf.where(noise.chance(tf.shape(source), self.config.word_dropout) & (mask > 0), UNKNOWN, source)
            inputs = tf.where(noise.chance(tf.shape(inputs), self.config.word_dropout), UNKNOWN, inputs)
        drop = dropout_of(noise)
        logits, _ = self.network.forced(self.network.encode(source, mask, drop), inputs, drop)
        loss, nll, accuracy, _ = token_losses(logits, target, self.config.label_smoothing)
        return loss, {"loss": loss, "nll": nll, "accuracy": accuracy}

    def count(self, batch: Mapping[str, Any]) -> Any:
        """The target's tokens."""
        return tf.reduce_sum(as_mask(batch["target"]))

    def rate(self, step: Any) -> Any:
        return super().rate(step) * halved(step, self.config)

    def update(self, batch: Mapping[str, Any], step: Any) -> Mapping[str, Any]:
        metrics = super().update(batch, step)
        return {**metrics, "tokens": self.count(batch), "learning_rate": self.rate(step)}

    def evaluate(self, batch: Mapping[str, Any]) -> Mapping[str, Any]:
        """Negative log-likelihood a token, in nats, and accuracy of the next token."""
        source, target = batch["source"], batch["target"]
        logits, _ = self.network.forced(self.network.encode(source, as_mask(source)), shifted(target))
        _, nll, accuracy, tokens = token_losses(logits, target, 0.0)
        return {"nll": nll, "accuracy": accuracy, "weight": tokens}


def shifted(target: Any) -> Any:
    """What the decoder reads: START, then all target tokens but the last; int32 [batch, time]."""
    return tf.concat([tf.fill((tf.shape(target)[0], 1), START), target[:, :-1]], 1)


def token_losses(logits: Any, target: Any, smoothing: float) -> tuple[Any, Any, Any, Any]:
    """Smoothed loss, negative log-likelihood and accuracy, means over real tokens, and the number of those.

    logits [batch, time, vocabulary], target int32 [batch, time]. The smoothed target (Szegedy et al. 2016, section 7) has 1 - s
    at the right token and s spread evenly: (1 - s)(lse - z_y) + s (lse - mean z) = nll + s (z_y - mean z).
    """
    mask = as_mask(target)
    tokens = tf.reduce_sum(mask)
    nll = tf.nn.sparse_softmax_cross_entropy_with_logits(target, logits)  # [batch, time]
    loss = nll
    if smoothing:
        right = tf.gather(logits, target, batch_dims=2)
        loss = nll + smoothing * (right - tf.reduce_mean(logits, -1))
    hits = tf.cast(tf.equal(tf.argmax(logits, -1, tf.int32), target), tf.float32)
    loss, nll, accuracy = (tf.reduce_sum(each * mask) / tokens for each in (loss, nll, hits))
    return loss, nll, accuracy, tokens


def dropout_of(noise: Noise) -> Dropout:
    """Inverted dropout whose masks are the update's own."""

    def drop(tensor: Any, share: float) -> Any:
        if not share:
            return tensor
        return tf.where(noise.chance(tf.shape(tensor), 1.0 - share), tensor / (1.0 - share), 0.0)

    return drop


def halved(step: Any, config: TranslationConfig) -> Any:
    """Share of the learning rate: halved ``halvings`` times at equal distances over the last third of the training."""
    if not config.halvings:
        return tf.constant(1.0)
    start = config.steps * 2 // 3
    every = max(1, (config.steps - start) // config.halvings)
    times = tf.clip_by_value((step - start) // every + 1, 0, config.halvings)
    return tf.where(step < start, 1.0, tf.pow(0.5, tf.cast(times, tf.float32)))


class Descent:
    """Plain gradient descent with clipping to a global norm, as the source trains: w -= lr g min(1, c / |g|)."""

    def __init__(self, learning_rate: float, *, clip_norm: float = 0.0) -> None:
        self.clip_norm = clip_norm
        self.learning_rate = tf.Variable(learning_rate, dtype=tf.float32, trainable=False)

    @property
    def variables(self) -> dict[str, Any]:
        return {"learning_rate": self.learning_rate}

    def apply_gradients(self, grads_and_vars: Iterable[tuple[Any, Any]]) -> None:
        gradients, weights = zip(*grads_and_vars, strict=True)
        found: Sequence[Any] = [tf.convert_to_tensor(gradient) for gradient in gradients]
        if self.clip_norm:
            found, _ = tf.clip_by_global_norm(found, self.clip_norm)
        for gradient, weight in zip(found, weights, strict=True):
            weight.assign_sub(self.learning_rate * gradient)
