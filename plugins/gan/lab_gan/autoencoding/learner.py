"""The losses of an autoencoder, and of a variational one."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import tensorflow as tf
from lab_tensorflow.losses.reconstruction import squared_error
from lab_tensorflow.noise import Noise
from lab_tensorflow.precision import policy
from lab_tensorflow.single_loss import SingleLossLearner

from lab_gan.autoencoding import losses
from lab_gan.autoencoding.config import AutoencoderConfig, VaeConfig
from lab_gan.autoencoding.networks import make_decoder, make_encoder
from lab_gan.images import Shape


class Autoencoder(SingleLossLearner):
    """The mean squared error between an image and its reconstruction (Hinton and Salakhutdinov 2006)."""

    averaged = ("decoder", "encoder")
    numbers = 1  # outputs of the encoder for each dimension of a latent
    metrics: tuple[str, ...] = ("squared_error",)
    config: Any

    def __init__(self, config: AutoencoderConfig, shape: Shape, *, precision: str, seed: int) -> None:
        seeds = [int(one >> 1) for one in np.random.SeedSequence(seed).generate_state(2)]
        dtype = policy(precision)
        self.encoder = make_encoder(config, shape, self.numbers * config.latent, dtype=dtype, seed=seeds[0])
        self.decoder = make_decoder(config, shape, dtype=dtype, seed=seeds[1])
        super().__init__(config, {"decoder": self.decoder, "encoder": self.encoder}, seed=seed)

    def loss(self, batch: Mapping[str, Any], noise: Noise) -> tuple[Any, Mapping[str, Any]]:
        latents = self.encoder(batch["image"], training=True)
        means = pixel_means(self.config, self.decoder(latents, training=True))
        error = squared_error(0.5 * batch["image"] + 0.5, means)
        return error, {"squared_error": error}


class Variational(Autoencoder):
    """-ELBO: -E_q log p(x | z) + beta KL(q(z | x) || p(z)), one z an image (Kingma and Welling 2014, equation 10).

    z = mean + exp(log_variance / 2) epsilon carries the gradient (section 2.4). With ``beta`` it is Higgins et al. 2017.
    """

    numbers = 2  # mean and log variance
    metrics = ("elbo", "reconstruction_nats", "divergence_nats", "squared_error")
    config: VaeConfig

    def loss(self, batch: Mapping[str, Any], noise: Noise) -> tuple[Any, Mapping[str, Any]]:
        config, pixels = self.config, 0.5 * batch["image"] + 0.5
        mean, log_variance = tf.split(self.encoder(batch["image"], training=True), 2, axis=1)
        latents = mean + tf.exp(0.5 * log_variance) * noise.normal((mean.shape[0], config.latent))
        outputs = self.decoder(latents, training=True)
        means = pixel_means(config, outputs)
        if config.likelihood == "bernoulli":
            each = losses.bernoulli_nll(pixels, outputs)
        elif config.deviation is not None:
            each = losses.gaussian_nll(pixels, means, 2 * tf.math.log(config.deviation))
        else:
            each = losses.gaussian_nll(pixels, means, losses.best_log_variance(pixels, means))
        reconstruction, divergence = tf.reduce_mean(each), tf.reduce_mean(losses.divergence(mean, log_variance))
        metrics = {
            "elbo": -reconstruction - divergence,
            "reconstruction_nats": reconstruction,
            "divergence_nats": divergence,
            "squared_error": squared_error(pixels, means),
        }
        return reconstruction + config.beta * divergence, metrics


def pixel_means(config: AutoencoderConfig, outputs: Any) -> Any:
    """Pixels, on the scale 0..1, from the outputs of a decoder."""
    return tf.sigmoid(outputs) if config.output == "sigmoid" else outputs
