"""Losses of image translation as pure functions of tensors, beside those of :mod:`lab_tensorflow.losses`.

Adversarial losses have the factors of pix2pix and CycleGAN here, which the weights of their other losses are chosen for.
"""

from typing import Any

import tensorflow as tf


def binary_cross_entropy(target: Any, prediction: Any) -> Any:
    """Mean of -t log p - (1 - t) log(1 - p) over all pixels; values 0 to 1."""
    p = tf.clip_by_value(prediction, 1e-7, 1 - 1e-7)
    return -tf.reduce_mean(target * tf.math.log(p) + (1 - target) * tf.math.log(1 - p))


def discriminator_loss(kind: str, real: Any, fake: Any, *, real_target: float = 1.0) -> Any:
    """Half the sum over real and generated logits, as published; under Adam, which divides by its size, the half changes nothing.

    cross-entropy   -log s(real) - log(1 - s(fake))      (Isola et al. 2017, equation 1)
    least-squares   (real - 1)^2 + fake^2                (Mao et al. 2017; Zhu et al. 2017, section 4)
    """
    if kind == "cross-entropy":
        return 0.5 * (tf.reduce_mean(tf.nn.softplus(-real)) + tf.reduce_mean(tf.nn.softplus(fake)))
    assert kind == "least-squares", kind
    return 0.5 * (tf.reduce_mean(tf.square(real - real_target)) + tf.reduce_mean(tf.square(fake)))


def generator_loss(kind: str, fake: Any, *, real_target: float = 1.0) -> Any:
    """-log s(fake), or (fake - 1)^2."""
    if kind == "cross-entropy":
        return tf.reduce_mean(tf.nn.softplus(-fake))
    assert kind == "least-squares", kind
    return tf.reduce_mean(tf.square(fake - real_target))


def gram(features: Any) -> Any:
    """Gram matrices [batch, channels, channels] of features [batch, h, w, channels], divided by h * w * channels."""
    shape = tf.shape(features)
    flat = tf.reshape(features, [shape[0], -1, shape[3]])
    return tf.matmul(flat, flat, transpose_a=True) / tf.cast(shape[1] * shape[2] * shape[3], features.dtype)


def relative_error(found: Any, target: Any) -> Any:
    """|found - target|^2 / |target|^2: 0 where they are equal, 1 for zeros. A scalar."""
    return tf.reduce_sum(tf.square(found - target)) / tf.reduce_sum(tf.square(target))


def patch_nce(query: Any, key: Any, *, temperature: float = 0.07) -> Any:
    """Contrastive loss of patches (Park et al. 2020, equation 3): place i of ``query`` must find place i of ``key``.

    Both [images, places, dimensions] of unit length; the other places of the same image are the negatives. A scalar.
    """
    logits = tf.matmul(query, tf.stop_gradient(key), transpose_b=True) / temperature  # [images, places, places]
    places = tf.shape(logits)[1]
    labels = tf.tile(tf.range(places)[None], [tf.shape(logits)[0], 1])
    return tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(labels, logits))
