"""The two networks of a small Faster R-CNN: region proposals on a feature map, and two heads on pooled regions."""

from typing import Any

import keras
from keras import layers

from lab_vision.detection.backbone import backbone, block, joined

STRIDE = 8


def proposal_network(size: int, channels: int, width: int, anchors: int, *, dtype: Any, seed: int) -> keras.Model:
    """Images float32 [batch, size, size, channels] in 0..1 to features, objectness and offsets of the anchors.

    Features [batch, size/8, size/8, 4 width]; logits [batch, n] and offsets [batch, n, 4] with n = (size/8)^2 anchors, in the
    order of :func:`lab_vision.detection.anchors.grid` (``anchors`` at each position).
    """
    keras.utils.set_random_seed(seed % (1 << 31))
    image = keras.Input((size, size, channels), name="image")
    _, middle, coarse = backbone(image, width, dtype)
    features = block(joined(coarse, middle, 4 * width, "join_8", dtype), 4 * width, "features", dtype)
    x = block(features, 4 * width, "proposal", dtype)
    small = keras.initializers.RandomNormal(stddev=0.01, seed=seed % 1_000_003)
    logits = layers.Conv2D(anchors, 1, name="objectness", dtype="float32", kernel_initializer=small)(x)
    offsets = layers.Conv2D(4 * anchors, 1, name="offsets", dtype="float32", kernel_initializer=small)(x)
    count = (size // STRIDE) ** 2 * anchors
    logits = layers.Reshape((count,), name="objectness_rows", dtype="float32")(logits)
    offsets = layers.Reshape((count, 4), name="offsets_rows", dtype="float32")(offsets)
    return keras.Model(image, [features, logits, offsets], name="proposals")


def region_network(bins: int, channels: int, hidden: int, classes: int, *, dtype: Any, seed: int) -> keras.Model:
    """Pooled regions [n, bins, bins, channels] to logits [n, classes + 1], background last, and offsets [n, classes, 4]."""
    keras.utils.set_random_seed((seed + 1) % (1 << 31))
    pooled = keras.Input((bins, bins, channels), name="regions")
    x = layers.Flatten(name="flat", dtype=dtype)(pooled)
    for number in (1, 2):
        x = layers.Dense(hidden, activation="relu", name=f"dense_{number}", dtype=dtype)(x)
    logits = layers.Dense(classes + 1, name="class", dtype="float32")(x)
    small = keras.initializers.RandomNormal(stddev=0.001, seed=seed % 1_000_003)
    offsets = layers.Dense(4 * classes, name="box", dtype="float32", kernel_initializer=small)(x)
    return keras.Model(pooled, [logits, layers.Reshape((classes, 4), name="box_rows", dtype="float32")(offsets)], name="regions")
