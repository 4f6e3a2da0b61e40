"""Colourisation: the colours a, b of CIE LAB from its lightness L.

colouriser   the book's network of stride-2 convolutions instead of pooling
unet         pix2pix's U-Net, the source's other way
local        a pixel's colour from the lightness around it alone: what a handful of photographs can teach

With ``tones`` the network adds to the colours of a tone curve (:mod:`lab_image_translation.paired.tones`). The input's own
lightness is kept: only colours are the network's.
"""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from lab_image_translation.degradations import join_lab, split_lab
from lab_image_translation.paired.config import ColourConfig, ColourOptions
from lab_image_translation.paired.model import PairedModel
from lab_image_translation.paired.problem import Columns, Pixels, Problem
from lab_image_translation.paired.trainer import PairedTrainer

RANGE = 110.0  # a and b are divided by it (the source's scale)
UNET_DEPTH = 5


class Colourisation(Problem):
    """L as L / 50 - 1, ab as ab / 110."""

    config_type = ColourConfig
    options = ColourOptions
    operation = "grey"

    @property
    def multiple(self) -> int:
        return {"unet": 2**UNET_DEPTH, "colouriser": 16, "local": 8}[self.config.network]

    def columns(self, split: str) -> Columns:
        from lab_core.errors import UsageError
        from lab_image_translation.sources import image_patches

        images = image_patches(self.config, split, 2 * self.config.size)
        if images.shape[-1] != 3:
            raise UsageError(f"{self.config.data} is grey; colourisation learns from colour images.", "Use photos.")
        self.about = {"inputs": 1, "outputs": 2, "channels": 3}
        if self.config.tones:
            from lab_image_translation.held_out import CROP
            from lab_image_translation.paired.tones import fit_split

            curve, share = fit_split(self.config, CROP)
            self.about["tones"] = np.round(share * curve, 2).tolist()
        lightness, ab = split_lab(images)
        return {"lightness": lightness, "ab": ab}

    def example(self, items: Mapping[str, Any], noise: Any) -> dict[str, Any]:
        import tensorflow as tf

        from lab_image_translation import augment

        both = tf.concat([tf.cast(items["lightness"], tf.float32) / 127.5 - 1, tf.cast(items["ab"], tf.float32) / RANGE], -1)
        both = augment.random_crop(both, min(self.config.size, both.shape[1]), noise)
        if self.config.flip:
            (both,) = augment.mirrored(noise, both)
        return {"input": both[..., :1], "target": both[..., 1:]}

    def generator(self, *, dtype: str, seed: int) -> Any:
        import keras

        from lab_image_translation.networks import restoration
        from lab_image_translation.networks.unet import unet

        keras.utils.set_random_seed(seed)
        if self.config.network == "unet":
            return unet(1, 2, depth=UNET_DEPTH, width=self.config.width, seed=seed, dtype=dtype)
        if self.config.network == "local":
            return restoration.local_colours(width=self.config.width, dtype=dtype)
        return restoration.colouriser(width=self.config.width, residual=self.config.tones, dtype=dtype)

    def run(self, generator: Any, batch: Mapping[str, Any], seed: Any, *, training: bool) -> Any:
        import tensorflow as tf

        if self.config.network == "unet":
            return generator([batch["input"], seed], training=training)
        made = generator(batch["input"], training=training)
        if not self.config.tones:
            return made
        lightness = tf.cast(tf.round(127.5 * batch["input"][..., 0] + 127.5), tf.int32)
        return made + tf.gather(tf.constant(self.about["tones"], tf.float32) / RANGE, lightness)

    def pixel_loss(self, prediction: Any, batch: Mapping[str, Any]) -> Any:
        """The config's loss; with ``vividness`` v, L1 where a pixel of chroma C (of 110) weighs 1 + v C."""
        import tensorflow as tf

        if not self.config.vividness:
            return super().pixel_loss(prediction, batch)
        weight = 1 + self.config.vividness * tf.norm(batch["target"], axis=-1, keepdims=True)
        return tf.reduce_mean(weight * tf.abs(prediction - batch["target"])) / tf.reduce_mean(weight)

    def translated(self, predict: Callable[[Mapping[str, Any], Any], Any], images: Pixels, options: Any) -> Pixels:
        import tensorflow as tf

        lightness, _ = split_lab(images)
        made = predict({"input": tf.constant(lightness.astype(np.float32) / 127.5 - 1)}, tf.constant([0, 1], tf.int32))
        return join_lab(lightness, options.saturation * self.config.saturation * RANGE * made.numpy())


class ColourModel(PairedModel):
    """Colours a grey image; of a colour image it takes the lightness."""

    config_type = ColourConfig
    problem_type = Colourisation


class ColourTrainer(PairedTrainer):
    """Colourisation."""

    model_type = ColourModel
