"""What a paired method translates into what."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from lab_image_translation.paired.config import ApplyOptions, PairedConfig

Pixels = NDArray[np.uint8]
Columns = Mapping[str, NDArray[Any]]


class Problem(ABC):
    """One kind of pairs: the stored columns, a batch of them as tensors, the generator, and the way from pixels to pixels.

    config_type, options   of the tasks that solve it
    operation, parameters  what makes held-out pairs (:mod:`lab_image_translation.held_out`), and the config fields it needs
    multiple               height and width that the generator needs are multiples of this
    scale                  factor from the size of its input to that of its result
    about                  what the generator's shape depends on besides the config, ready for JSON; filled by :meth:`columns`

    Tensors are float32 [batch, height, width, channels]; their range is the problem's own.
    """

    config_type: ClassVar[type[PairedConfig]]
    options: ClassVar[type[ApplyOptions]] = ApplyOptions
    operation: ClassVar[str]
    parameters: ClassVar[tuple[str, ...]] = ()
    scale: int = 1

    def __init__(self, config: Any, about: Mapping[str, Any] | None = None) -> None:
        self.config = config
        self.about: dict[str, Any] = dict(about or {})

    @property
    @abstractmethod
    def multiple(self) -> int: ...

    @abstractmethod
    def columns(self, split: str) -> Columns:
        """The pairs of a split as they are kept in memory, arrays of equal length."""

    @abstractmethod
    def example(self, items: Mapping[str, Any], noise: Any) -> dict[str, Any]:
        """``input``, ``target`` and what else :meth:`run` and :meth:`pixel_loss` need, of gathered items.

        Runs in the graph. ``noise`` is the update's :class:`~lab_tensorflow.noise.Noise`.
        """

    @abstractmethod
    def generator(self, *, dtype: str, seed: int) -> Any:
        """The untrained Keras network."""

    def run(self, generator: Any, batch: Mapping[str, Any], seed: Any, *, training: bool) -> Any:
        """The prediction float32 for ``batch["input"]``; ``seed`` int32 [2] is the dropout's."""
        return generator(batch["input"], training=training)

    def pixel_loss(self, prediction: Any, batch: Mapping[str, Any]) -> Any:
        """The pixel loss that the config names."""
        from lab_tensorflow.losses import reconstruction

        from lab_image_translation.losses import binary_cross_entropy

        found: dict[str, Callable[[Any, Any], Any]] = {
            "l1": reconstruction.absolute_error,
            "charbonnier": reconstruction.charbonnier,
            "mse": reconstruction.squared_error,
            "cross-entropy": binary_cross_entropy,
        }
        return found[self.config.loss](batch["target"], prediction)

    @property
    def judged_channels(self) -> int:
        """Channels that the discriminator sees: the input's and the target's."""
        return int(self.about["inputs"]) + int(self.about["outputs"])

    def judged(self, images: Any, batch: Mapping[str, Any]) -> Any:
        """What the discriminator sees of targets or predictions: the input beside them."""
        import tensorflow as tf

        return tf.concat([batch["input"], images], -1)

    def colours(self, images: Any, batch: Mapping[str, Any]) -> Any:
        """Targets or predictions as RGB in 0..255, for the perceptual loss."""
        raise NotImplementedError(f"{type(self).__name__} has no perceptual loss; set perceptual_weight=0")

    @abstractmethod
    def translated(self, predict: Callable[[Mapping[str, Any], Any], Any], images: Pixels, options: Any) -> Pixels:
        """uint8 [n, h, w, channels] of one size (multiples of ``multiple``) to uint8 results; ``predict(batch, seed)`` is
        compiled."""

    @property
    def held_out_values(self) -> dict[str, str]:
        """What the benchmark makes its held-out pairs from, as text (:func:`lab_image_translation.held_out.pairs`)."""
        return {"data": self.config.data} | {name: str(getattr(self.config, name)) for name in self.parameters}

    def accepted(self, image: Pixels, options: Any) -> Pixels:
        """An image with the channels that :meth:`translated` takes."""
        return with_channels(image, int(self.about["channels"]))


def with_channels(image: Pixels, channels: int) -> Pixels:
    """uint8 [h, w, 1 or 3] as grey (Rec. 601 luma) or colour."""
    if image.shape[2] == channels:
        return image
    if channels == 1:
        return np.round(image @ np.array([0.299, 0.587, 0.114]))[..., None].astype(np.uint8)
    return np.repeat(image, 3, axis=2)


def to_pixels(values: NDArray[Any]) -> Pixels:
    """Numbers in 0..255 as bytes, rounded and clipped."""
    return np.clip(np.round(values), 0, 255).astype(np.uint8)
