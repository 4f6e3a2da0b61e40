"""A trained classifier: images in, the names of classes with their probabilities out."""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any

import numpy as np
from lab_tensorflow.network_model import NetworkModel
from numpy.typing import NDArray

from lab_core.config import Config, about
from lab_core.errors import LabError
from lab_core.items.labels import Labels
from lab_core.model import Apply, Export, Kind
from lab_vision.classification.config import ClassificationConfig


class ClassifyOptions(Config, frozen=True, kw_only=True):
    """What ``lab apply --with`` takes."""

    top: Annotated[int, about("Classes that are named, the most probable first; 0: all", ge=0)] = 0


class LabelModel(Apply):
    """What every classifier here shares: images are fitted as the training's were, chances become names."""

    consumes, produces = Kind.IMAGE, Kind.LABELS
    options = ClassifyOptions
    config: Any
    classes: tuple[str, ...]
    channels: int

    def chances(self, images: Iterable[NDArray[np.uint8]]) -> Iterator[NDArray[Any]]:
        """Probabilities [classes] of each fitted image uint8 [size, size, channels], lazily and in order."""
        raise NotImplementedError

    def apply(self, items: Iterable[Any], options: Config) -> Iterator[Labels]:
        assert isinstance(options, ClassifyOptions)
        count = min(options.top or len(self.classes), len(self.classes))
        for chances in self.chances(self.fitted(item) for item in items):
            order = np.argsort(-chances, kind="stable")[:count]
            yield Labels(tuple(self.classes[place] for place in order), tuple(float(chances[place]) for place in order))

    def fitted(self, image: Any) -> NDArray[np.uint8]:
        """An image uint8 [h, w, 1 or 3] as the training saw it, uint8 [size, size, channels]; raises LabError."""
        from lab_datasets.fitting import fit_one

        image = np.asarray(image)
        if image.ndim != 3 or image.shape[-1] not in (1, 3) or image.dtype != np.uint8:
            raise LabError(f"An image is uint8 [height, width, 1 or 3]; this is {image.dtype} {list(image.shape)}.")
        return fit_one(image, self.config.size, channels=self.channels, crop=self.config.crop)


class ClassifierModel(NetworkModel, LabelModel, Export):
    """A network that names what an image shows."""

    config_type = ClassificationConfig
    formats = ("saved-model", "tflite", "onnx", "npz")

    def __init__(self, config: Any, weights: Mapping[str, Any], about: Mapping[str, Any] | None = None) -> None:
        import tensorflow as tf

        super().__init__(config, weights, about)
        self.classes = tuple(self.about["classes"])
        self.channels = int(self.about["channels"])
        self.predict = tf.function(self.probabilities, reduce_retracing=True)

    def make_networks(self) -> Mapping[str, Any]:
        from lab_vision.classification.networks import make_network

        channels, classes = int(self.about["channels"]), len(self.about["classes"])
        return {"classifier": make_network(self.config, channels, classes, dtype="float32", seed=0, pretrained=False)}

    def chances(self, images: Iterable[NDArray[np.uint8]]) -> Iterator[NDArray[Any]]:
        return self.batched(self.predict, images)

    def probabilities(self, images: Any) -> Any:
        """Images uint8 [batch, size, size, channels] -> probabilities float32 [batch, classes], as TensorFlow operations."""
        import tensorflow as tf

        from lab_vision.classification.preparation import prepare

        logits = self.networks["classifier"](prepare(images, self.config, None), training=False)
        return tf.nn.softmax(tf.cast(logits, tf.float32))

    def export(self, folder: Path, form: str) -> str:
        """Images uint8 in, probabilities out, with the preparation inside; the classes' names in ``labels.txt``."""
        from lab_tensorflow import exporting

        (folder / "labels.txt").write_text("".join(f"{name}\n" for name in self.classes))
        shape = (None, self.config.size, self.config.size, self.channels)
        usage = exporting.write(
            folder, form, self.probabilities, inputs={"image": (shape, "uint8")}, output="probabilities", networks=self.networks
        )
        side = self.config.size
        return f"{usage}\nColumn i of the probabilities belongs to line i of labels.txt; images are {side} x {side} pixels.\n"
