"""Training of the diffusion model."""

from typing import Any

from lab_core.errors import LabError
from lab_core.model import Model
from lab_gan.diffusion.config import DiffusionConfig
from lab_gan.images import Images
from lab_gan.trainer import ImageTrainer


class DiffusionTrainer(ImageTrainer[DiffusionConfig]):
    """Its grid shows images from the same noise each time."""

    def _learner(self, images: Images) -> Any:
        from lab_gan.diffusion.learner import Diffusion

        if self.config.condition and len(images.classes) < 2:
            raise LabError(
                f"{self.config.data} has no classes, and condition=true needs them.", "Use a folder with one folder a class."
            )
        seed = self.context.integer("initialisation")
        return Diffusion(self.config, images.shape, len(images.classes), precision=self.context.precision, seed=seed)

    def model(self) -> Model:
        from lab_gan.diffusion.model import DiffusionModel

        return DiffusionModel(self.config, self.images.shape, self.images.classes, self.average.values())
