"""The loss of the diffusion model (Ho et al. 2020, algorithm 1)."""

from collections.abc import Mapping
from typing import Any

import tensorflow as tf
from lab_tensorflow.noise import Noise
from lab_tensorflow.precision import policy
from lab_tensorflow.single_loss import SingleLossLearner

from lab_gan.diffusion import schedule
from lab_gan.diffusion.config import DiffusionConfig
from lab_gan.diffusion.networks import make_denoiser
from lab_gan.images import Shape


class Diffusion(SingleLossLearner):
    """The mean squared error of the network's prediction from noisy images.

    Times are spread evenly over a minibatch, by one random shift (Kingma et al. 2021, appendix I.1), which leaves their
    distribution uniform and takes much of the noise out of the loss. With v as the target, this weighs an image's error by
    1 + SNR, epsilon by SNR (Salimans and Ho 2022, section 4).
    """

    averaged = ("denoiser",)
    metrics = ("loss", "image_error")
    config: DiffusionConfig

    def __init__(self, config: DiffusionConfig, shape: Shape, classes: int, *, precision: str, seed: int) -> None:
        self.classes = classes if config.condition else 0
        self.denoiser = make_denoiser(config, shape, self.classes, dtype=policy(precision), seed=seed)
        super().__init__(config, {"denoiser": self.denoiser}, seed=seed)

    def loss(self, batch: Mapping[str, Any], noise: Noise) -> tuple[Any, Mapping[str, Any]]:
        config, images = self.config, batch["image"]
        count = images.shape[0]
        time = even_times(noise, count)[:, None]
        alpha, sigma = (scale[:, :, None, None] for scale in schedule.alpha_sigma(config.noise_schedule, time))
        epsilon = noise.normal(tuple(images.shape))
        noisy = schedule.noised(images, epsilon, alpha, sigma)
        prediction = self.denoiser([noisy, time, *self._labels(batch["label"], noise, count)], training=True)
        loss = tf.reduce_mean(tf.square(prediction - schedule.target(config.predict, images, epsilon, alpha, sigma)))
        denoised = schedule.denoised(config.predict, prediction, noisy, alpha, sigma)
        return loss, {"loss": loss, "image_error": tf.reduce_mean(tf.square(tf.clip_by_value(denoised, -1, 1) - images))}

    def _labels(self, labels: Any, noise: Noise, count: int) -> list[Any]:
        """One-hot classes [batch, classes + 1], some replaced by "no class" (Ho and Salimans 2021, algorithm 1)."""
        if not self.classes:
            return []
        dropped = noise.uniform((count,)) < self.config.label_dropout
        return [tf.one_hot(tf.where(dropped, self.classes, labels), self.classes + 1)]


def even_times(noise: Noise, count: int) -> Any:
    """Times [count] in 0..1, one in each of ``count`` equal parts."""
    return (tf.range(count, dtype=tf.float32) + noise.uniform(())) / count
