"""Losses of classes and codes; those of generators and discriminators are in ``lab_tensorflow.losses.adversarial``."""

from typing import Any

import tensorflow as tf


def class_loss(logits: Any, classes: Any) -> Any:
    """Mean cross-entropy of logits [batch, classes] with classes int [batch], a scalar."""
    return tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(classes, logits))


def code_loss(means: Any, codes: Any) -> Any:
    """-log N(codes; means, 1) but for its constant, summed over codes [batch, codes], mean over the batch (Chen et al. 2016)."""
    return 0.5 * tf.reduce_mean(tf.reduce_sum(tf.square(means - codes), axis=-1))
