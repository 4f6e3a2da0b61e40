"""Training of StackedGANs."""

from typing import Any

from lab_core.model import Model
from lab_gan.images import Images, need_classes
from lab_gan.monitor import Monitor
from lab_gan.stacked.config import StackedConfig
from lab_gan.trainer import ImageTrainer


class StackedTrainer(ImageTrainer[StackedConfig]):
    """Encoder first, then each level alone, then jointly; the phase follows from the step."""

    def _learner(self, images: Images) -> Any:
        from lab_gan.stacked.learner import Stacked

        need_classes(images, self.config, "a StackedGAN")
        seed = self.context.integer("initialisation")
        return Stacked(self.config, images.shape, len(images.classes), precision=self.context.precision, seed=seed)

    def _monitor(self) -> Monitor:
        return Monitor(self.images, data=self.config.data, loss=self.config.loss)

    def model(self) -> Model:
        from lab_gan.stacked.model import StackedModel

        return StackedModel(self.config, self.images.shape, self.images.classes, self.average.values())
