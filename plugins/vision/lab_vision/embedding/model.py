"""A trained embedding: images in, vectors out."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import numpy as np
from lab_tensorflow.network_model import NetworkModel

from lab_core.errors import LabError
from lab_vision.embedding.config import EmbeddingConfig
from lab_vision.embedding.recognition import VectorModel


class EmbeddingModel(NetworkModel, VectorModel):
    """Vectors float32 [d]: the smaller the distance, the likelier two images show the same thing. ``about``: ``channels``."""

    config_type = EmbeddingConfig
    batch = 64

    def __init__(self, config: Any, weights: Mapping[str, Any], about: Mapping[str, Any] | None = None) -> None:
        import tensorflow as tf

        super().__init__(config, weights, about)
        self._vectors = tf.function(self._embed, reduce_retracing=True)

    def make_networks(self) -> Mapping[str, Any]:
        from lab_vision.embedding.networks import make_network

        channels = int(self.about["channels"])
        return {"embedding": make_network(self.config, channels, dtype="float32", seed=0, pretrained=False)}

    def vectors(self, items: Iterable[Any]) -> Iterator[Any]:
        yield from self.batched(self._vectors, (self.fitted(item) for item in items))

    def fitted(self, image: Any) -> Any:
        """An image uint8 [h, w, 1 or 3] as the training saw it, uint8 [size, size, channels]."""
        return fitted(image, self.config.size, int(self.about["channels"]), self.config.crop)

    def _embed(self, images: Any) -> Any:
        from lab_vision.embedding.augment import prepared
        from lab_vision.embedding.learner import embedded

        return embedded(self.networks["embedding"], prepared(images, self.config, None), self.config.unit, training=False)


def fitted(image: Any, size: int, channels: int, crop: str) -> Any:
    """An image uint8 [h, w, 1 or 3] at one size and number of channels; raises LabError for anything else."""
    from lab_datasets.own.decoder import Decoder
    from PIL import Image

    image = np.asarray(image)
    if image.ndim != 3 or image.shape[-1] not in (1, 3) or image.dtype != np.uint8 or 0 in image.shape:
        raise LabError(f"An image is uint8 [height, width, 1 or 3]; this is {image.dtype} {list(image.shape)}.")
    plain = Image.fromarray(np.ascontiguousarray(np.squeeze(image, -1) if image.shape[-1] == 1 else image))
    return Decoder(size, channels == 1, crop).fitted(plain)
