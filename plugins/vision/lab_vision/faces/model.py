"""MTCNN as a model that applies: boxes with five points, or the face cut out."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from lab_core.config import Config
from lab_core.errors import LabError
from lab_core.items.boxes import Boxes
from lab_core.model import Apply, Kind, Model
from lab_vision.faces.config import AlignOptions, FaceOptions

NAME = "face"


class FaceDetector(Model, Apply):
    """Finds faces: ``corners``, ``scores`` and five ``points`` each (left eye, right eye, nose, corners of the mouth)."""

    consumes, produces = Kind.IMAGE, Kind.BOXES
    options: Any = FaceOptions

    def __init__(self, *, device: str = "cpu") -> None:
        import tensorflow as tf
        from lab_tensorflow.runtime import start

        start(device=device)
        from lab_vision.faces.networks import output_network, proposal_network, refinement_network

        self.networks = (proposal_network(), refinement_network(), output_network())

        def compiled(network: Any) -> Any:
            shape = tf.TensorSpec((None, *network.input_shape[1:]), tf.float32)
            function = tf.function(lambda images: network(images, training=False), input_signature=[shape])
            return lambda images: [tensor.numpy() for tensor in function(images)]

        self._compiled = tuple(compiled(network) for network in self.networks)

    @classmethod
    def ready(cls, config: Config, *, device: str) -> Self:
        return cls(device=device)

    @classmethod
    def load(cls, folder: Path, *, device: str) -> Self:
        return cls(device=device)

    def save(self, folder: Path) -> None:
        """There is nothing to keep: the weights are part of the package."""

    def apply(self, items: Iterable[Any], options: Config) -> Iterator[Any]:
        assert isinstance(options, FaceOptions)
        for item in items:
            found, points = self.faces(np.asarray(item), options)
            size = np.array([item.shape[1], item.shape[0]], np.float32)
            corners = np.clip(found[:, :4], 0, np.tile(size, 2)).astype(np.float32)
            scores = tuple(float(score) for score in found[:, 4])
            yield Boxes(corners, (NAME,) * len(scores), scores, points.astype(np.float32))

    def faces(self, image: NDArray[np.uint8], options: FaceOptions) -> tuple[Any, Any]:
        """Faces [n, 5] and points [n, 5, 2] of an image uint8 [h, w, 1 or 3]."""
        from PIL import Image

        from lab_vision.faces.cascade import detected

        if image.ndim != 3 or image.shape[-1] not in (1, 3) or image.dtype != np.uint8:
            raise LabError(f"An image is uint8 [height, width, 1 or 3]; this is {image.dtype} {list(image.shape)}.")
        colour = np.repeat(image, 3, -1) if image.shape[-1] == 1 else image
        return detected(Image.fromarray(np.ascontiguousarray(colour)), self._compiled, options)


class FaceAligner(FaceDetector):
    """Cuts out the largest face of each image, with a margin, at one size. An image without a face is an error."""

    produces = Kind.IMAGE
    options: Any = AlignOptions

    def apply(self, items: Iterable[Any], options: Config) -> Iterator[Any]:
        from lab_vision.faces.align import aligned

        assert isinstance(options, AlignOptions)
        for item in items:
            found, _ = self.faces(np.asarray(item), options)
            yield aligned(np.asarray(item), found, options.size, options.margin)
