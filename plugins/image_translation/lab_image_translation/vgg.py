"""Features of VGG16's convolutions, for style, perceptual losses and feature distances.

The weights are :mod:`lab_tensorflow.pretrained.vgg16`'s (fine-tuned for edges): numbers made with them are comparable only with
each other, and carry :data:`NAME`.
"""

from collections.abc import Sequence
from typing import Any

from lab_tensorflow.pretrained.vgg16 import LAYERS, MEAN, arrays

from lab_core.errors import unknown

NAME = "vgg16-hed@2.0.0"


def check_layers(names: Sequence[str]) -> None:
    """Raise UsageError for a name that is no layer."""
    for name in names:
        if name not in LAYERS:
            raise unknown("VGG16 layer", name, LAYERS)


def features(images: Any, names: Sequence[str], *, pooling: str = "max") -> dict[str, Any]:
    """Activations after ReLU by layer name, of RGB images float32 [batch, h, w, 3] in 0..255; differentiable.

    Each block but the first begins with 2x2 pooling, ``max`` as trained or ``average`` (Gatys et al. 2016). Nothing behind the
    deepest named layer is computed.
    """
    import tensorflow as tf

    weights = arrays()
    pool = tf.nn.max_pool2d if pooling == "max" else tf.nn.avg_pool2d
    x = tf.reverse(images, [-1]) - tf.constant(MEAN)
    found: dict[str, Any] = {}
    deepest = max(LAYERS.index(name) for name in names)
    for place, name in enumerate(LAYERS[: deepest + 1]):
        if name.endswith("_1") and place:
            x = pool(x, 2, 2, "SAME")
        kernel, bias = weights[name]
        x = tf.nn.relu(tf.nn.bias_add(tf.nn.conv2d(x, tf.constant(kernel), 1, "SAME"), tf.constant(bias)))
        if name in names:
            found[name] = x
    return found


def perceptual_loss(a: Any, b: Any, layer: str) -> Any:
    """Mean squared difference of one layer's features (Johnson et al. 2016, equation 2) of images in 0..255."""
    import tensorflow as tf

    return tf.reduce_mean(tf.square(features(a, [layer])[layer] - features(b, [layer])[layer]))


DISTANCE_LAYERS = ("conv1_2", "conv2_2", "conv3_3", "conv4_3", "conv5_3")


def feature_distance(a: Any, b: Any) -> Any:
    """Distance [batch] of images in 0..255, after Zhang et al. 2018 (LPIPS) without learnt weights.

    Features are scaled to unit length over channels at every place; their squared difference is averaged over places and
    summed over the last layers of the five blocks. 0 for equal images, at most 20.
    """
    import tensorflow as tf

    total: Any = 0.0
    first, second = features(a, DISTANCE_LAYERS), features(b, DISTANCE_LAYERS)
    for name in DISTANCE_LAYERS:
        x, y = (tf.math.l2_normalize(part[name], -1, 1e-10) for part in (first, second))
        total += tf.reduce_mean(tf.reduce_sum(tf.square(x - y), -1), [1, 2])
    return total
