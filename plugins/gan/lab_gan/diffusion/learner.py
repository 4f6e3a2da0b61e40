"""One update of the diffusion model (Ho et al. 2020, algorithm 1)."""

from typing import Any

import tensorflow as tf

from lab_gan.descent import Descent
from lab_gan.diffusion import schedule
from lab_gan.diffusion.config import DiffusionConfig
from lab_gan.diffusion.networks import make_denoiser
from lab_gan.learner import Noise, Shape
from lab_gan.networks import policy


class Diffusion(Descent):
    """Makes the mean squared error of what the network says of noised images small.

    Times are spread evenly over a minibatch, by one random shift (Kingma et al. 2021, appendix I.1), which leaves their
    distribution uniform and takes much of the noise out of the loss. With v as the target, this weighs an image's error by
    1 + SNR, epsilon by SNR (Salimans and Ho 2022, section 4).
    """

    kept = ("denoiser",)
    figures = ("loss", "image_error")
    config: DiffusionConfig

    def __init__(self, config: DiffusionConfig, shape: Shape, classes: int, *, precision: str, seed: int) -> None:
        self.classes = classes if config.condition else 0
        self.denoiser = make_denoiser(config, shape, self.classes, dtype=policy(precision), seed=seed)
        super().__init__(config, {"denoiser": self.denoiser}, seed=seed)

    def loss(self, images: Any, labels: Any, noise: Noise) -> tuple[Any, tuple[Any, ...]]:
        config, count = self.config, images.shape[0]
        time = even_times(noise, count)[:, None]
        alpha, sigma = (scale[:, :, None, None] for scale in schedule.alpha_sigma(config.schedule, time))
        epsilon = noise.normal(tuple(images.shape))
        noisy = schedule.noised(images, epsilon, alpha, sigma)
        told = self.denoiser([noisy, time, *self._labels(labels, noise, count)], training=True)
        loss = tf.reduce_mean(tf.square(told - schedule.target(config.predict, images, epsilon, alpha, sigma)))
        guessed = schedule.denoised(config.predict, told, noisy, alpha, sigma)
        return loss, (loss, tf.reduce_mean(tf.square(tf.clip_by_value(guessed, -1, 1) - images)))

    def _labels(self, labels: Any, noise: Noise, count: int) -> list[Any]:
        """One-hot classes [batch, classes + 1], some of them not told (Ho and Salimans 2021, algorithm 1)."""
        if not self.classes:
            return []
        kept_back = noise.uniform((count,)) < self.config.label_dropout
        return [tf.one_hot(tf.where(kept_back, self.classes, labels), self.classes + 1)]


def even_times(noise: Noise, count: int) -> Any:
    """Times [count] in 0..1, one in each of ``count`` equal parts."""
    return (tf.range(count, dtype=tf.float32) + noise.uniform(())) / count
