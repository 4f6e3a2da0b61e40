"""Training of classifiers on images with labels: an embedded set, a download, or the user's folder with one folder a class."""

from collections.abc import Mapping
from typing import Any

from lab_tensorflow.compiled_trainer import CompiledTrainer
from lab_tensorflow.footprint import training_bytes

from lab_core.model import Model
from lab_vision.classification.config import ClassificationConfig


class ClassificationTrainer(CompiledTrainer[ClassificationConfig]):
    """Cross-entropy on minibatches, augmented inside the compiled loop. A step is an update."""

    item_word = "images"
    memory_settings = ("batch_size", "size")

    def make_data(self) -> Mapping[str, Any]:
        found = labelled_images(self.config, "train")
        self.classes: tuple[str, ...] = found.classes
        return {"image": found["image"], "label": found["label"]}

    def make_validation(self) -> Mapping[str, Any]:
        found = labelled_images(self.config, "validation")
        return {"image": found["image"], "label": found["label"]}

    def make_learner(self) -> Any:
        from lab_vision.classification.learner import Classifier

        channels = self.columns["image"].shape[-1]
        seed = self.context.integer("initialisation")
        return Classifier(self.config, channels, len(self.classes), precision=self.context.precision, seed=seed)

    def prepare(self, items: Mapping[str, Any], noise: Any) -> Mapping[str, Any]:
        from lab_vision.classification.preparation import prepare

        return {"image": prepare(items["image"], self.config, noise), "label": items["label"]}

    def model(self) -> Model:
        from lab_vision.classification.model import ClassifierModel

        about = {"classes": list(self.classes), "channels": int(self.columns["image"].shape[-1])}
        return ClassifierModel(self.config, self.average.values(), about)

    @classmethod
    def memory(cls, config: ClassificationConfig) -> int:
        pixels = 3 * config.size**2
        return 60_000 * pixels + training_bytes() + config.batch_size * pixels * 600


def labelled_images(config: ClassificationConfig, split: str) -> Any:
    """Columns ``image`` uint8 [n, size, size, c] and ``label`` int32 [n]; raises UsageError for data without two classes."""
    from lab_datasets.loading import load_columns

    found = load_columns(config, split, kind="images")
    found.need("image", "label")
    found.need_classes("a classifier")
    return found
