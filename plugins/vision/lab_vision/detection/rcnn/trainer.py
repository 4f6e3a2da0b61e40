"""Training of Faster R-CNN."""

from typing import Any

from lab_core.model import Model
from lab_vision.detection.trainer import DetectionTrainer


class RcnnTrainer(DetectionTrainer):
    """Both stages at once from images with boxes."""

    def make_learner(self) -> Any:
        from lab_vision.detection.rcnn.learner import RcnnLearner

        about, seed = self.about, self.context.integer("initialisation")
        return RcnnLearner(self.config, about["channels"], len(self.classes), precision=self.context.precision, seed=seed)

    def model(self) -> Model:
        from lab_vision.detection.rcnn.model import RcnnModel

        return RcnnModel(self.config, self.average.values(), self.about)
