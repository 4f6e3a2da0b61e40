"""What a StackedGAN leaves: both generators, one behind the other."""

from typing import Any, ClassVar

from lab_gan.image_model import to_pixels
from lab_gan.model import GeneratorModel
from lab_gan.stacked.config import StackedConfig


class StackedModel(GeneratorModel):
    """A point is the noise of the features, the noise of the image, and the one-hot label."""

    config_type: ClassVar[type[Any]] = StackedConfig

    def _make_networks(self) -> tuple[Any, ...]:
        from lab_gan.stacked.networks import make_feature_generator, make_image_generator

        return (
            make_feature_generator(self.config, len(self.classes), dtype="float32", seed=0),
            make_image_generator(self.config, self.shape, dtype="float32", seed=0),
        )

    def _pixels(self, points: Any) -> Any:
        import tensorflow as tf

        features_of, image_of = self._networks
        half = self.config.latent // 2
        z1, z0, label = points[:, :half], points[:, half : 2 * half], points[:, 2 * half :]
        features = features_of(tf.concat([z1, label], 1), training=False)
        return to_pixels(image_of(tf.concat([z0, features], 1), training=False))
