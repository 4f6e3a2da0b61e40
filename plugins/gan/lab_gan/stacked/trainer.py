"""Training of StackedGANs."""

from typing import Any

from lab_core.model import Model
from lab_gan.images import Images, need_classes
from lab_gan.stacked.config import StackedConfig
from lab_gan.trainer import MonitoredTrainer


class StackedTrainer(MonitoredTrainer[StackedConfig]):
    """Encoder first, then each level alone, then jointly; the phase follows from the step."""

    def check_images(self, images: Images) -> None:
        need_classes(images, self.config, "a StackedGAN")

    def make_learner(self) -> Any:
        from lab_gan.stacked.learner import Stacked

        classes = len(self.images.classes)
        return Stacked(self.config, self.images.shape, classes, precision=self.context.precision, seed=self.seed)

    def model(self) -> Model:
        from lab_gan.stacked.model import StackedModel

        return StackedModel.of(self.config, self.images.shape, self.images.classes, self.average.values())
