"""Layers that several networks share: normalisation by name, reflected borders, dropout with an explicit seed."""

from typing import Any

import keras
import tensorflow as tf
from lab_tensorflow.layers import BatchNorm, InstanceNorm

NO_DROPOUT = -1  # a seed below zero switches :class:`SeededDropout` off


def normal(seed: int, deviation: float = 0.02) -> keras.initializers.Initializer:
    """N(0, 0.02) as in pix2pix and CycleGAN, from a seed of its own."""
    return keras.initializers.RandomNormal(0.0, deviation, seed=seed)


class PlaceNorm(InstanceNorm):
    """Instance normalisation that passes an image of a single place: its variance is zero, and normalising would erase it."""

    def call(self, inputs: Any) -> Any:
        single = tf.equal(tf.shape(inputs)[1] * tf.shape(inputs)[2], 1)
        return tf.where(single, inputs, super().call(inputs))


class ReflectPad(keras.layers.Layer):
    """``size`` pixels of mirrored border on every side; the image must be larger than that."""

    def __init__(self, size: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.size = size

    def call(self, images: Any) -> Any:
        return tf.pad(images, [[0, 0], [self.size] * 2, [self.size] * 2, [0, 0]], "REFLECT")

    def compute_output_shape(self, input_shape: Any) -> Any:
        batch, height, width, channels = input_shape
        grown = [side if side is None else side + 2 * self.size for side in (height, width)]
        return (batch, *grown, channels)


class SeededDropout(keras.layers.Layer):
    """Dropout whose mask follows from a seed int32 [2] that is an input, so that an update or a translation can be repeated.

    In training every image has its own mask. Otherwise all images of the batch share one: what an image becomes must not
    depend on its neighbours. A negative first number of the seed switches dropout off.
    """

    def __init__(self, rate: float, place: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.rate, self.place = rate, place

    def call(self, images: Any, seed: Any, training: bool = False) -> Any:
        shape = tf.shape(images)
        if not training:
            shape = tf.concat([[1], shape[1:]], 0)
        seed = tf.cast(seed, tf.int32)
        mask = tf.random.stateless_uniform(shape, tf.stack([tf.abs(seed[0]), seed[1] * 31 + self.place])) >= self.rate
        factor = tf.where(seed[0] < 0, 1.0, tf.cast(mask, tf.float32) / (1 - self.rate))
        return images * tf.cast(factor, images.dtype)

    def compute_output_shape(self, input_shape: Any, *_: Any) -> Any:
        return input_shape


def norm(kind: str, name: str, dtype: Any) -> keras.layers.Layer:
    """The normalisation of a name: batch (epsilon 1e-5, momentum 0.9), instance or none."""
    if kind == "batch":
        return BatchNorm(dtype=dtype, name=name)
    if kind == "instance":
        return PlaceNorm(dtype=dtype, name=name)
    assert kind == "none", kind
    return keras.layers.Identity(dtype=dtype, name=name)


def seeds(seed: int) -> Any:
    """An endless stream of initialiser seeds from one."""
    number = seed * 1_000
    while True:
        number += 1
        yield number % (2**31)
