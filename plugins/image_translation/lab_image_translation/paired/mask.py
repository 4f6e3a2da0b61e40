"""Segmentation with the autoencoder's shape: icons pasted on photographs, whose masks are known exactly."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from lab_image_translation.paired.composites import composites
from lab_image_translation.paired.config import MaskConfig
from lab_image_translation.paired.model import PairedModel
from lab_image_translation.paired.problem import Columns, Pixels, Problem, to_pixels
from lab_image_translation.paired.trainer import PairedTrainer


class Segmentation(Problem):
    """Values 0 to 1; the result is a mask, 255 where an object is more probable than not."""

    config_type = MaskConfig
    operation = "mask"
    multiple = 8  # type: ignore[assignment]

    def columns(self, split: str) -> Columns:
        pairs = composites(self.config.data, split)
        self.about = {"inputs": 3, "outputs": 1, "channels": 3}
        return {"input": np.stack([pair[0] for pair in pairs]), "target": np.stack([pair[1] for pair in pairs])}

    def example(self, items: Mapping[str, Any], noise: Any) -> dict[str, Any]:
        import tensorflow as tf

        from lab_image_translation import augment

        inputs, targets = (tf.cast(items[name], tf.float32) / 255 for name in ("input", "target"))
        if self.config.flip and noise is not None:
            inputs, targets = augment.turned(noise, inputs, targets)
        return {"input": inputs, "target": targets}

    def generator(self, *, dtype: str, seed: int) -> Any:
        import keras

        from lab_image_translation.networks import restoration

        keras.utils.set_random_seed(seed)
        return restoration.segmenter(3, 1, width=self.config.width, dtype=dtype)

    def run(self, generator: Any, batch: Mapping[str, Any], seed: Any, *, training: bool) -> Any:
        import tensorflow as tf

        return tf.sigmoid(generator(batch["input"] - 0.5, training=training))

    def translated(self, predict: Callable[[Mapping[str, Any], Any], Any], images: Pixels, options: Any) -> Pixels:
        import tensorflow as tf

        made = predict({"input": tf.constant(images.astype(np.float32) / 255)}, tf.constant([0, 0], tf.int32))
        return to_pixels(255.0 * (made.numpy() > 0.5))


class SegmentationModel(PairedModel):
    """Gives the mask of what stands out."""

    config_type = MaskConfig
    problem_type = Segmentation


class SegmentationTrainer(PairedTrainer):
    """Segmentation."""

    model_type = SegmentationModel
