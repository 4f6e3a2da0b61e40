"""Inpainting: the source's blank white square, filled by a network that sees around it."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from lab_image_translation.degradations import square_hole
from lab_image_translation.paired.config import HoleConfig, HoleOptions
from lab_image_translation.paired.model import PairedModel
from lab_image_translation.paired.problem import Columns, Pixels, Problem, to_pixels, with_channels
from lab_image_translation.paired.trainer import PairedTrainer


class Inpainting(Problem):
    """Values -1 to 1; ``mask`` is 1 inside the hole, where alone the result is the network's."""

    config_type = HoleConfig
    operation = "hole"
    parameters = ("hole",)
    options = HoleOptions
    multiple = 4  # type: ignore[assignment]

    def columns(self, split: str) -> Columns:
        from lab_image_translation.sources import image_patches

        images = image_patches(self.config, split, 2 * self.config.size)
        channels = images.shape[-1]
        self.about = {"inputs": channels, "outputs": channels, "channels": channels}
        return {"target": images}

    def example(self, items: Mapping[str, Any], noise: Any) -> dict[str, Any]:
        """The hole lies anywhere in the image, where the source has it in the middle, and has half to twice the side of the
        setting: photographs that the model is applied to are larger than the training images, and so are their holes."""
        import tensorflow as tf

        from lab_image_translation import augment

        side = min(self.config.size, items["target"].shape[1])
        images = augment.random_crop(items["target"], side, noise)
        if self.config.flip:
            (images,) = augment.mirrored(noise, images)
        target = tf.cast(images, tf.float32) / 127.5 - 1
        batch = tf.shape(target)[0]
        largest = min(2 * self.config.hole, 0.6)
        hole = tf.round(side * noise.uniform((batch, 1), self.config.hole / 2, largest))
        ranges = []
        for _ in range(2):
            start = tf.floor(noise.uniform((batch, 1)) * (side - hole + 1))
            place = tf.range(side, dtype=tf.float32)[None]
            ranges.append(tf.cast((place >= start) & (place < start + hole), tf.float32))
        mask = (ranges[0][:, :, None] * ranges[1][:, None, :])[..., None]  # [batch, side, side, 1]
        return {"input": target * (1 - mask), "mask": mask, "target": target}

    def generator(self, *, dtype: str, seed: int) -> Any:
        import keras

        from lab_image_translation.networks import restoration

        keras.utils.set_random_seed(seed)
        return restoration.inpainter(int(self.about["inputs"]), width=self.config.width, dtype=dtype)

    def run(self, generator: Any, batch: Mapping[str, Any], seed: Any, *, training: bool) -> Any:
        import tensorflow as tf

        made = generator(tf.concat([batch["input"], batch["mask"]], -1), training=training)
        if training:
            return made  # everywhere: the loss outside the hole teaches the encoder what images are
        return tf.where(batch["mask"] > 0, made, batch["input"])

    def pixel_loss(self, prediction: Any, batch: Mapping[str, Any]) -> Any:
        import tensorflow as tf

        weight = 1 + (self.config.hole_weight - 1) * batch["mask"]
        return tf.reduce_sum(weight * tf.abs(prediction - batch["target"])) / tf.reduce_sum(weight * tf.ones_like(prediction))

    def judged(self, images: Any, batch: Mapping[str, Any]) -> Any:
        import tensorflow as tf

        whole = batch["mask"] * images + (1 - batch["mask"]) * batch["target"]
        return tf.concat([batch["input"], whole], -1)

    def colours(self, images: Any, batch: Mapping[str, Any]) -> Any:
        import tensorflow as tf

        return 127.5 * (images if images.shape[-1] == 3 else tf.repeat(images, 3, -1)) + 127.5

    def accepted(self, image: Pixels, options: Any) -> Pixels:
        """The mask goes with the image as a last channel, 255 inside the hole: padding and tiles must not move it."""
        image = with_channels(image, int(self.about["channels"]))
        centre = options.hole == "centre"
        mask = square_hole(*image.shape[:2], self.config.hole) if centre else np.all(image == 255, axis=-1)
        return np.concatenate([image, mask[..., None].astype(np.uint8) * 255], axis=-1)

    def translated(self, predict: Callable[[Mapping[str, Any], Any], Any], images: Pixels, options: Any) -> Pixels:
        import tensorflow as tf

        images, mask = images[..., :-1], images[..., -1:].astype(np.float32) / 255
        values = (images.astype(np.float32) / 127.5 - 1) * (1 - mask)
        made = predict({"input": tf.constant(values), "mask": tf.constant(mask)}, tf.constant([0, 0], tf.int32))
        return np.where(mask > 0, to_pixels(127.5 * made.numpy() + 127.5), images)


class InpaintingModel(PairedModel):
    """Fills white holes."""

    config_type = HoleConfig
    problem_type = Inpainting


class InpaintingTrainer(PairedTrainer):
    """Inpainting."""

    model_type = InpaintingModel
