"""Losses of metric learning, as functions of vectors [batch, d] and labels int32 [batch]."""

from typing import Any

import tensorflow as tf


def squared_distances(vectors: Any) -> Any:
    """Squared Euclidean distance of each pair, [batch, batch], exactly 0 on the diagonal."""
    product = tf.matmul(vectors, vectors, transpose_b=True)
    length = tf.linalg.diag_part(product)
    found = tf.maximum(length[:, None] + length[None, :] - 2.0 * product, 0.0)
    return tf.linalg.set_diag(found, tf.zeros_like(length))


def semi_hard_triplets(vectors: Any, labels: Any, margin: float) -> tuple[Any, Any]:
    """Mean of max(0, d(a, p) - d(a, n) + margin) over all pairs of one label, and the share of pairs with a loss.

    d is the squared distance. n is semi-hard (Schroff, Kalenichenko and Philbin 2015, section 3.2): the nearest other label that
    is farther from a than p; where none is farther, the farthest.
    """
    distance = squared_distances(vectors)
    same = labels[:, None] == labels[None, :]
    positive = same & tf.logical_not(tf.eye(tf.shape(labels)[0], dtype=tf.bool))
    negative = ~same[:, None, :]  # [a, 1, n]
    farther = negative & (distance[:, None, :] > distance[:, :, None])  # [a, p, n]
    nearest_farther = tf.reduce_min(tf.where(farther, distance[:, None, :], float("inf")), -1)
    farthest = tf.reduce_max(tf.where(negative, distance[:, None, :], 0.0), -1)
    chosen = tf.where(tf.reduce_any(farther, -1), nearest_farther, farthest)
    each = tf.where(positive, tf.maximum(distance - chosen + margin, 0.0), 0.0)
    count = tf.maximum(tf.reduce_sum(tf.cast(positive, tf.float32)), 1.0)
    return tf.reduce_sum(each) / count, tf.reduce_sum(tf.cast(each > 0, tf.float32)) / count


def centre_loss(vectors: Any, labels: Any, centres: Any) -> Any:
    """Half the mean squared distance to the label's centre (Wen et al. 2016, equation 2); ``centres`` [classes, d]."""
    return 0.5 * tf.reduce_mean(tf.reduce_sum((vectors - tf.gather(tf.stop_gradient(centres), labels)) ** 2, -1))


def moved_centres(vectors: Any, labels: Any, centres: Any, rate: float) -> Any:
    """The centres after an update: c_j -= rate sum_i (c_j - x_i) / (1 + n_j) over the n_j images of class j (equation 4)."""
    classes = tf.shape(centres)[0]
    count = tf.math.unsorted_segment_sum(tf.ones_like(vectors[:, 0]), labels, classes)
    total = tf.math.unsorted_segment_sum(vectors, labels, classes)
    return centres - rate * (count[:, None] * centres - total) / (1.0 + count)[:, None]
