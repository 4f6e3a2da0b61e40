"""What autoencoders leave: images put back together, and new ones from points."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, ClassVar

import numpy as np
from lab_metrics.images.arrays import fitted
from numpy.typing import NDArray

from lab_core.errors import LabError
from lab_core.model import Apply, Kind
from lab_gan.autoencoding.config import AutoencoderConfig, VaeConfig
from lab_gan.image_model import BATCH, ImageModel, Shape, padded, to_pixels
from lab_gan.model import GeneratorModel


class AutoencoderModel(ImageModel, Apply):
    """Puts images back together from ``latent`` numbers each. Images of another size or colour are fitted first."""

    consumes = produces = Kind.IMAGE
    config_type: ClassVar[type[Any]] = AutoencoderConfig
    numbers: ClassVar[int] = 1

    def __init__(self, config: Any, shape: Shape, classes: Sequence[str], weights: Sequence[NDArray[Any]]) -> None:
        import tensorflow as tf

        super().__init__(config, shape, classes, weights)
        self._encode = tf.function(self._points, reduce_retracing=True)
        self._draw = tf.function(self._pixels, reduce_retracing=True)

    def _make_networks(self) -> tuple[Any, ...]:
        from lab_gan.autoencoding.networks import make_decoder, make_encoder

        decoder = make_decoder(self.config, self.shape, dtype="float32", seed=0)
        return decoder, make_encoder(self.config, self.shape, self.numbers * self.config.latent, dtype="float32", seed=0)

    def apply(self, items: Iterable[Any], options: Mapping[str, Any]) -> Iterator[NDArray[np.uint8]]:
        """The reconstruction of each image, uint8 [height, width, channels] as the model was trained on."""
        for images in self._batches(items):
            points = self._encode(padded(images))
            yield from self._draw(points).numpy()[: len(images)]

    def encode(self, items: Iterable[Any]) -> NDArray[np.float32]:
        """The point float32 [n, latent] of each image; a variational model's is the mean of its distribution."""
        parts = [self._encode(padded(images)).numpy()[: len(images)] for images in self._batches(items)]
        return np.concatenate(parts) if parts else np.zeros((0, self.config.latent), np.float32)

    def _batches(self, items: Iterable[Any]) -> Iterator[NDArray[np.uint8]]:
        coming = iter(items)
        while part := list(islice(coming, BATCH)):
            yield np.stack([self._fitted(np.asarray(item)) for item in part])

    def _fitted(self, image: NDArray[Any]) -> NDArray[np.uint8]:
        if image.ndim != 3:
            raise LabError(f"An image is uint8 [height, width, channels]; this is {image.dtype} {list(image.shape)}.")
        return fitted(image[None], self.shape)[0]

    def _points(self, images: Any) -> Any:
        import tensorflow as tf

        return self._networks[1](tf.cast(images, tf.float32) / 127.5 - 1, training=False)[:, : self.config.latent]

    def _pixels(self, points: Any) -> Any:
        from lab_gan.autoencoding.learner import pixel_means

        return to_pixels(2 * pixel_means(self.config, self._networks[0](points, training=False)) - 1)


class VaeModel(AutoencoderModel, GeneratorModel):
    """Also draws from the prior: what it shows is the decoder's mean of each pixel, without the pixel's own noise."""

    config_type: ClassVar[type[Any]] = VaeConfig
    numbers: ClassVar[int] = 2
