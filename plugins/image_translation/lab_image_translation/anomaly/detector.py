"""Learner, trainer and model of anomaly detection."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import numpy as np
from lab_tensorflow.batching import in_batches
from lab_tensorflow.compiled_trainer import CompiledTrainer
from lab_tensorflow.footprint import training_bytes
from lab_tensorflow.network_model import NetworkModel
from numpy.typing import NDArray

from lab_core.errors import UsageError
from lab_core.items.labels import Labels, from_probabilities
from lab_core.model import Apply, Kind, Model
from lab_core.trainer import Media
from lab_image_translation.anomaly.config import AnomalyConfig
from lab_image_translation.paired.problem import with_channels
from lab_image_translation.sheets import rows_of
from lab_image_translation.style.pictures import fitted

Pixels = NDArray[np.uint8]


def split_classes(config: AnomalyConfig, split: str) -> tuple[Pixels, NDArray[np.bool_]]:
    """Images uint8 [n, size, size, c] of a split, and which of them are of the anomalous class."""
    from lab_datasets.loading import load_columns

    columns = load_columns(config, split, kind="images")
    columns.need_classes("anomaly detection")
    if config.anomaly >= len(columns.classes):
        listed = ", ".join(f"{number} {name}" for number, name in enumerate(columns.classes[:12]))
        raise UsageError(f"There is no class {config.anomaly}.", f"Classes: {listed}.")
    return np.asarray(columns["image"]), np.asarray(columns["label"]) == config.anomaly


class AnomalyTrainer(CompiledTrainer[Any]):
    """Learns to put normal images back together."""

    item_word = "images"

    def make_data(self) -> Mapping[str, Any]:
        images, odd = split_classes(self.config, "train")
        self.shape = tuple(int(side) for side in images.shape[1:])
        normal = images[~odd]
        # the scale of the score: median error of normal images is measured on these, which training doesn't see
        held, odd = split_classes(self.config, "validation")
        self.held_out = held[~odd][:500]
        return {"image": normal}

    def prepare(self, items: Mapping[str, Any], noise: Any) -> Mapping[str, Any]:
        import tensorflow as tf

        return {"image": tf.cast(items["image"], tf.float32) / 255}

    def make_learner(self) -> Any:
        from lab_image_translation.anomaly.learner import AnomalyLearner

        context = self.context
        return AnomalyLearner(self.config, self.shape, precision=context.precision, seed=context.integer("initialisation"))

    def model(self) -> Model:
        found = AnomalyModel(self.config, self.average.values(), {"shape": self.shape, "scale": 1.0})
        found.about["scale"] = float(np.median(found.errors(self.held_out)))
        return found

    def media(self) -> tuple[Media, ...]:
        """Held-out normal images beside what the autoencoder makes of them."""
        images = self.held_out[: self.config.media_count]
        made = self.preview().reconstructed(images)
        return (Media("reconstructed", rows_of(list(zip(images, made, strict=True)))),)

    @classmethod
    def memory(cls, config: Any) -> int:
        return training_bytes(data=60_000_000, activations=config.batch_size * config.size**2 * config.width * 3)


class AnomalyModel(NetworkModel, Apply):
    """Probability that an image is an anomaly: e / (e + s), with its reconstruction error e and the median s of normal ones."""

    config_type = AnomalyConfig
    consumes = Kind.IMAGE
    produces = Kind.LABELS

    def __init__(self, config: Any, weights: Mapping[str, Any], about: Mapping[str, Any] | None = None) -> None:
        import tensorflow as tf

        super().__init__(config, weights, about)
        self._compiled = tf.function(lambda images: self.networks["autoencoder"](images, training=False), reduce_retracing=True)

    def make_networks(self) -> Mapping[str, Any]:
        from lab_image_translation.anomaly.networks import autoencoder

        height, width, channels = self.about["shape"]
        return {"autoencoder": autoencoder((height, width, channels), width=self.config.width, code=self.config.code)}

    def reconstructed(self, images: Pixels) -> Pixels:
        """uint8 [n, h, w, c] through the autoencoder."""
        rows = self.batched(self._compiled, (one.astype(np.float32) / 255 for one in images))
        return np.stack([np.clip(np.round(255 * row), 0, 255).astype(np.uint8) for row in rows])

    def errors(self, images: Pixels) -> NDArray[np.float64]:
        """Mean squared error a pixel [n], values 0 to 1."""
        return np.mean((self.reconstructed(images).astype(np.float64) / 255 - images / 255) ** 2, axis=(1, 2, 3))

    def apply(self, items: Iterable[Pixels], options: Any) -> Iterator[Labels]:
        height, width, channels = self.about["shape"]
        for part in in_batches(items, self.batch):
            images = np.stack([fitted(with_channels(np.asarray(item), channels), height, width) for item in part])
            for error in self.errors(images):
                odd = float(error / (error + self.about["scale"]))
                yield from_probabilities((odd, 1 - odd), ("anomaly", "normal"))
