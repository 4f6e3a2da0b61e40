"""The network of metric learning: images to vectors."""

from typing import Any

import keras
from keras import layers
from lab_tensorflow.layers import BatchNorm

from lab_vision.embedding.config import EmbeddingConfig


def make_network(config: EmbeddingConfig, channels: int, *, dtype: Any, seed: int, pretrained: bool = True) -> keras.Model:
    """Images float32 [batch, size, size, channels] -> float32 [batch, vector]; values 0 to 1, for EfficientNet 0 to 255.

    ``pretrained=False`` leaves out the reading of trained weights, for a model whose own are assigned.
    """
    keras.utils.set_random_seed(seed % (1 << 31))
    if config.network == "efficientnet-lite0":
        return _fine_tuned(config, dtype, pretrained)
    return _small(config.size, channels, config.width, config.vector, dtype)


def _fine_tuned(config: EmbeddingConfig, dtype: Any, pretrained: bool) -> keras.Model:
    """EfficientNet-Lite0 up to its 15th block; the means of that block and of the 11th, at twice the resolution, side by side.

    They are normalised, since their sizes differ by channel. With ``train=head`` all but what follows them is frozen.
    """
    from lab_tensorflow.pretrained import efficientnet_lite0

    body = efficientnet_lite0.build(config.size, classes=None, pretrained=pretrained, dtype=dtype)
    means = [
        layers.GlobalAveragePooling2D(name=f"mean_{number}", dtype="float32")(body.get_layer(f"block_{number}").output)
        for number in (11, 15)
    ]
    x = layers.Concatenate(name="means", dtype="float32")(means)
    x = BatchNorm(name="means_norm", dtype="float32")(x)
    network = keras.Model(body.input, layers.Dense(config.vector, name="vector", dtype="float32")(x), name="embedding")
    if config.train == "head":
        body.trainable = False
    return network


def features(config: EmbeddingConfig, images: Any) -> Any:
    """What the frozen part gives to the layers after it: images uint8 [n, size, size, 3] -> float32 [n, 304]."""
    import numpy as np
    import tensorflow as tf

    from lab_vision.embedding.augment import prepared

    network = make_network(config, 3, dtype="float32", seed=0)
    body = keras.Model(network.input, network.get_layer("means").output)
    compute = tf.function(lambda part: body(prepared(part, config, None), training=False))
    batch = 64
    filled = np.concatenate([images, np.repeat(images[-1:], -len(images) % batch, axis=0)])  # one shape is compiled
    found = [compute(filled[start : start + batch]).numpy() for start in range(0, len(filled), batch)]
    return np.concatenate(found)[: len(images)]


def _small(size: int, channels: int, width: int, vector: int, dtype: Any) -> keras.Model:
    x = image = keras.Input((size, size, channels), name="image")
    x = _block(x, width, "stem", dtype, kernel=5, stride=2)
    for stage in (1, 2):
        filters = width * 2**stage
        x = _block(x, filters, f"stage_{stage}_1", dtype)
        x = layers.MaxPooling2D(2, name=f"pool_{stage}", dtype=dtype)(x)
        x = _block(x, filters, f"stage_{stage}_2", dtype)
    x = layers.Flatten(name="flat", dtype=dtype)(layers.AveragePooling2D(2, name="mean", dtype=dtype)(x))
    x = layers.Dense(vector, name="vector", dtype="float32")(x)
    return keras.Model(image, x, name="embedding")


def _block(x: Any, filters: int, name: str, dtype: Any, *, kernel: int = 3, stride: int = 1) -> Any:
    x = layers.Conv2D(
        filters, kernel, stride, "same", use_bias=False, kernel_initializer="he_normal", name=f"{name}_conv", dtype=dtype
    )(x)
    return layers.ReLU(name=f"{name}_relu", dtype=dtype)(BatchNorm(name=f"{name}_norm", dtype=dtype)(x))


def classifier(vector: int, classes: int, *, bias: bool) -> keras.Model:
    """Vectors [batch, vector] to logits [batch, classes]; only training needs it."""
    x = keras.Input((vector,), name="vectors")
    return keras.Model(x, layers.Dense(classes, use_bias=bias, name="classes", dtype="float32")(x), name="classifier")
