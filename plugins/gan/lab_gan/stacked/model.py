"""StackedGAN models: both generators, one behind the other."""

from collections.abc import Mapping
from typing import Any, ClassVar

from lab_gan.image_model import to_pixels
from lab_gan.model import GeneratorModel
from lab_gan.stacked.config import StackedConfig


class StackedModel(GeneratorModel):
    """A latent is the noise of the features, the noise of the image, and the one-hot label."""

    config_type: ClassVar[type[Any]] = StackedConfig

    def make_networks(self) -> Mapping[str, Any]:
        from lab_gan.stacked.networks import make_feature_generator, make_image_generator

        return {
            "feature_generator": make_feature_generator(self.config, len(self.classes), dtype="float32", seed=0),
            "image_generator": make_image_generator(self.config, self.shape, dtype="float32", seed=0),
        }

    def _pixels(self, latents: Any) -> Any:
        import tensorflow as tf

        half = self.config.latent // 2
        z1, z0, label = latents[:, :half], latents[:, half : 2 * half], latents[:, 2 * half :]
        features = self.networks["feature_generator"](tf.concat([z1, label], 1), training=False)
        return to_pixels(self.networks["image_generator"](tf.concat([z0, features], 1), training=False))
