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
