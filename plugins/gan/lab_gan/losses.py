"""What generator and discriminator play for, as pure functions of logits [batch] or [batch, 1].

minimax, non-saturating   Goodfellow et al. 2014, section 3: they differ in the generator's loss
least-squares             Mao et al. 2017, equation 9 (a = 0, b = c = 1)
wasserstein               Arjovsky et al. 2017
hinge                     Lim and Ye 2017; Miyato et al. 2018, section 4
"""

from typing import Any

import tensorflow as tf


def critic_loss(kind: str, real: Any, fake: Any, *, real_target: float = 1.0) -> Any:
    """What the discriminator makes small; a scalar. ``real_target`` below 1 is one-sided label smoothing (Salimans 2016)."""
    if kind in ("minimax", "non-saturating"):
        told_real = real_target * tf.nn.softplus(-real) + (1 - real_target) * tf.nn.softplus(real)
        return tf.reduce_mean(told_real) + tf.reduce_mean(tf.nn.softplus(fake))
    if kind == "least-squares":
        return 0.5 * tf.reduce_mean(tf.square(real - real_target)) + 0.5 * tf.reduce_mean(tf.square(fake))
    if kind == "wasserstein":
        return tf.reduce_mean(fake) - tf.reduce_mean(real)
    assert kind == "hinge", kind
    return tf.reduce_mean(tf.nn.relu(1 - real)) + tf.reduce_mean(tf.nn.relu(1 + fake))


def generator_loss(kind: str, fake: Any) -> Any:
    """What the generator makes small; a scalar."""
    if kind == "minimax":
        return -tf.reduce_mean(tf.nn.softplus(fake))
    if kind == "non-saturating":
        return tf.reduce_mean(tf.nn.softplus(-fake))
    if kind == "least-squares":
        return 0.5 * tf.reduce_mean(tf.square(fake - 1))
    assert kind in ("wasserstein", "hinge"), kind
    return -tf.reduce_mean(fake)


def gradient_size(gradient: Any) -> Any:
    """Euclidean length [batch] of a gradient [batch, ...]; its own gradient is finite at zero."""
    return tf.sqrt(tf.reduce_sum(tf.square(gradient), axis=range(1, len(gradient.shape))) + 1e-12)


def gradient_penalty(gradient: Any) -> Any:
    """Mean of (|gradient| - 1)^2 (Gulrajani et al. 2017, equation 3), of a gradient [batch, ...] at points between."""
    return tf.reduce_mean(tf.square(gradient_size(gradient) - 1))


def r1(gradient: Any) -> Any:
    """Mean of |gradient|^2 / 2 (Mescheder et al. 2018, equation 9), of a gradient [batch, ...] at real images."""
    return 0.5 * tf.reduce_mean(tf.reduce_sum(tf.square(gradient), axis=range(1, len(gradient.shape))))


def class_loss(logits: Any, classes: Any) -> Any:
    """Mean cross-entropy of logits [batch, classes] with classes int [batch]."""
    return tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(classes, logits))


def code_loss(means: Any, codes: Any) -> Any:
    """-log N(codes; means, 1) but for its constant, summed over codes [batch, codes], mean over the batch (Chen 2016)."""
    return 0.5 * tf.reduce_mean(tf.reduce_sum(tf.square(means - codes), axis=-1))
