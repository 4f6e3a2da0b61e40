"""Losses of autoencoders, as pure functions. Pixels are on the scale 0..1, likelihoods in nats an image."""

from typing import Any

import tensorflow as tf
from lab_tensorflow.losses import reconstruction
from lab_tensorflow.losses.reconstruction import squared_error


def divergence(mean: Any, log_variance: Any) -> Any:
    """KL(N(mean, variance) || N(0, 1)) [batch] of [batch, latent] each (Kingma and Welling 2014, appendix B)."""
    return 0.5 * tf.reduce_sum(tf.square(mean) + tf.exp(log_variance) - 1 - log_variance, axis=1)


def bernoulli_nll(pixels: Any, logits: Any) -> Any:
    """-log p(x | z) [batch] of pixels that are white with probability sigmoid(logits) (appendix C.1).

    A grey pixel counts as a share of a white one: a likelihood for black and white images, an approximation for grey ones.
    """
    return tf.reduce_sum(tf.nn.sigmoid_cross_entropy_with_logits(labels=pixels, logits=logits), axis=(1, 2, 3))


def gaussian_nll(pixels: Any, means: Any, log_variance: Any) -> Any:
    """-log p(x | z) [batch], a density on pixels 0..1, with one log variance (a scalar) for every pixel (appendix C.2)."""
    return tf.reduce_sum(reconstruction.gaussian_nll(pixels, means, log_variance), axis=(1, 2, 3))


def best_log_variance(pixels: Any, means: Any) -> Any:
    """The log variance, one for all pixels, under which the batch is likeliest: that of its mean squared error.

    Rybkin, Daniilidis and Levine 2021, section 4. No gradient goes through it; at the best value there is none.
    """
    return tf.math.log(tf.stop_gradient(squared_error(pixels, means)) + 1e-8)
