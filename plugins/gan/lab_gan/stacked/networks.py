"""The encoder, which is a classifier cut in two, and for each half a generator back and a discriminator.

image --encoder--> features --classifier--> class
label and z1 --feature generator--> features;  features and z0 --image generator--> image
"""

from typing import Any

import keras
from keras import layers
from lab_tensorflow.kernels import Kernels
from lab_tensorflow.layers import BatchNorm, Spectral

from lab_gan.images import Shape
from lab_gan.networks import dcgan_discriminator, kernel_kind, make_generator
from lab_gan.stacked.config import StackedConfig


def make_encoder(config: StackedConfig, shape: Shape, *, dtype: str, seed: int) -> keras.Model:
    """Images float32 [batch, height, width, channels] to features float32 [batch, features], none below zero."""
    image, kernels = keras.Input(shape), Kernels(seed, "glorot")
    x: Any = image
    for _ in range(2):
        x = layers.Conv2D(config.encoder_width, 3, activation="relu", kernel_initializer=kernels(), dtype=dtype)(x)
        x = layers.MaxPooling2D(dtype=dtype)(x)
    x = layers.Dense(config.features, kernel_initializer=kernels(), dtype=dtype)(layers.Flatten(dtype=dtype)(x))
    return keras.Model(image, layers.ReLU(dtype="float32")(x), name="encoder")


def make_classifier(config: StackedConfig, classes: int, *, seed: int) -> keras.Model:
    """Features [batch, features] to logits of the classes [batch, classes]."""
    features = keras.Input((config.features,))
    dense = layers.Dense(classes, kernel_initializer=Kernels(seed, "glorot")(), dtype="float32")
    return keras.Model(features, dense(features), name="classifier")


def make_feature_generator(config: StackedConfig, classes: int, *, dtype: str, seed: int) -> keras.Model:
    """Noise and one-hot label [batch, latent / 2 + classes] to features float32 [batch, features], none below zero."""
    given, kernels = keras.Input((config.latent // 2 + classes,)), Kernels(seed, "glorot")
    x: Any = given
    for width in config.feature_layers:
        x = layers.Dense(width, activation="relu", kernel_initializer=kernels(), dtype=dtype)(x)
        if config.generator_norm == "batch":
            x = BatchNorm(dtype=dtype)(x)
    x = layers.Dense(config.features, kernel_initializer=kernels(), dtype=dtype)(x)
    return keras.Model(given, layers.ReLU(dtype="float32")(x), name="feature_generator")


def make_image_generator(config: Any, shape: Shape, *, dtype: str, seed: int) -> keras.Model:
    """Noise and features [batch, latent / 2 + features] to images float32 [batch, height, width, channels] in -1..1."""
    return make_generator(config, config.latent // 2 + config.features, shape, dtype=dtype, seed=seed)


def make_feature_discriminator(config: StackedConfig, *, dtype: str, seed: int) -> keras.Model:
    """Features [batch, features] to ``logit`` [batch, 1] and the ``noise`` [batch, latent / 2] that made them."""
    given, kernels = keras.Input((config.features,)), Kernels(seed, "glorot")
    x: Any = given
    for width in config.feature_discriminator_layers:
        x = layers.Dense(width, kernel_initializer=kernels(), dtype=dtype)(x)
        x = layers.LeakyReLU(config.leaky_slope, dtype=dtype)(x)
    return keras.Model(given, _heads(config, x, kernels), name="feature_discriminator")


def make_image_discriminator(config: Any, shape: Shape, *, dtype: str, seed: int) -> keras.Model:
    """Images [batch, height, width, channels] to ``logit`` [batch, 1] and the ``noise`` [batch, latent / 2] that made them."""
    spectral = config.discriminator_norm == "spectral"
    image, kernels = keras.Input(shape), Kernels(seed, kernel_kind("dcgan", config.discriminator_norm))
    x = dcgan_discriminator(config, image, dtype, kernels)
    return keras.Model(image, _heads(config, x, kernels, spectral=spectral), name="image_discriminator")


def _heads(config: StackedConfig, x: Any, kernels: Kernels, *, spectral: bool = False) -> dict[str, Any]:
    logit: Any = layers.Dense(1, kernel_initializer=kernels(), dtype="float32", name="logit")
    if spectral:
        logit = Spectral(1, initializer=kernels(), dtype="float32", name="logit")
    noise = layers.Dense(config.latent // 2, kernel_initializer=kernels(), dtype="float32", name="noise")
    return {"logit": logit(x), "noise": noise(x)}
