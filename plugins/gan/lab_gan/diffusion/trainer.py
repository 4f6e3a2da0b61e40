"""Training of the diffusion model."""

from typing import Any

from lab_core.model import Model
from lab_gan.diffusion.config import DiffusionConfig
from lab_gan.images import Images, need_classes
from lab_gan.trainer import ImageTrainer


class DiffusionTrainer(ImageTrainer[DiffusionConfig]):
    """Its grid shows images from the same noise each time."""

    def check_images(self, images: Images) -> None:
        if self.config.condition:
            need_classes(images, self.config, "condition=true")

    def make_learner(self) -> Any:
        from lab_gan.diffusion.learner import Diffusion

        classes = len(self.images.classes)
        return Diffusion(self.config, self.images.shape, classes, precision=self.context.precision, seed=self.seed)

    def model(self) -> Model:
        from lab_gan.diffusion.model import DiffusionModel

        return DiffusionModel.of(self.config, self.images.shape, self.images.classes, self.average.values())
