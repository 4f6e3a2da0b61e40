"""How far predictions are from targets, as pure functions of tensors of equal shape."""

from math import pi
from typing import Any

import tensorflow as tf


def squared_error(target: Any, prediction: Any) -> Any:
    """Mean over all axes of (target - prediction)^2, a scalar."""
    return tf.reduce_mean(tf.square(target - prediction))


def absolute_error(target: Any, prediction: Any) -> Any:
    """Mean over all axes of |target - prediction|, a scalar: the L1 loss of pix2pix (Isola et al. 2017, equation 3)."""
    return tf.reduce_mean(tf.abs(target - prediction))


def charbonnier(target: Any, prediction: Any, *, epsilon: float = 1e-3) -> Any:
    """Mean of sqrt((target - prediction)^2 + epsilon^2), a smooth L1 loss (Lai et al. 2017, equation 5), a scalar."""
    return tf.reduce_mean(tf.sqrt(tf.square(target - prediction) + epsilon**2))


def gaussian_nll(target: Any, mean: Any, log_variance: Any) -> Any:
    """-log N(target; mean, variance), element by element, in nats; shapes broadcast."""
    return 0.5 * (tf.square(target - mean) / tf.exp(log_variance) + log_variance + tf.math.log(2 * pi))


def total_variation(images: Any) -> Any:
    """Mean absolute difference of neighbouring pixels of images [batch, h, w, c], down and across added, a scalar."""
    down = tf.reduce_mean(tf.abs(images[:, 1:] - images[:, :-1]))
    return down + tf.reduce_mean(tf.abs(images[:, :, 1:] - images[:, :, :-1]))
