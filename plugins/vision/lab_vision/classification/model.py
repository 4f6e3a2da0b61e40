"""A trained classifier: images in, the names of classes with their probabilities out."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Annotated, Any

import numpy as np
from lab_tensorflow.network_model import NetworkModel

from lab_core.config import Config, about
from lab_core.errors import LabError
from lab_core.items.labels import Labels
from lab_core.model import Apply, Kind
from lab_vision.classification.config import ClassificationConfig


class ClassifyOptions(Config, frozen=True, kw_only=True):
    """What ``lab apply --with`` takes."""

    top: Annotated[int, about("Classes that are named, the most probable first; 0: all", ge=0)] = 5


class ClassifierModel(NetworkModel, Apply):
    """Names what an image shows. Images of another size or colour are fitted as the training's were."""

    config_type = ClassificationConfig
    consumes, produces = Kind.IMAGE, Kind.LABELS
    options = ClassifyOptions

    def __init__(self, config: Any, weights: Mapping[str, Any], about: Mapping[str, Any] | None = None) -> None:
        import tensorflow as tf

        super().__init__(config, weights, about)
        self.classes: tuple[str, ...] = tuple(self.about["classes"])
        self._probabilities = tf.function(self._predict, reduce_retracing=True)

    def make_networks(self) -> Mapping[str, Any]:
        from lab_vision.classification.networks import make_network

        channels, classes = int(self.about["channels"]), len(self.about["classes"])
        return {"classifier": make_network(self.config, channels, classes, dtype="float32", seed=0, pretrained=False)}

    def apply(self, items: Iterable[Any], options: Config) -> Iterator[Labels]:
        assert isinstance(options, ClassifyOptions)
        count = min(options.top or len(self.classes), len(self.classes))
        for chances in self.batched(self._probabilities, (self.fitted(item) for item in items)):
            order = np.argsort(-chances, kind="stable")[:count]
            yield Labels(tuple(self.classes[place] for place in order), tuple(float(chances[place]) for place in order))

    def fitted(self, image: Any) -> Any:
        """An image uint8 [h, w, 1 or 3] as the training saw it, uint8 [size, size, channels]."""
        from lab_datasets.fitting import fit_one

        image = np.asarray(image)
        if image.ndim != 3 or image.shape[-1] not in (1, 3) or image.dtype != np.uint8:
            raise LabError(f"An image is uint8 [height, width, 1 or 3]; this is {image.dtype} {list(image.shape)}.")
        return fit_one(image, self.config.size, channels=int(self.about["channels"]), crop=self.config.crop)

    def _predict(self, images: Any) -> Any:
        import tensorflow as tf

        from lab_vision.classification.preparation import prepare

        logits = self.networks["classifier"](prepare(images, self.config, None), training=False)
        return tf.nn.softmax(tf.cast(logits, tf.float32))
