"""The denoising network: a U-Net (Ronneberger et al. 2015) from half the image's size down.

Made for a processor: four neighbouring pixels are the channels of one place to begin with, so that no convolution runs at full
size; sizes change by such rearrangements and 1 x 1 convolutions; the activation is ReLU and the norm is fused.
"""

from math import log
from typing import Any

import keras
import tensorflow as tf
from keras import layers
from lab_tensorflow.kernels import Kernels
from lab_tensorflow.layers import BatchNorm

from lab_gan.diffusion.config import DiffusionConfig
from lab_gan.images import Shape
from lab_gan.networks import halvings

FREQUENCIES = 32  # of the time's sines and cosines
WIDEST = 4  # times the width at half size


class Waves(keras.layers.Layer):
    """Times [batch, 1] in 0..1 as sines and cosines [batch, 64] of 1 to 1,000 radians (Vaswani et al. 2017, section 3.5)."""

    def call(self, inputs: Any) -> Any:
        angles = inputs * tf.exp(tf.linspace(0.0, log(1000.0), FREQUENCIES))[None]
        return tf.concat([tf.sin(angles), tf.cos(angles)], axis=1)


class Rearranged(keras.layers.Layer):
    """Squares of 2 x 2 places as the channels of one (``down``), or the other way."""

    def __init__(self, *, down: bool, **options: Any) -> None:
        super().__init__(**options)
        self.down = down

    def call(self, inputs: Any) -> Any:
        return tf.nn.space_to_depth(inputs, 2) if self.down else tf.nn.depth_to_space(inputs, 2)


class Modulated(keras.layers.Layer):
    """Maps [batch, h, w, c], each channel scaled and shifted by ``condition`` [batch, 2c] (FiLM, Perez et al. 2018)."""

    def call(self, inputs: Any, condition: Any) -> Any:
        scale, shift = tf.split(tf.cast(condition, inputs.dtype)[:, None, None, :], 2, axis=-1)
        return inputs * (1 + scale) + shift


def make_denoiser(config: DiffusionConfig, shape: Shape, classes: int, *, dtype: str, seed: int) -> keras.Model:
    """Noisy images [batch, height, width, channels] and times [batch, 1] to a float32 tensor of the images' shape.

    With ``classes`` there is a third input, one-hot [batch, classes + 1], whose last place means "no class".
    """
    unet = _UNet(config, dtype, Kernels(seed, "glorot"))
    image, time = keras.Input(shape), keras.Input((1,))
    label = keras.Input((classes + 1,)) if classes else None
    unet.condition = unet.embed(time, label)
    x = layers.Conv2D(config.width, 3, padding="same", **unet.options())(Rearranged(down=True, dtype=dtype)(image))
    depth = max(1, halvings(shape[0]))
    passed: list[Any] = []
    for level in range(depth):
        if level:
            x = unet.resized(x, unet.width(level), down=True)
        for _ in range(config.blocks):
            x = unet.block(x)
            passed.append(x)
    x = unet.block(x)
    for level in reversed(range(depth)):
        for _ in range(config.blocks):
            both = layers.Concatenate(dtype=dtype)([x, passed.pop()])
            x = unet.block(layers.Conv2D(unet.width(level), 1, **unet.options())(both))
        if level:
            x = unet.resized(x, unet.width(level - 1), down=False)
    x = unet.active(x)
    x = layers.Conv2D(4 * shape[-1], 3, padding="same", kernel_initializer="zeros", dtype=dtype)(x)
    x = layers.Activation("linear", dtype="float32")(Rearranged(down=False, dtype=dtype)(x))
    return keras.Model([image, time] if label is None else [image, time, label], x, name="denoiser")


class _UNet:
    """The parts, which share their settings and the embedding of time and class."""

    def __init__(self, config: DiffusionConfig, dtype: str, kernels: Kernels) -> None:
        self.config, self.dtype, self.kernels = config, dtype, kernels
        self.condition: Any = None

    def options(self) -> dict[str, Any]:
        return {"kernel_initializer": self.kernels(), "dtype": self.dtype}

    def width(self, level: int) -> int:
        return self.config.width * min(1 << level, WIDEST)

    def embed(self, time: Any, label: Any) -> Any:
        """Time, and class where there is one, as one vector float32 [batch, 4 width]."""
        width = 4 * self.config.width
        x = layers.Dense(width, kernel_initializer=self.kernels())(Waves()(time))
        if label is not None:
            x = layers.Add()([x, layers.Dense(width, use_bias=False, kernel_initializer=self.kernels())(label)])
        return layers.Activation("silu")(x)

    def active(self, x: Any) -> Any:
        if self.config.norm == "batch":
            x = BatchNorm(dtype=self.dtype)(x)
        return layers.ReLU(dtype=self.dtype)(x)

    def block(self, x: Any) -> Any:
        """x plus two convolutions of it, modulated by the time in between; the second starts at zero."""
        width = x.shape[-1]
        y = layers.Conv2D(width, 3, padding="same", use_bias=False, **self.options())(self.active(x))
        if self.config.norm == "batch":
            y = BatchNorm(dtype=self.dtype)(y)
        y = Modulated(dtype=self.dtype)(y, layers.Dense(2 * width, kernel_initializer="zeros")(self.condition))
        y = layers.ReLU(dtype=self.dtype)(y)
        y = layers.Conv2D(width, 3, padding="same", use_bias=False, kernel_initializer="zeros", dtype=self.dtype)(y)
        return layers.Add(dtype=self.dtype)([x, y])

    def resized(self, x: Any, width: int, *, down: bool) -> Any:
        """Half the size, or twice, with ``width`` channels."""
        if down:
            return layers.Conv2D(width, 1, **self.options())(Rearranged(down=True, dtype=self.dtype)(x))
        return Rearranged(down=False, dtype=self.dtype)(layers.Conv2D(4 * width, 1, **self.options())(x))
