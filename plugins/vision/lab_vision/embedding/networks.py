"""The network of metric learning: images to vectors."""

from typing import Any

import keras
from keras import layers
from lab_tensorflow.layers import BatchNorm


def make_network(size: int, channels: int, width: int, vector: int, *, dtype: Any, seed: int) -> keras.Model:
    """float32 [batch, size, size, channels] in 0..1 -> float32 [batch, vector]."""
    keras.utils.set_random_seed(seed % (1 << 31))
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
