"""Super-resolution: the detail that an enlarged image lacks.

residual   EDSR's blocks (Lim et al. 2017) on the small image, sub-pixel output
espcn      three convolutions (Shi et al. 2016)
unet       the source's way: pix2pix's U-Net on the enlarged image

What the first two networks give is added to the bicubic enlargement. With ``channels=luma`` the same detail goes to red, green
and blue, which changes brightness and leaves colour differences as bicubic enlargement has them.
"""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from lab_image_translation.paired.config import DetailConfig, DetailOptions
from lab_image_translation.paired.model import PairedModel
from lab_image_translation.paired.problem import Columns, Pixels, Problem, to_pixels
from lab_image_translation.paired.trainer import PairedTrainer

UNET_DEPTH = 3


class Detail(Problem):
    """Values 0 to 1. ``input``: small images (their luma for ``channels=luma``); ``low``: the small ones in colour."""

    config_type = DetailConfig
    operation = "shrink"
    parameters = ("scale",)
    options = DetailOptions

    @property
    def multiple(self) -> int:
        if self.config.network != "unet":
            return 1
        return 2**UNET_DEPTH  # of the small image: more than the enlarged one needs

    @property
    def scale(self) -> int:  # type: ignore[override]
        return self.config.scale

    def columns(self, split: str) -> Columns:
        from lab_image_translation.degradations import shrink
        from lab_image_translation.sources import cut, load_images

        side, scale = 2 * self.config.size, self.config.scale
        small: list[Pixels] = []
        large: list[Pixels] = []
        for image in load_images(self.config, split):
            height, width = (length - length % scale for length in image.shape[:2])
            whole = np.ascontiguousarray(image[:height, :width])
            if min(height, width) < side:
                from lab_image_translation.tiling import padded

                whole = padded(whole[None], scale, side)[0]
            # cut at multiples of the scale, so that the small and the large square show the same
            low, step = shrink(whole, scale), side // scale
            rows, columns = (length // step * step for length in low.shape[:2])
            small.append(cut([low[:rows, :columns]], step))
            large.append(cut([whole[: rows * scale, : columns * scale]], side))
        targets = np.concatenate(large)
        channels = targets.shape[-1]
        work = 1 if self.config.channels == "luma" and self.config.network != "unet" else channels
        self.about = {"inputs": work, "outputs": work, "channels": channels}
        return {"low": np.concatenate(small), "target": targets}

    def example(self, items: Mapping[str, Any], noise: Any) -> dict[str, Any]:
        import tensorflow as tf

        from lab_image_translation import augment

        side, scale = self.config.size // self.config.scale, self.config.scale
        low, large = augment.crop_aligned(items["low"], items["target"], side, scale, noise)
        low, large = augment.turned(noise, low, large)
        low, large = tf.cast(low, tf.float32) / 255, tf.cast(large, tf.float32) / 255
        return {"input": self._worked(low), "target": self._worked(large)}

    def _worked(self, images: Any) -> Any:
        """The channels that the network works on."""
        import tensorflow as tf

        if self.about["inputs"] == images.shape[-1]:
            return images
        return tf.tensordot(images, tf.constant([[0.299], [0.587], [0.114]]), 1)  # Rec. 601 luma

    def enlarged(self, images: Any) -> Any:
        """Bicubic (a = -0.5), as Pillow has it."""
        import tensorflow as tf

        size = tf.shape(images)
        return tf.image.resize(images, (size[1] * self.scale, size[2] * self.scale), "bicubic")

    def generator(self, *, dtype: str, seed: int) -> Any:
        import keras

        from lab_image_translation.networks import restoration
        from lab_image_translation.networks.unet import unet

        config, channels = self.config, int(self.about["inputs"])
        keras.utils.set_random_seed(seed)
        if config.network == "espcn":
            return restoration.espcn(channels, scale=config.scale, dtype=dtype)
        if config.network == "unet":
            return unet(
                channels,
                channels,
                depth=UNET_DEPTH,
                width=config.width,
                normalisation="batch",
                dropout=0.0,
                seed=seed,
                dtype=dtype,
            )
        return restoration.residual(channels, scale=config.scale, width=config.width, blocks=config.blocks, dtype=dtype)

    def run(self, generator: Any, batch: Mapping[str, Any], seed: Any, *, training: bool) -> Any:
        enlarged = self.enlarged(batch["input"])  # [batch, size, size, inputs]
        if self.config.network == "unet":
            return generator([2 * enlarged - 1, seed], training=training) / 2 + 0.5
        return enlarged + generator(batch["input"] - 0.5, training=training)

    def judged(self, images: Any, batch: Mapping[str, Any]) -> Any:
        import tensorflow as tf

        return tf.concat([2 * self.enlarged(batch["input"]) - 1, 2 * images - 1], -1)

    def colours(self, images: Any, batch: Mapping[str, Any]) -> Any:
        import tensorflow as tf

        return 255 * (images if images.shape[-1] == 3 else tf.repeat(images, 3, -1))

    def translated(self, predict: Callable[[Mapping[str, Any], Any], Any], images: Pixels, options: Any) -> Pixels:
        import tensorflow as tf

        low = tf.constant(images.astype(np.float32) / 255)
        worked, seed = self._worked(low), tf.constant([0, 0], tf.int32)
        if options.ensemble == "yes" or (options.ensemble == "as trained" and self.config.ensemble):
            made = over_orientations(lambda one: predict({"input": tf.constant(one)}, seed).numpy(), worked.numpy())
        else:
            made = predict({"input": worked}, seed).numpy()
        if worked.shape[-1] != low.shape[-1]:
            made = self.enlarged(low).numpy() + made - self.enlarged(worked).numpy()
        return to_pixels(255 * made)


def over_orientations(network: Callable[[Any], Any], images: Any) -> Any:
    """Mean of the results of ``network`` for the eight orientations of images [n, h, w, c], each turned back.

    Lim et al. 2017, section 3.4.
    """
    total: Any = 0.0
    for mirrored in (False, True):
        for turns in range(4):
            turned = np.rot90(images[:, :, ::-1] if mirrored else images, turns, (1, 2))
            back = np.rot90(network(np.ascontiguousarray(turned)), -turns, (1, 2))
            total = total + (back[:, :, ::-1] if mirrored else back)
    return total / 8


class DetailModel(PairedModel):
    """Enlarges an image."""

    config_type = DetailConfig
    problem_type = Detail


class DetailTrainer(PairedTrainer):
    """Super-resolution."""

    model_type = DetailModel
