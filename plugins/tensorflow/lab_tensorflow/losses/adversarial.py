"""Losses of discriminators and generators, as pure functions of logits [batch, ...]; every mean is over all axes.

minimax, non-saturating   Goodfellow et al. 2014, section 3: they differ in the generator's loss
least-squares             Mao et al. 2017, equation 9 (a = 0, b = c = 1)
wasserstein               Arjovsky et al. 2017
hinge                     Lim and Ye 2017; Miyato et al. 2018, section 4
"""

from typing import Any

import tensorflow as tf


def discriminator_loss(kind: str, real: Any, fake: Any, *, real_target: float = 1.0) -> Any:
    """The loss of a discriminator (a critic for ``wasserstein``), a scalar, from its logits of real and of generated items.

    ``real_target`` below 1 is one-sided label smoothing (Salimans et al. 2016).
    """
    if kind in ("minimax", "non-saturating"):
        real_loss = real_target * tf.nn.softplus(-real) + (1 - real_target) * tf.nn.softplus(real)
        return tf.reduce_mean(real_loss) + tf.reduce_mean(tf.nn.softplus(fake))
    if kind == "least-squares":
        return 0.5 * tf.reduce_mean(tf.square(real - real_target)) + 0.5 * tf.reduce_mean(tf.square(fake))
    if kind == "wasserstein":
        return tf.reduce_mean(fake) - tf.reduce_mean(real)
    assert kind == "hinge", kind
    return tf.reduce_mean(tf.nn.relu(1 - real)) + tf.reduce_mean(tf.nn.relu(1 + fake))


def generator_loss(kind: str, fake: Any) -> Any:
    """The loss of a generator, a scalar, from the discriminator's logits of generated items."""
    if kind == "minimax":
        return -tf.reduce_mean(tf.nn.softplus(fake))
    if kind == "non-saturating":
        return tf.reduce_mean(tf.nn.softplus(-fake))
    if kind == "least-squares":
        return 0.5 * tf.reduce_mean(tf.square(fake - 1))
    assert kind in ("wasserstein", "hinge"), kind
    return -tf.reduce_mean(fake)


def accuracies(kind: str, real: Any, fake: Any) -> dict[str, Any]:
    """``real_accuracy`` and ``fake_accuracy``: shares of items on the right side of the discriminator's threshold.

    A Wasserstein critic has no threshold of its own: the middle between the two means stands for it.
    """
    threshold: Any = 0.5 if kind == "least-squares" else 0.0
    if kind == "wasserstein":
        threshold = 0.5 * (tf.reduce_mean(real) + tf.reduce_mean(fake))
    return {
        "real_accuracy": tf.reduce_mean(tf.cast(real > threshold, tf.float32)),
        "fake_accuracy": tf.reduce_mean(tf.cast(fake < threshold, tf.float32)),
    }


def gradient_norm(gradient: Any) -> Any:
    """Euclidean norm [batch] of a gradient [batch, ...]; its own gradient is finite at zero."""
    return tf.sqrt(tf.reduce_sum(tf.square(gradient), axis=range(1, len(gradient.shape))) + 1e-12)


def gradient_penalty(gradient: Any) -> Any:
    """Mean of (|gradient| - 1)^2 (Gulrajani et al. 2017, equation 3), of a gradient [batch, ...] at points between."""
    return tf.reduce_mean(tf.square(gradient_norm(gradient) - 1))


def r1(gradient: Any) -> Any:
    """Mean of |gradient|^2 / 2 (Mescheder et al. 2018, equation 9), of a gradient [batch, ...] at real items."""
    return 0.5 * tf.reduce_mean(tf.reduce_sum(tf.square(gradient), axis=range(1, len(gradient.shape))))
