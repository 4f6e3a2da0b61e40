"""Generators and discriminators, from a config."""

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
from keras import layers
from lab_tensorflow.kernels import Kernels
from lab_tensorflow.layers import BatchNorm, Spectral
from lab_tensorflow.own_network import apply_layers, is_own, own_parts

from lab_core.errors import UsageError
from lab_gan.config import GanConfig
from lab_gan.images import Shape

CATEGORIES, CODES = 10, 2  # InfoGAN's codes
OWN_PARTS = ("generator", "discriminator")
_PLACES: Any = (1, 2, 3)  # height, width and channels


def kernel_kind(network: str, norm: str) -> str:
    """Kernels as small as DCGAN's need batch normalisation behind them: without it the signal shrinks layer by layer."""
    return "normal" if network == "dcgan" and norm == "batch" else "glorot"


def halvings(size: int) -> int:
    """How often a side is halved on the way to the smallest map: 6 pixels wide or more (28: 7; 64: 8; 96: 6), odd or below 12."""
    count = 0
    while size % 2 == 0 and size // 2 >= 6:
        size, count = size // 2, count + 1
    return count


def make_generator(config: GanConfig, latent: int, shape: Shape, *, dtype: str, seed: int) -> keras.Model:
    """Latents float32 [batch, latent] to images float32 [batch, height, width, channels] in -1..1."""
    latents = keras.Input((latent,))
    if is_own(config.network):
        image = _own_image(config, latents, shape, dtype, seed)
        return keras.Model(latents, layers.Activation("tanh", dtype="float32")(image), name="generator")
    make = _mlp_generator if config.network == "mlp" else _dcgan_generator
    image = make(config, latents, shape, dtype, Kernels(seed, kernel_kind(config.network, config.generator_norm)))
    return keras.Model(latents, layers.Activation("tanh", dtype="float32")(image), name="generator")


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


def make_discriminator(config: GanConfig, shape: Shape, classes: int, *, dtype: str, seed: int) -> keras.Model:
    """Images (and one-hot labels, where they are an input) to ``logit`` [batch, 1] and to further predictions.

    ``category`` [batch, classes] are the logits of the class or of InfoGAN's ten-way code, ``codes`` [batch, 2] the means
    of its continuous codes.
    """
    image = keras.Input(shape, name="image")
    label = keras.Input((classes,), name="label") if config.condition in ("channel", "projection") else None
    spectral = config.discriminator_norm == "spectral"
    kernels = Kernels(seed, kernel_kind(config.network, config.discriminator_norm))
    x: Any = image
    if label is not None and config.condition == "channel":
        plane = layers.Dense(shape[0] * shape[1], kernel_initializer=Kernels(seed + 1, "glorot")(), dtype=dtype)(label)
        x = layers.Concatenate(dtype=dtype)([x, layers.Reshape((*shape[:2], 1), dtype=dtype)(plane)])
    if is_own(config.network):
        x = _own_features(config, x, dtype, seed)
    else:
        x = (_mlp_discriminator if config.network == "mlp" else dcgan_discriminator)(config, x, dtype, kernels)

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
    return keras.Model([image] if label is None else [image, label], outputs, name="discriminator")


def _own_image(config: GanConfig, latents: Any, shape: Shape, dtype: str, seed: int) -> Any:
    """What the generator's layers of the user's own give; a tanh follows."""
    what = f"network={config.network}"
    made, _ = own_parts(config.network, keras, names=OWN_PARTS, seed=seed, dtype=dtype)
    image = apply_layers(made, latents, what=f"{what}, generator")
    if tuple(image.shape[1:]) != tuple(shape):
        found, wanted = (" x ".join(map(str, sides)) for sides in (image.shape[1:], shape))
        raise UsageError(f"{what}: the generator ends in {found}; images of {wanted} are expected.", "size= and data= decide it.")
    return image


def _own_features(config: GanConfig, images: Any, dtype: str, seed: int) -> Any:
    """Features [batch, n] of the discriminator's layers of the user's own; the heads follow."""
    _, made = own_parts(config.network, keras, names=OWN_PARTS, seed=seed, dtype=dtype)
    found = apply_layers(made, images, what=f"network={config.network}, discriminator")
    return found if len(found.shape) == 2 else layers.Flatten(dtype=dtype)(found)


def _projected(features: Any, label: Any, dense: Callable[[int, str], Any], config: GanConfig) -> Any:
    """The inner product of the features with an embedding of the label (Miyato and Koyama 2018)."""
    embedded = dense(features.shape[-1], "embedding")(label)
    return layers.Dot(1, dtype="float32")([features, embedded])


def _mlp_discriminator(config: GanConfig, x: Any, dtype: str, kernels: Kernels) -> Any:
    x = layers.Flatten(dtype=dtype)(x)
    for width in config.discriminator_layers:
        x = layers.Dense(width, kernel_initializer=kernels(), dtype=dtype)(x)
        x = layers.LeakyReLU(config.leaky_slope, dtype=dtype)(x)
        if config.dropout:
            x = layers.Dropout(config.dropout, seed=kernels.seed(), dtype=dtype)(x)
    return x


def dcgan_discriminator(config: GanConfig, x: Any, dtype: str, kernels: Kernels) -> Any:
    """Convolutions of stride 2 that double the channels, one more than the generator has; no norm behind the first."""
    for level in range(halvings(int(x.shape[1])) + 1):
        width = config.discriminator_width << level
        if config.discriminator_norm == "spectral":
            x = Spectral(width, kernel=config.kernel, strides=2, initializer=kernels(), dtype=dtype)(x)
        else:
            x = layers.Conv2D(width, config.kernel, 2, "same", kernel_initializer=kernels(), dtype=dtype)(x)
        if level and config.discriminator_norm == "batch":
            x = BatchNorm(dtype=dtype)(x)
        if level and config.discriminator_norm == "layer":
            x = layers.LayerNormalization(axis=_PLACES, dtype=dtype)(x)
        x = layers.LeakyReLU(config.leaky_slope, dtype=dtype)(x)
        if config.dropout:
            x = layers.Dropout(config.dropout, seed=kernels.seed(), dtype=dtype)(x)
    return layers.Flatten(dtype=dtype)(x)


def latent_size(config: GanConfig, classes: int) -> int:
    """Inputs of the generator: noise, then the one-hot label or category, then the continuous codes."""
    if config.codes:
        return config.latent + CATEGORIES + CODES
    return config.latent + (classes if config.condition != "none" else 0)
