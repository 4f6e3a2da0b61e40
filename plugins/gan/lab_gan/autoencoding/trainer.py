"""Training of autoencoders."""

from collections.abc import Sequence
from typing import Any

from lab_core.model import Model
from lab_gan.autoencoding.config import AutoencoderConfig
from lab_gan.images import Images
from lab_gan.trainer import ImageTrainer


class AutoencoderTrainer(ImageTrainer[AutoencoderConfig]):
    """The plain one; its grid shows images and, right of each, what became of it."""

    def _learner(self, images: Images) -> Any:
        from lab_gan.autoencoding.learner import Autoencoder

        return Autoencoder(
            self.config, images.shape, precision=self.context.precision, seed=self.context.integer("initialisation")
        )

    def model(self) -> Model:
        from lab_gan.autoencoding.model import AutoencoderModel

        return AutoencoderModel(self.config, self.images.shape, self.images.classes, self.average.values())

    def _shown(self) -> Sequence[Any]:
        model: Any = self.watched()
        given = self.images.pixels[: self.config.grid_count // 2]
        return [image for pair in zip(given, model.apply(given, {}), strict=True) for image in pair]


class VaeTrainer(ImageTrainer[Any]):
    """The variational one; its grid shows new images."""

    def _learner(self, images: Images) -> Any:
        from lab_gan.autoencoding.learner import Variational

        return Variational(
            self.config, images.shape, precision=self.context.precision, seed=self.context.integer("initialisation")
        )

    def model(self) -> Model:
        from lab_gan.autoencoding.model import VaeModel

        return VaeModel(self.config, self.images.shape, self.images.classes, self.average.values())
