"""The classifiers: images float32 [batch, size, size, channels] -> logits [batch, classes]."""

from collections.abc import Callable
from math import sqrt
from typing import Any

import keras
from keras import layers
from lab_tensorflow.layers import BatchNorm
from lab_tensorflow.pretrained import efficientnet_lite0

from lab_vision.classification.config import ClassificationConfig
from lab_vision.classification.residual import resnet


def make_network(
    config: ClassificationConfig, channels: int, classes: int, *, dtype: Any, seed: int, pretrained: bool = True
) -> Any:
    """The network of a config; inputs as :mod:`lab_vision.classification.preparation` makes them.

    ``pretrained=False`` leaves out the reading of trained weights, for a model whose own are assigned.
    """
    keras.utils.set_random_seed(seed)
    if config.network == "efficientnet-lite0":
        return _fine_tuned(config, classes, dtype=dtype, pretrained=pretrained and config.pretrained)
    inputs = keras.Input((config.input_size, config.input_size, channels), name="image")
    if config.network in ("resnet-v1", "resnet-v2"):
        features = resnet(inputs, config.blocks, version=config.network[-2:], dtype=dtype)
    else:
        features = _BODIES[config.network](inputs, config, dtype)
    if config.dropout:
        features = layers.Dropout(config.dropout, name="dropout", seed=seed, dtype=dtype)(features)
    start = _STARTS.get(config.network, {})
    logits = layers.Dense(classes, name="classifier", dtype="float32", **start)(features)
    return keras.Model(inputs, logits, name=config.network.replace("-", "_"))


def _fine_tuned(config: ClassificationConfig, classes: int, *, dtype: Any, pretrained: bool) -> Any:
    """EfficientNet-Lite0 with a fresh last layer, and the layers frozen that ``config.train`` leaves out."""
    body = efficientnet_lite0.build(config.input_size, classes=None, pretrained=pretrained, dtype=dtype)
    x = layers.GlobalAveragePooling2D(name="pool", dtype="float32")(body.output)
    if config.dropout:
        x = layers.Dropout(config.dropout, name="dropout", dtype="float32")(x)
    logits = layers.Dense(classes, name="classifier", dtype="float32")(x)
    network = keras.Model(body.input, logits, name="efficientnet_lite0")
    _freeze(network, config)
    return network


def features(config: ClassificationConfig, images: Any) -> Any:
    """What the frozen network of ``train=head`` gives to its last layer: images uint8 [n, size, size, 3] -> float32 [n, 1280]."""
    import numpy as np
    import tensorflow as tf

    from lab_vision.classification.preparation import prepare

    body = efficientnet_lite0.build(config.input_size, classes=None, pretrained=config.pretrained)
    compute = tf.function(lambda part: tf.reduce_mean(body(prepare(part, config, None), training=False), axis=(1, 2)))
    batch = 64
    filled = np.concatenate([images, np.repeat(images[-1:], -len(images) % batch, axis=0)])  # one shape is compiled
    found = [compute(filled[start : start + batch]).numpy() for start in range(0, len(filled), batch)]
    return np.concatenate(found)[: len(images)]


def _softmax(x: Any, config: ClassificationConfig, dtype: Any) -> Any:
    """Softmax regression: 7,850 parameters on 28 x 28 pixels."""
    return layers.Flatten(name="pixels", dtype=dtype)(x)


def _mlp(x: Any, config: ClassificationConfig, dtype: Any) -> Any:
    """Two dense layers of 256 units (Atienza 2018, chapter 1)."""
    x = layers.Flatten(name="pixels", dtype=dtype)(x)
    for number in (1, 2):
        x = layers.Dense(256, activation="relu", name=f"dense_{number}", dtype=dtype)(x)
    return x


def _cnn(x: Any, config: ClassificationConfig, dtype: Any) -> Any:
    """Two convolutions of 5 x 5, two poolings, 1,024 units: 3,274,634 parameters on 28 x 28 pixels and ten classes."""
    start = _normal(0.1) | _constant(0.1)
    for number, width in ((1, 32), (2, 64)):
        x = layers.Conv2D(width, 5, padding="same", activation="relu", name=f"conv_{number}", dtype=dtype, **start)(x)
        x = layers.MaxPooling2D(2, name=f"pool_{number}", dtype=dtype)(x)
    x = layers.Flatten(name="features", dtype=dtype)(x)
    return layers.Dense(1024, activation="relu", name="dense", dtype=dtype, **start)(x)


def _rnn(x: Any, config: ClassificationConfig, dtype: Any) -> Any:
    """A plain recurrent network of 256 units that reads an image row by row (Atienza 2018, chapter 1)."""
    rows = layers.Reshape((x.shape[1], x.shape[2] * x.shape[3]), name="rows", dtype=dtype)(x)
    return layers.SimpleRNN(256, name="rnn", dtype=dtype)(rows)


def _small(x: Any, config: ClassificationConfig, dtype: Any) -> Any:
    """Three pairs of 3 x 3 convolutions with batch normalisation, pooled by two between them, then the mean over positions."""
    for stage in range(3):
        for part in (1, 2):
            name = f"conv_{stage + 1}_{part}"
            x = layers.Conv2D(config.width * 2**stage, 3, padding="same", use_bias=False, name=name, dtype=dtype)(x)
            x = BatchNorm(name=f"{name}_norm", dtype=dtype)(x)
            x = layers.ReLU(name=f"{name}_relu", dtype=dtype)(x)
        if stage < 2:
            x = layers.MaxPooling2D(2, name=f"pool_{stage + 1}", dtype=dtype)(x)
    return layers.GlobalAveragePooling2D(name="mean", dtype=dtype)(x)


def _cifar(x: Any, config: ClassificationConfig, dtype: Any) -> Any:
    """The CIFAR-10 network of TensorFlow's first tutorials: 1,068,298 parameters on crops of 24 pixels and ten classes."""
    x = layers.Conv2D(64, 5, padding="same", activation="relu", name="conv_1", dtype=dtype, **_normal(0.05), **_constant(0.0))(x)
    x = layers.MaxPooling2D(3, 2, "same", name="pool_1", dtype=dtype)(x)
    x = LocalResponse(name="response_1", dtype=dtype)(x)
    x = layers.Conv2D(64, 5, padding="same", activation="relu", name="conv_2", dtype=dtype, **_normal(0.05), **_constant(0.1))(x)
    x = LocalResponse(name="response_2", dtype=dtype)(x)
    x = layers.MaxPooling2D(3, 2, "same", name="pool_2", dtype=dtype)(x)
    x = layers.Flatten(name="features", dtype=dtype)(x)
    for number, width in ((3, 384), (4, 192)):
        x = layers.Dense(width, activation="relu", name=f"local_{number}", dtype=dtype, **_normal(0.04), **_constant(0.1))(x)
    return x


class LocalResponse(layers.Layer):
    """Local response normalisation (Krizhevsky et al. 2012, section 3.3) with the tutorial's constants."""

    def call(self, x: Any) -> Any:
        import tensorflow as tf

        whole = tf.cast(x, tf.float32)
        return tf.cast(tf.nn.local_response_normalization(whole, 4, bias=1.0, alpha=0.001 / 9.0, beta=0.75), x.dtype)


def _freeze(network: Any, config: ClassificationConfig) -> None:
    """Layers that don't learn; their batch normalisation keeps its statistics, too."""
    if config.train == "all":
        return
    first = 17 if config.train == "head" else 17 - config.last_blocks
    for layer in network.layers:
        name = layer.name.split("_")
        block = int(name[1]) if name[0] == "block" else 0 if name[0] == "stem" else 17
        head = layer.name == "classifier" or (config.train == "last" and layer.name.startswith("head"))
        layer.trainable = head or (block >= first and block < 17)


def _normal(deviation: float) -> dict[str, Any]:
    return {"kernel_initializer": keras.initializers.TruncatedNormal(stddev=deviation)}


def _constant(value: float) -> dict[str, Any]:
    return {"bias_initializer": keras.initializers.Constant(value)}


_BODIES: dict[str, Callable[[Any, ClassificationConfig, Any], Any]] = {
    "softmax": _softmax,
    "mlp": _mlp,
    "cnn": _cnn,
    "rnn": _rnn,
    "small": _small,
    "cifar": _cifar,
}
_STARTS: dict[str, dict[str, Any]] = {
    "softmax": {"kernel_initializer": "zeros"},
    "cnn": {**_normal(0.1), **_constant(0.1)},
    "cifar": _normal(1 / 192),
    "small": {"kernel_initializer": keras.initializers.RandomNormal(stddev=1 / sqrt(128))},
}
