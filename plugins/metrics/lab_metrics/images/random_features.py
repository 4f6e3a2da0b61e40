"""Features without training: a convolution network with fixed random weights, for images that have no classifier.

Random convolutions keep which images are alike well enough for precision and recall (Naeem et al. 2020, section 4.2, use a
randomly initialised VGG). Three layers of stride 2, rectified; the last maps' means over the four quarters are the features.
"""

from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lab_metrics.images.arrays import Images

NAME = "random-conv-1"  # part of every signature: changes when a number below does
SEED = 20261121
LAYERS = ((5, 32), (3, 64), (3, 128))  # side of the kernel, maps
BATCH = 100


def random_features(images: Images) -> NDArray[np.float32]:
    """Features float32 [n, 512] of uint8 images [n, height, width, 1 or 3]; the same in every process."""
    forward = _compiled(tuple(images.shape[1:]))
    features = np.empty((len(images), 4 * LAYERS[-1][1]), np.float32)
    batch = np.zeros((BATCH, *images.shape[1:]), np.uint8)
    for start in range(0, len(images), BATCH):
        part = images[start : start + BATCH]
        batch[: len(part)] = part
        features[start : start + len(part)] = forward(batch).numpy()[: len(part)]
    return features


@cache
def _compiled(shape: tuple[int, ...]) -> Any:
    from lab_tensorflow import runtime

    tf = runtime.start()
    rng = np.random.default_rng(SEED)
    kernels, channels = [], shape[2]
    for side, maps in LAYERS:
        fan_in = side * side * channels
        kernels.append(tf.constant((rng.standard_normal((side, side, channels, maps)) * (2 / fan_in) ** 0.5).astype(np.float32)))
        channels = maps

    def forward(images: Any) -> Any:
        x = tf.cast(images, tf.float32) / 127.5 - 1.0
        for kernel in kernels:
            x = tf.nn.relu(tf.nn.conv2d(x, kernel, 2, "SAME"))
        top, left = x.shape[1] // 2, x.shape[2] // 2
        quarters = (x[:, :top, :left], x[:, :top, left:], x[:, top:, :left], x[:, top:, left:])
        return tf.concat([tf.reduce_mean(quarter, axis=[1, 2]) for quarter in quarters], axis=1)

    return tf.function(forward, input_signature=[tf.TensorSpec([BATCH, *shape], tf.uint8)])
