"""Training of autoencoders."""

from collections.abc import Sequence
from typing import Any

from lab_core.model import Model
from lab_gan.autoencoding.config import AutoencoderConfig
from lab_gan.trainer import ImageTrainer


class AutoencoderTrainer(ImageTrainer[AutoencoderConfig]):
    """Its grid shows images and, to the right of each, its reconstruction."""

    def make_learner(self) -> Any:
        from lab_gan.autoencoding.learner import Autoencoder

        return Autoencoder(self.config, self.images.shape, precision=self.context.precision, seed=self.seed)

    def model(self) -> Model:
        from lab_gan.autoencoding.model import AutoencoderModel

        return AutoencoderModel.of(self.config, self.images.shape, self.images.classes, self.average.values())

    def grid_images(self) -> Sequence[Any]:
        model = self.preview()
        images = self.images.pixels[: self.config.media_count // 2]
        return [image for pair in zip(images, model.apply(images, model.options()), strict=True) for image in pair]


class VaeTrainer(ImageTrainer[Any]):
    """The variational one; its grid shows samples."""

    def make_learner(self) -> Any:
        from lab_gan.autoencoding.learner import Variational

        return Variational(self.config, self.images.shape, precision=self.context.precision, seed=self.seed)

    def model(self) -> Model:
        from lab_gan.autoencoding.model import VaeModel

        return VaeModel.of(self.config, self.images.shape, self.images.classes, self.average.values())
