"""Training of CenterNet."""

from typing import Any

from lab_core.model import Model
from lab_vision.detection.trainer import DetectionTrainer


class CentreTrainer(DetectionTrainer):
    """Heat map, sides and offsets from images with boxes."""

    def make_learner(self) -> Any:
        from lab_vision.detection.centre.learner import CentreLearner

        about, seed = self.about, self.context.integer("initialisation")
        return CentreLearner(self.config, about["channels"], len(self.classes), precision=self.context.precision, seed=seed)

    def model(self) -> Model:
        from lab_vision.detection.centre.model import CentreModel

        return CentreModel(self.config, self.average.values(), self.about)
