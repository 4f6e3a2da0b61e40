"""pix2pix on stored pairs (Isola et al. 2017): a U-Net against a patch discriminator, plus L1."""

from collections.abc import Callable, Mapping
from typing import Any

from lab_image_translation.paired.config import PairsConfig, PairsOptions
from lab_image_translation.paired.model import PairedModel
from lab_image_translation.paired.problem import Columns, Pixels, Problem, to_pixels
from lab_image_translation.paired.trainer import PairedTrainer


class Pairs(Problem):
    """Values -1 to 1. Deviations from the paper: batches above 1 with batch normalisation use moving averages when applied."""

    config_type = PairsConfig
    operation = "pairs"
    parameters = ("direction", "size")
    options = PairsOptions

    @property
    def depth(self) -> int:
        return self.config.depth or self.config.size.bit_length() - 1

    @property
    def multiple(self) -> int:
        return 2**self.depth

    def columns(self, split: str) -> Columns:
        from lab_image_translation.sources import load_pairs

        inputs, targets = load_pairs(self.config, split)
        self.about = {"inputs": inputs.shape[-1], "outputs": targets.shape[-1], "channels": inputs.shape[-1]}
        return {"input": inputs, "target": targets}

    def example(self, items: Mapping[str, Any], noise: Any) -> dict[str, Any]:
        import tensorflow as tf

        from lab_image_translation import augment

        pair = tuple(tf.cast(items[name], tf.float32) / 127.5 - 1 for name in ("input", "target"))
        if noise is not None:
            pair = augment.jittered(noise, self.config.jitter, *pair)
            pair = augment.mirrored(noise, *pair) if self.config.flip else pair
        return {"input": pair[0], "target": pair[1]}

    def generator(self, *, dtype: str, seed: int) -> Any:
        from lab_image_translation.networks.unet import unet

        config = self.config
        return unet(
            self.about["inputs"],
            self.about["outputs"],
            depth=self.depth,
            width=config.width,
            normalisation=config.normalisation,
            dropout=config.dropout,
            skips=config.skips,
            seed=seed,
            dtype=dtype,
        )

    def run(self, generator: Any, batch: Mapping[str, Any], seed: Any, *, training: bool) -> Any:
        return generator([batch["input"], seed], training=training)

    def colours(self, images: Any, batch: Mapping[str, Any]) -> Any:
        import tensorflow as tf

        images = images if images.shape[-1] == 3 else tf.repeat(images, 3, -1)
        return 127.5 * images + 127.5

    def translated(self, predict: Callable[[Mapping[str, Any], Any], Any], images: Pixels, options: Any) -> Pixels:
        import numpy as np
        import tensorflow as tf

        from lab_image_translation.networks.layers import NO_DROPOUT

        seed = tf.constant([options.seed if options.dropout else NO_DROPOUT, 1], tf.int32)
        made = predict({"input": tf.constant(images.astype(np.float32) / 127.5 - 1)}, seed)
        return to_pixels(127.5 * made.numpy() + 127.5)


class PairsModel(PairedModel):
    """A U-Net and its dropout."""

    config_type = PairsConfig
    problem_type = Pairs


class PairsTrainer(PairedTrainer):
    """pix2pix."""

    model_type = PairsModel
