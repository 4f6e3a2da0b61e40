"""Training of classifiers on images with labels: an embedded set, a download, or the user's folder with one folder a class."""

from collections.abc import Mapping
from typing import Any

from lab_tensorflow.compiled_trainer import CompiledTrainer
from lab_tensorflow.footprint import training_bytes
from lab_tensorflow.memory_columns import checked, fingerprint

from lab_core.context import Context
from lab_core.model import Model
from lab_core.task import Task
from lab_core.trainer import Media
from lab_vision.classification.config import ClassificationConfig
from lab_vision.classification.data import labelled_images


class ClassificationTrainer(CompiledTrainer[ClassificationConfig]):
    """Cross-entropy on minibatches, augmented inside the compiled loop. A step is an update.

    With ``train=head`` the columns are features instead of images, one row for each image and its mirror image.
    """

    item_word = "images"
    memory_settings = ("batch_size", "size")

    def __init__(self, task: Task, config: ClassificationConfig, context: Context) -> None:
        self._splits: dict[str, Any] = {}
        super().__init__(task, config, context)
        self.data_hash = fingerprint(checked(self._images))  # of the images: features differ by rounding from machine to machine

    def make_data(self) -> Mapping[str, Any]:
        found = self._labelled("train")
        self.classes: tuple[str, ...] = found.classes
        self._images = {"image": found["image"], "label": found["label"]}
        self.channels = int(found["image"].shape[-1])
        return self._columns(self._images, flip=self.config.flip)

    def make_validation(self) -> Mapping[str, Any]:
        found = self._labelled("validation")
        return self._columns({"image": found["image"], "label": found["label"]}, flip=False)

    def make_learner(self) -> Any:
        from lab_vision.classification.learner import Classifier, HeadClassifier

        seed = self.context.integer("initialisation")
        kind = HeadClassifier if self.config.features_once else Classifier
        return kind(self.config, self.channels, len(self.classes), precision=self.context.precision, seed=seed)

    def prepare(self, items: Mapping[str, Any], noise: Any) -> Mapping[str, Any]:
        from lab_vision.classification.preparation import prepare

        if self.config.features_once:
            return items
        return {"image": prepare(items["image"], self.config, noise), "label": items["label"]}

    def media(self) -> tuple[Media, ...]:
        from lab_vision.classification.mistakes import mistakes, sheet

        found = self._labelled("validation")
        some = slice(0, 1_000)
        wrong = mistakes(self.preview(), found["image"][some], found["label"][some], found.classes)
        return (Media("mistakes", sheet(wrong[: self.config.media_count])),) if wrong else ()

    def model(self) -> Model:
        from lab_vision.classification.model import ClassifierModel

        about = {"classes": list(self.classes), "channels": self.channels}
        return ClassifierModel(self.config, self.average.values(), about)

    def _labelled(self, split: str) -> Any:
        if split not in self._splits:
            self._splits[split] = labelled_images(self.config, split)
        return self._splits[split]

    def _columns(self, images: Mapping[str, Any], *, flip: bool) -> Mapping[str, Any]:
        if not self.config.features_once:
            return images
        import numpy as np

        from lab_vision.classification.networks import features

        views = [images["image"], images["image"][:, :, ::-1]] if flip else [images["image"]]
        found = np.concatenate([features(self.config, view) for view in views])
        return {"features": found, "label": np.tile(images["label"], len(views))}

    @classmethod
    def memory(cls, config: ClassificationConfig) -> int:
        pixels = 3 * config.size**2
        return 60_000 * pixels + training_bytes() + config.batch_size * pixels * 600
