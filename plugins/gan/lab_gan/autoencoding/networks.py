"""Encoders and decoders, from a config: the decoder's layers are the encoder's in reverse."""

from typing import Any

import keras
import numpy as np
from keras import layers
from lab_tensorflow.kernels import Kernels
from lab_tensorflow.layers import BatchNorm

from lab_gan.autoencoding.config import AutoencoderConfig
from lab_gan.images import Shape
from lab_gan.networks import halvings


def make_encoder(config: AutoencoderConfig, shape: Shape, outputs: int, *, dtype: str, seed: int) -> keras.Model:
    """Images float32 [batch, height, width, channels] in -1..1 to float32 [batch, outputs]."""
    image, kernels = keras.Input(shape), Kernels(seed, "glorot")
    x: Any = image
    if config.network == "conv":
        for level in range(halvings(shape[0])):
            x = layers.Conv2D(
                config.width << level,
                config.kernel,
                2,
                "same",
                use_bias=_biased(config),
                kernel_initializer=kernels(),
                dtype=dtype,
            )(x)
            x = _active(config, x, dtype)
    x = layers.Flatten(dtype=dtype)(x)
    if config.network == "mlp":
        x = _dense(config, x, config.layers, kernels, dtype)
    return keras.Model(image, layers.Dense(outputs, kernel_initializer=kernels(), dtype="float32")(x), name="encoder")


def make_decoder(config: AutoencoderConfig, shape: Shape, *, dtype: str, seed: int) -> keras.Model:
    """Latents float32 [batch, latent] to the inputs of :func:`pixel_means`, float32 [batch, height, width, channels]."""
    latents, kernels = keras.Input((config.latent,)), Kernels(seed, "glorot")
    if config.network == "mlp":
        x = _dense(config, latents, config.layers[::-1], kernels, dtype)
        x = layers.Dense(int(np.prod(shape)), kernel_initializer=kernels(), dtype=dtype)(x)
        x = layers.Reshape(shape, dtype=dtype)(x)
    else:
        x = _conv_decoder(config, latents, shape, kernels, dtype)
    return keras.Model(latents, layers.Activation("linear", dtype="float32")(x), name="decoder")


def _conv_decoder(config: AutoencoderConfig, x: Any, shape: Shape, kernels: Kernels, dtype: str) -> Any:
    depth = halvings(shape[0])
    side, channels = shape[0] >> depth, config.width << max(0, depth - 1)
    biased = _biased(config)
    x = layers.Dense(side * side * channels, use_bias=biased, kernel_initializer=kernels(), dtype=dtype)(x)
    x = _active(config, layers.Reshape((side, side, channels), dtype=dtype)(x), dtype)
    for level in reversed(range(depth)):
        x = layers.Conv2DTranspose(
            config.width << max(0, level - 1),
            config.kernel,
            2,
            "same",
            use_bias=biased,
            kernel_initializer=kernels(),
            dtype=dtype,
        )(x)
        x = _active(config, x, dtype)
    return layers.Conv2D(shape[-1], 3, padding="same", kernel_initializer=kernels(), dtype=dtype)(x)


def _dense(config: AutoencoderConfig, x: Any, widths: tuple[int, ...], kernels: Kernels, dtype: str) -> Any:
    for width in widths:
        x = layers.Dense(width, use_bias=_biased(config), kernel_initializer=kernels(), dtype=dtype)(x)
        x = _active(config, x, dtype)
    return x


def _active(config: AutoencoderConfig, x: Any, dtype: str) -> Any:
    if config.norm == "batch":
        x = BatchNorm(dtype=dtype)(x)
    return layers.ReLU(dtype=dtype)(x)


def _biased(config: AutoencoderConfig) -> bool:
    return config.norm == "none"  # BatchNorm has an offset of its own
