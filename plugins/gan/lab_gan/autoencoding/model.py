"""Autoencoder models: reconstruction and sampling."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, ClassVar

import numpy as np
from lab_metrics.images.arrays import fitted
from numpy.typing import NDArray

from lab_core.config import Config
from lab_core.errors import LabError
from lab_core.model import Apply, Kind
from lab_gan.autoencoding.config import AutoencoderConfig, VaeConfig
from lab_gan.image_model import ImageModel, from_pixels, to_pixels
from lab_gan.model import GeneratorModel


class AutoencoderModel(ImageModel, Apply):
    """Reconstructs images from ``latent`` numbers each. Images of another size or colour are fitted first."""

    consumes = produces = Kind.IMAGE
    config_type: ClassVar[type[Any]] = AutoencoderConfig
    numbers: ClassVar[int] = 1

    def __init__(self, config: Any, weights: Mapping[str, NDArray[Any]], about: Mapping[str, Any] | None = None) -> None:
        import tensorflow as tf

        super().__init__(config, weights, about)
        self._encode = tf.function(self._latents, reduce_retracing=True)
        self._generate = tf.function(self._pixels, reduce_retracing=True)

    def make_networks(self) -> Mapping[str, Any]:
        from lab_gan.autoencoding.networks import make_decoder, make_encoder

        outputs = self.numbers * self.config.latent
        return {
            "decoder": make_decoder(self.config, self.shape, dtype="float32", seed=0),
            "encoder": make_encoder(self.config, self.shape, outputs, dtype="float32", seed=0),
        }

    def apply(self, items: Iterable[Any], options: Config) -> Iterator[NDArray[np.uint8]]:
        """The reconstruction of each image, uint8 [height, width, channels] as the model was trained on."""
        return self.batched(lambda images: self._generate(self._encode(images)), map(self._fitted, items))

    def encode(self, items: Iterable[Any]) -> NDArray[np.float32]:
        """The latent float32 [n, latent] of each image; a variational model's is the mean of its distribution."""
        found = list(self.batched(self._encode, map(self._fitted, items)))
        return np.stack(found) if found else np.zeros((0, self.config.latent), np.float32)

    def _fitted(self, item: Any) -> NDArray[np.uint8]:
        image = np.asarray(item)
        if image.ndim != 3:
            raise LabError(f"An image is uint8 [height, width, channels]; this is {image.dtype} {list(image.shape)}.")
        return fitted(image[None], self.shape)[0]

    def _latents(self, images: Any) -> Any:
        return self.networks["encoder"](from_pixels(images), training=False)[:, : self.config.latent]

    def _pixels(self, latents: Any) -> Any:
        from lab_gan.autoencoding.learner import pixel_means

        return to_pixels(2 * pixel_means(self.config, self.networks["decoder"](latents, training=False)) - 1)


class VaeModel(AutoencoderModel, GeneratorModel):
    """Also samples from the prior. An image is the decoder's mean of each pixel, without the pixel's own noise."""

    config_type: ClassVar[type[Any]] = VaeConfig
    numbers: ClassVar[int] = 2
