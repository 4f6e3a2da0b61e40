"""Generators and discriminators, from a config. Kernels draw from seeds of their own, so that a run begins the same again."""

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from keras import layers

from lab_gan.config import GanConfig
from lab_gan.layers import BatchNorm, Spectral

Shape = tuple[int, int, int]
CATEGORIES, CODES = 10, 2  # InfoGAN's codes


def policy(precision: str) -> str:
    """Keras' name for a precision: weights are float32 in both."""
    return "mixed_bfloat16" if precision == "bfloat16" else "float32"


class Kernels:
    """Initial kernels: normal with deviation .02 (Radford et al. 2016), or ``"glorot"``; every layer from a seed of its own."""

    def __init__(self, seed: int, kind: str = "normal") -> None:
        self._seeds = iter(np.random.SeedSequence(seed).generate_state(256) >> 1)
        self._kind = kind

    def __call__(self) -> Any:
        seed = int(next(self._seeds))
        if self._kind == "normal":
            return keras.initializers.RandomNormal(stddev=0.02, seed=seed)
        return keras.initializers.GlorotUniform(seed=seed)


def kernel_kind(network: str, norm: str) -> str:
    """Kernels as small as DCGAN's need batch normalisation behind them: without it the signal shrinks layer by layer."""
    return "normal" if network == "dcgan" and norm == "batch" else "glorot"


def halvings(size: int) -> int:
    """How often a side is halved on the way to the smallest map: 6 pixels wide or more (28: 7; 64: 8; 96: 6), odd or below 12."""
    count = 0
    while size % 2 == 0 and size // 2 >= 6:
        size, count = size // 2, count + 1
    return count


def make_generator(config: GanConfig, points: int, shape: Shape, *, dtype: str, seed: int) -> keras.Model:
    """Points float32 [batch, points] to images float32 [batch, height, width, channels] in -1..1."""
    given = keras.Input((points,))
    make = _mlp_generator if config.network == "mlp" else _dcgan_generator
    image = make(config, given, shape, dtype, Kernels(seed, kernel_kind(config.network, config.generator_norm)))
    return keras.Model(given, layers.Activation("tanh", dtype="float32")(image), name="generator")


def _mlp_generator(config: GanConfig, x: Any, shape: Shape, dtype: str, kernels: Kernels) -> Any:
    for width in config.generator_layers:
        x = layers.Dense(width, kernel_initializer=kernels(), dtype=dtype)(x)
        x = layers.LeakyReLU(config.leaky_slope, dtype=dtype)(x)
        if config.generator_norm == "batch":
            x = BatchNorm(dtype=dtype)(x)
    x = layers.Dense(int(np.prod(shape)), kernel_initializer=kernels(), dtype=dtype)(x)
    return layers.Reshape(shape, dtype=dtype)(x)


def _dcgan_generator(config: GanConfig, x: Any, shape: Shape, dtype: str, kernels: Kernels) -> Any:
    """A projection to the smallest map, then transposed convolutions of stride 2 that halve the channels."""
    depth = halvings(shape[0])
    side, channels = shape[0] >> depth, config.width << depth
    biased = config.generator_norm == "none"

    def active(x: Any) -> Any:
        if config.generator_norm == "batch":
            x = BatchNorm(dtype=dtype)(x)
        return layers.ReLU(dtype=dtype)(x)

    x = layers.Dense(side * side * channels, use_bias=biased, kernel_initializer=kernels(), dtype=dtype)(x)
    x = active(layers.Reshape((side, side, channels), dtype=dtype)(x))
    for level in reversed(range(depth)):
        up = layers.Conv2DTranspose(
            config.width << level, config.kernel, 2, "same", use_bias=biased, kernel_initializer=kernels(), dtype=dtype
        )
        x = active(up(x))
    return layers.Conv2D(shape[-1], 3, padding="same", kernel_initializer=kernels(), dtype=dtype)(x)


def make_critic(config: GanConfig, shape: Shape, classes: int, *, dtype: str, seed: int) -> keras.Model:
    """Images (and one-hot labels, where they are an input) to ``logit`` [batch, 1], and to what else it has to name.

    ``category`` [batch, classes] are the logits of the class or of InfoGAN's ten-way code, ``codes`` [batch, 2] the means
    of its continuous ones.
    """
    image = keras.Input(shape, name="image")
    label = keras.Input((classes,), name="label") if config.condition in ("channel", "projection") else None
    spectral = config.critic_norm == "spectral"
    kernels = Kernels(seed, kernel_kind(config.network, config.critic_norm))
    x: Any = image
    if label is not None and config.condition == "channel":
        plane = layers.Dense(shape[0] * shape[1], kernel_initializer=Kernels(seed + 1, "glorot")(), dtype=dtype)(label)
        x = layers.Concatenate(dtype=dtype)([x, layers.Reshape((*shape[:2], 1), dtype=dtype)(plane)])
    body = _mlp_critic if config.network == "mlp" else dcgan_critic
    x = body(config, x, dtype, kernels)

    def dense(units: int, name: str) -> Any:
        if spectral:
            return Spectral(units, initializer=kernels(), dtype="float32", name=name)
        return layers.Dense(units, kernel_initializer=kernels(), dtype="float32", name=name)

    logit = dense(1, "logit")(x)
    if label is not None and config.condition == "projection":
        logit = layers.Add(dtype="float32")([logit, _projected(x, label, dense, config)])
    outputs = {"logit": logit}
    if config.condition == "auxiliary" or config.codes:
        outputs["category"] = dense(classes if config.condition == "auxiliary" else CATEGORIES, "category")(x)
    if config.codes:
        outputs["codes"] = dense(CODES, "codes")(x)
    return keras.Model([image] if label is None else [image, label], outputs, name="critic")


def _projected(features: Any, label: Any, dense: Callable[[int, str], Any], config: GanConfig) -> Any:
    """The inner product of the features with an embedding of the label (Miyato and Koyama 2018)."""
    embedded = dense(features.shape[-1], "embedding")(label)
    return layers.Dot(1, dtype="float32")([features, embedded])


def _mlp_critic(config: GanConfig, x: Any, dtype: str, kernels: Kernels) -> Any:
    x = layers.Flatten(dtype=dtype)(x)
    for width in config.critic_layers:
        x = layers.Dense(width, kernel_initializer=kernels(), dtype=dtype)(x)
        x = layers.LeakyReLU(config.leaky_slope, dtype=dtype)(x)
        if config.dropout:
            x = layers.Dropout(config.dropout, seed=int(kernels().seed), dtype=dtype)(x)
    return x


def dcgan_critic(config: GanConfig, x: Any, dtype: str, kernels: Kernels) -> Any:
    """Convolutions of stride 2 that double the channels, one more than the generator has; no norm behind the first."""
    for level in range(halvings(int(x.shape[1])) + 1):
        width = config.critic_width << level
        if config.critic_norm == "spectral":
            x = Spectral(width, kernel=config.kernel, strides=2, initializer=kernels(), dtype=dtype)(x)
        else:
            x = layers.Conv2D(width, config.kernel, 2, "same", kernel_initializer=kernels(), dtype=dtype)(x)
        if level and config.critic_norm == "batch":
            x = BatchNorm(dtype=dtype)(x)
        if level and config.critic_norm == "layer":
            x = layers.LayerNormalization(axis=(1, 2, 3), dtype=dtype)(x)
        x = layers.LeakyReLU(config.leaky_slope, dtype=dtype)(x)
        if config.dropout:
            x = layers.Dropout(config.dropout, seed=int(kernels().seed), dtype=dtype)(x)
    return layers.Flatten(dtype=dtype)(x)


def points_of(config: GanConfig, classes: int) -> int:
    """Inputs of the generator: noise, then the one-hot label or category, then the continuous codes."""
    if config.codes:
        return config.latent + CATEGORIES + CODES
    return config.latent + (classes if config.condition != "none" else 0)


def numbers(variables: Any) -> int:
    """How many numbers the variables hold, the untrained ones included."""
    return int(sum(np.prod(tf.convert_to_tensor(variable).shape) for variable in variables))
