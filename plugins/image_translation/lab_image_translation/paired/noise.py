"""Denoising: the book's convolutional autoencoder, and a residual network that predicts the noise (Zhang et al. 2017)."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from lab_image_translation.paired.config import NoiseConfig
from lab_image_translation.paired.model import PairedModel
from lab_image_translation.paired.problem import Columns, Pixels, Problem, to_pixels
from lab_image_translation.paired.trainer import PairedTrainer


class Denoising(Problem):
    """Values 0 to 1; the noise is clipped to them, and new in every update. Deviation from the book: it drew it once."""

    config_type = NoiseConfig
    operation = "noise"
    parameters = ("noise",)

    @property
    def multiple(self) -> int:
        return 4 if self.config.network == "cae" else 1

    def columns(self, split: str) -> Columns:
        from lab_image_translation.sources import image_patches

        images = image_patches(self.config, split, 2 * self.config.size)
        channels = images.shape[-1]
        self.about = {"inputs": channels, "outputs": channels, "channels": channels}
        return {"target": images}

    def example(self, items: Mapping[str, Any], noise: Any) -> dict[str, Any]:
        import tensorflow as tf

        from lab_image_translation import augment

        images = items["target"]
        images = augment.random_crop(images, min(self.config.size, images.shape[1]), noise)
        if self.config.flip:
            (images,) = augment.turned(noise, images)
        clean = tf.cast(images, tf.float32) / 255
        noisy = clean + noise.normal(tf.shape(clean)) * (self.config.noise / 255)
        return {"input": tf.round(tf.clip_by_value(noisy, 0, 1) * 255) / 255, "target": clean}

    def generator(self, *, dtype: str, seed: int) -> Any:
        import keras

        from lab_image_translation.networks import restoration

        keras.utils.set_random_seed(seed)
        channels = int(self.about["inputs"])
        if self.config.network == "cae":
            return restoration.cae(channels, dtype=dtype)
        return restoration.residual(channels, width=self.config.width, blocks=self.config.blocks, dtype=dtype)

    def run(self, generator: Any, batch: Mapping[str, Any], seed: Any, *, training: bool) -> Any:
        if self.config.network == "cae":
            return generator(batch["input"], training=training)
        return batch["input"] + generator(batch["input"] - 0.5, training=training)

    def judged(self, images: Any, batch: Mapping[str, Any]) -> Any:
        import tensorflow as tf

        return tf.concat([2 * batch["input"] - 1, 2 * images - 1], -1)

    def colours(self, images: Any, batch: Mapping[str, Any]) -> Any:
        import tensorflow as tf

        return 255 * (images if images.shape[-1] == 3 else tf.repeat(images, 3, -1))

    def translated(self, predict: Callable[[Mapping[str, Any], Any], Any], images: Pixels, options: Any) -> Pixels:
        import tensorflow as tf

        made = predict({"input": tf.constant(images.astype(np.float32) / 255)}, tf.constant([0, 0], tf.int32))
        return to_pixels(255 * made.numpy())


class DenoisingModel(PairedModel):
    """Takes noise out of an image."""

    config_type = NoiseConfig
    problem_type = Denoising


class DenoisingTrainer(PairedTrainer):
    """Denoising."""

    model_type = DenoisingModel
