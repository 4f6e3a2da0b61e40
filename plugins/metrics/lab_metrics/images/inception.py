"""Inception's features for the FID, where a user has the network: it can't be shipped.

    LAB_INCEPTION=classify_image_graph_def.pb lab eval RUN

The frozen graph is the one of 2015-12-05 with which Heusel et al. 2017 published the FID, and with which most papers measure. It
takes pixels 0 to 255 of any size, enlarges them to 299 itself (bilinear), and ``pool_3`` gives 2,048 numbers. Its hash stands in
the signature.
"""

import hashlib
import os
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lab_core.errors import LabError
from lab_metrics.images.arrays import Images

VARIABLE = "LAB_INCEPTION"
BATCH = 50
_PIXELS, _FEATURES = "ExpandDims:0", "pool_3:0"  # names of the published graph


class Inception:
    """The network of a frozen graph; ``name`` says which."""

    def __init__(self, path: Path) -> None:
        from lab_tensorflow import runtime

        tf = runtime.start()
        try:
            content = path.read_bytes()
            graph = tf.compat.v1.GraphDef.FromString(content)
        except OSError as error:
            raise LabError(f"{VARIABLE}={path} can't be read: {error.strerror}.") from None
        except Exception as error:  # protobuf's DecodeError, whose module depends on its version
            raise LabError(f"{VARIABLE}={path} is no frozen graph of TensorFlow: {error}.") from None
        self.name = f"inception@{hashlib.sha256(content).hexdigest()[:8]}"

        def forward(images: Any) -> Any:
            (found,) = tf.import_graph_def(graph, input_map={_PIXELS: images}, return_elements=[_FEATURES])
            return tf.reshape(found, [BATCH, -1])

        try:
            signature = [tf.TensorSpec([BATCH, None, None, 3], tf.float32)]
            self._forward = tf.compat.v1.wrap_function(forward, signature)
        except ValueError as error:
            raise LabError(
                f"{VARIABLE}={path} is not Inception as it was published: {error}.",
                f"A graph from {_PIXELS} (pixels) to {_FEATURES} (features) is expected.",
            ) from None

    def features(self, images: Images) -> NDArray[np.float32]:
        """Features float32 [n, 2048] of uint8 images [n, height, width, 1 or 3]; grey is shown as three equal channels."""
        from lab_tensorflow import runtime

        tf = runtime.start()
        batch = np.zeros((BATCH, *images.shape[1:3], 3), np.float32)
        found = []
        for start in range(0, len(images), BATCH):
            part = images[start : start + BATCH]
            batch[: len(part)] = part
            found.append(self._forward(tf.constant(batch)).numpy()[: len(part)])
        return np.concatenate(found)


def installed() -> Inception | None:
    """The network that the environment names, read once a process; raises LabError for a file that isn't one."""
    path = os.environ.get(VARIABLE)
    return _read(Path(path).expanduser().resolve()) if path else None


@cache
def _read(path: Path) -> Inception:
    return Inception(path)
