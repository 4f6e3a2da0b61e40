"""One update of an autoencoder, and of a variational one."""

from typing import Any

import numpy as np
import tensorflow as tf

from lab_gan.autoencoding import losses
from lab_gan.autoencoding.config import AutoencoderConfig, VaeConfig
from lab_gan.autoencoding.networks import make_decoder, make_encoder
from lab_gan.descent import Descent
from lab_gan.learner import Noise, Shape
from lab_gan.networks import policy


class Autoencoder(Descent):
    """Makes the mean squared error between an image and its reconstruction small (Hinton and Salakhutdinov 2006)."""

    kept = ("decoder", "encoder")
    numbers = 1  # that the encoder gives for each dimension of a point
    figures: tuple[str, ...] = ("squared_error",)
    config: Any

    def __init__(self, config: AutoencoderConfig, shape: Shape, *, precision: str, seed: int) -> None:
        seeds = [int(one >> 1) for one in np.random.SeedSequence(seed).generate_state(2)]
        dtype = policy(precision)
        self.encoder = make_encoder(config, shape, self.numbers * config.latent, dtype=dtype, seed=seeds[0])
        self.decoder = make_decoder(config, shape, dtype=dtype, seed=seeds[1])
        super().__init__(config, {"decoder": self.decoder, "encoder": self.encoder}, seed=seed)

    def loss(self, images: Any, labels: Any, noise: Noise) -> tuple[Any, tuple[Any, ...]]:
        points = self.encoder(images, training=True)
        means = pixel_means(self.config, self.decoder(points, training=True))
        error = losses.squared_error(0.5 * images + 0.5, means)
        return error, (error,)


class Variational(Autoencoder):
    """Makes -ELBO small: -E_q log p(x | z) + beta KL(q(z | x) || p(z)), one z an image (Kingma and Welling 2014, equation 10).

    z = mean + exp(log_variance / 2) epsilon carries the gradient (section 2.4). With ``beta`` it is Higgins et al. 2017.
    """

    numbers = 2  # mean and log variance
    figures = ("elbo", "reconstruction_nats", "divergence_nats", "squared_error")
    config: VaeConfig

    def loss(self, images: Any, labels: Any, noise: Noise) -> tuple[Any, tuple[Any, ...]]:
        config, pixels = self.config, 0.5 * images + 0.5
        mean, log_variance = tf.split(self.encoder(images, training=True), 2, axis=1)
        points = mean + tf.exp(0.5 * log_variance) * noise.normal((config.batch_size, config.latent))
        told = self.decoder(points, training=True)
        means = pixel_means(config, told)
        if config.likelihood == "bernoulli":
            each = losses.bernoulli_nll(pixels, told)
        elif config.deviation is not None:
            each = losses.gaussian_nll(pixels, means, 2 * tf.math.log(config.deviation))
        else:
            each = losses.gaussian_nll(pixels, means, losses.best_log_variance(pixels, means))
        reconstruction, divergence = tf.reduce_mean(each), tf.reduce_mean(losses.divergence(mean, log_variance))
        figures = (-reconstruction - divergence, reconstruction, divergence, losses.squared_error(pixels, means))
        return reconstruction + config.beta * divergence, figures


def pixel_means(config: AutoencoderConfig, told: Any) -> Any:
    """Pixels, on the scale 0..1, from what a decoder tells."""
    return tf.sigmoid(told) if config.output == "sigmoid" else told
