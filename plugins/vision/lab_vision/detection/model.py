"""What detectors have in common: fitting an image, the best boxes of each, and the way back to the image's own pixels."""

from abc import abstractmethod
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np
from lab_metrics.boxes.overlap import suppressed
from lab_tensorflow.batching import in_batches, padded
from lab_tensorflow.network_model import NetworkModel
from numpy.typing import NDArray

from lab_core.config import Config
from lab_core.errors import LabError
from lab_core.items.boxes import Boxes
from lab_core.model import Apply, Kind
from lab_vision.detection.config import DetectOptions


class Fit(NamedTuple):
    """An image as the network sees it, uint8 [size, size, c]; ``scale`` and ``shift`` (x, y) of its pixels; its own size."""

    image: NDArray[np.uint8]
    scale: NDArray[np.float32]
    shift: NDArray[np.float32]
    width: int
    height: int


class DetectorModel(NetworkModel, Apply):
    """Finds objects. ``about``: ``classes`` (names) and ``channels`` (1 or 3)."""

    consumes, produces = Kind.IMAGE, Kind.BOXES
    options = DetectOptions
    batch = 16

    def __init__(self, config: Any, weights: Mapping[str, Any], about: Mapping[str, Any] | None = None) -> None:
        import tensorflow as tf

        super().__init__(config, weights, about)
        self.classes: tuple[str, ...] = tuple(self.about["classes"])
        self._compiled = tf.function(lambda images: self.detect(tf.cast(images, tf.float32) / 255.0), reduce_retracing=True)

    @abstractmethod
    def detect(self, images: Any) -> tuple[Any, Any, Any]:
        """Candidates of images float32 [batch, size, size, c] in 0..1, as TensorFlow operations.

        Boxes float32 [batch, n, 4] in the network's pixels, scores [batch, n] 0 to 1, classes int32 [batch, n].
        """

    def apply(self, items: Iterable[Any], options: Config) -> Iterator[Boxes]:
        assert isinstance(options, DetectOptions)
        for part in in_batches(items, self.batch):
            fits = [fit(item, self.config.size, int(self.about["channels"])) for item in part]
            found = self._compiled(padded(np.stack([one.image for one in fits]), self.batch))
            boxes, scores, classes = (tensor.numpy() for tensor in found)
            for number, one in enumerate(fits):
                yield self._chosen(one, boxes[number], scores[number], classes[number], options)

    def _chosen(self, one: Fit, boxes: Any, scores: Any, classes: Any, options: DetectOptions) -> Boxes:
        """Boxes above the threshold, without those that overlap a better one, in the image's own pixels."""
        limit = np.array([one.width, one.height] * 2, np.float32)
        corners = (boxes - np.tile(one.shift, 2)) / np.tile(one.scale, 2)
        corners = np.clip(corners, 0, limit).astype(np.float32)
        sound = (scores >= options.threshold) & (corners[:, 2:] > corners[:, :2]).all(1)
        corners, scores, classes = corners[sound], scores[sound], classes[sound]
        kept = suppressed(corners, scores, options.overlap, classes)[: options.most]
        names = tuple(self.classes[int(number)] for number in classes[kept])
        return Boxes(corners[kept], names, tuple(float(score) for score in scores[kept]))


def fit(image: Any, size: int, channels: int) -> Fit:
    """An image uint8 [h, w, 1 or 3] scaled and padded with white to a square, as the user's own data are for training."""
    from lab_datasets.fitting import recoloured
    from lab_datasets.own.boxes import fitted
    from PIL import Image

    image = np.asarray(image)
    if image.ndim != 3 or image.shape[-1] not in (1, 3) or image.dtype != np.uint8 or 0 in image.shape:
        raise LabError(f"An image is uint8 [height, width, 1 or 3]; this is {image.dtype} {list(image.shape)}.")
    image = recoloured(image[None], channels == 1)[0]
    height, width = image.shape[:2]
    picture = Image.fromarray(np.ascontiguousarray(np.squeeze(image, -1) if channels == 1 else image))
    corners = np.array([[0, 0, width, height]], np.float32)
    pixels, moved = fitted(picture, corners, size, "pad")
    x0, y0, x1, y1 = moved[0]
    scale = np.array([(x1 - x0) / width, (y1 - y0) / height], np.float32)
    return Fit(pixels, scale, np.array([x0, y0], np.float32), width, height)
