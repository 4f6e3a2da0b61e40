"""Models of images: networks that were trained on images of one shape."""

from collections.abc import Mapping, Sequence
from typing import Any, Self

from lab_tensorflow.network_model import NetworkModel
from numpy.typing import NDArray

from lab_gan.images import Shape


class ImageModel(NetworkModel):
    """Networks for images of one ``shape`` [height, width, channels]; ``classes`` are the names of their labels, or ()."""

    shape: Shape
    classes: tuple[str, ...]

    def __init__(self, config: Any, weights: Mapping[str, NDArray[Any]], about: Mapping[str, Any] | None = None) -> None:
        about = dict(about or {})
        height, width, channels = (int(side) for side in about["shape"])
        self.shape, self.classes = (height, width, channels), tuple(str(name) for name in about["classes"])
        super().__init__(config, weights, about)

    @classmethod
    def of(cls, config: Any, shape: Shape, classes: Sequence[str], weights: Mapping[str, NDArray[Any]]) -> Self:
        """A model of weights by ``NETWORK/LAYER/VARIABLE``."""
        return cls(config, weights, {"shape": list(shape), "classes": list(classes)})


def to_pixels(images: Any) -> Any:
    """Images float32 in -1..1 as uint8, rounded."""
    import tensorflow as tf

    return tf.cast(tf.clip_by_value(tf.round(127.5 * images + 127.5), 0, 255), tf.uint8)


def from_pixels(images: Any) -> Any:
    """Images uint8 as float32 in -1..1."""
    import tensorflow as tf

    return tf.cast(images, tf.float32) / 127.5 - 1
