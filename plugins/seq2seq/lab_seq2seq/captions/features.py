"""Image features: EfficientNet-Lite0's last feature map, one vector a region of 32 pixels."""

from collections.abc import Iterable
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

CHANNELS = 1280
_BATCH = 16


@cache
def _extractor(size: int) -> Any:
    import tensorflow as tf
    from lab_tensorflow.pretrained.efficientnet_lite0 import build

    network = build(size, classes=None)

    @tf.function(input_signature=[tf.TensorSpec((None, None, None, 3), tf.uint8)])
    def extract(images: Any) -> Any:
        resized = tf.image.resize(tf.cast(images, tf.float32), (size, size), antialias=True)
        return tf.reshape(network(resized, training=False), (-1, (size // 32) ** 2, CHANNELS))

    return extract


def features(images: Iterable[NDArray[np.uint8]], size: int) -> NDArray[np.float16]:
    """float16 [n, (size / 32)^2, 1280] of images uint8 [h, w, 3] of one size, read at ``size`` pixels."""
    found = list(images)
    extract = _extractor(size)
    parts = [extract(np.stack(found[begin : begin + _BATCH])).numpy() for begin in range(0, len(found), _BATCH)]
    return np.concatenate(parts).astype(np.float16)
