"""Networks that restore detail: the book's denoising autoencoder, ESPCN, residual networks, the colour network."""

from typing import Any

import keras
import tensorflow as tf
from lab_tensorflow.layers import BatchNorm


def cae(channels: int = 1, *, dtype: Any = "float32") -> keras.Model:
    """The book's convolutional autoencoder: 3,217 weights for one channel. Height and width multiples of 4; values 0 to 1."""
    x = images = keras.Input((None, None, channels), name="images")

    def conv(x: Any, filters: int, name: str, activation: str = "relu") -> Any:
        return keras.layers.Conv2D(filters, 3, padding="same", activation=activation, dtype=dtype, name=name)(x)

    x = keras.layers.MaxPooling2D(dtype=dtype, name="pool1")(conv(x, 16, "conv1"))  # [h/2, w/2, 16]
    x = keras.layers.MaxPooling2D(dtype=dtype, name="pool2")(conv(x, 8, "conv2"))  # [h/4, w/4, 8]
    x = keras.layers.UpSampling2D(dtype=dtype, name="up1")(conv(x, 8, "conv3"))
    x = keras.layers.UpSampling2D(dtype=dtype, name="up2")(conv(x, 16, "conv4"))
    x = conv(x, channels, "conv5", "linear")
    return keras.Model(images, keras.layers.Activation("sigmoid", dtype="float32", name="out")(x), name="cae")


class DepthToSpace(keras.layers.Layer):
    """[batch, h, w, c r^2] -> [batch, h r, w r, c] (Shi et al. 2016, equation 4)."""

    def __init__(self, factor: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.factor = factor

    def call(self, features: Any) -> Any:
        return tf.nn.depth_to_space(features, self.factor) if self.factor > 1 else features

    def compute_output_shape(self, input_shape: Any) -> Any:
        batch, height, width, channels = input_shape
        sides = [side if side is None else side * self.factor for side in (height, width)]
        return (batch, *sides, channels // self.factor**2)


def espcn(channels: int, *, scale: int, dtype: Any = "float32") -> keras.Model:
    """ESPCN (Shi et al. 2016): 5x5x64, 3x3x32, 3x3 to channels * scale^2, rearranged; tanh inside as in the paper."""
    x = images = keras.Input((None, None, channels), name="images")
    for number, (filters, size) in enumerate(((64, 5), (32, 3))):
        x = keras.layers.Conv2D(filters, size, padding="same", activation="tanh", dtype=dtype, name=f"conv{number}")(x)
    x = keras.layers.Conv2D(channels * scale**2, 3, padding="same", kernel_initializer="zeros", dtype=dtype, name="out_conv")(x)
    return keras.Model(images, DepthToSpace(scale, dtype="float32", name="out")(x), name="espcn")


def residual(channels: int, *, scale: int = 1, width: int = 48, blocks: int = 4, dtype: Any = "float32") -> keras.Model:
    """EDSR's body (Lim et al. 2017): convolutions without normalisation, residual blocks, one long skip, sub-pixel output.

    The last convolution starts at zero, so that what is added to the enlarged (or noisy) image is nothing at first.
    """
    x = images = keras.Input((None, None, channels), name="images")

    def conv(x: Any, filters: int, name: str, **options: Any) -> Any:
        return keras.layers.Conv2D(filters, 3, padding="same", dtype=dtype, name=name, **options)(x)

    x = first = conv(x, width, "head")
    for number in range(blocks):
        y = conv(x, width, f"block{number}a", activation="relu")
        x = keras.layers.Add(dtype=dtype, name=f"block{number}")([x, conv(y, width, f"block{number}b")])
    x = keras.layers.Add(dtype=dtype, name="body")([conv(x, width, "body_conv"), first])
    x = conv(x, channels * scale**2, "out_conv", kernel_initializer="zeros")
    return keras.Model(images, DepthToSpace(scale, dtype="float32", name="out")(x), name="residual")


class SmoothFill(keras.layers.Layer):
    """The image [batch, h, w, c] where the mask [batch, h, w, 1] is 1 filled from around it: means of ever larger squares of
    known pixels, interpolated back from coarse to fine ("push-pull", Gortler et al. 1996, The lumigraph, section 3.4). On each
    level, sweeps that replace unknown pixels by the mean of their four neighbours come close to Laplace's equation."""

    levels = 7  # holes up to 128 pixels; beyond, the mean of the image shines through
    sweeps = 4

    def call(self, image: Any, mask: Any) -> Any:
        image, known = tf.cast(image, tf.float32), 1 - tf.cast(mask, tf.float32)
        pyramid = [(image * known, known)]
        for _ in range(self.levels):
            pyramid.append(tuple(tf.nn.avg_pool2d(values, 2, 2, "SAME") for values in pyramid[-1]))
        total, weight = (tf.reduce_mean(values, (1, 2), keepdims=True) for values in pyramid[0])
        filled = total / tf.maximum(weight, 1e-6)  # [batch, 1, 1, c]
        for values, weights in reversed(pyramid):
            filled = values + (1 - weights) * tf.image.resize(filled, tf.shape(values)[1:3])
            for _ in range(self.sweeps):
                edged = tf.pad(filled, [[0, 0], [1, 1], [1, 1], [0, 0]], "SYMMETRIC")
                around = edged[:, :-2, 1:-1] + edged[:, 2:, 1:-1] + edged[:, 1:-1, :-2] + edged[:, 1:-1, 2:]
                filled = values + (1 - weights) * around / 4
        return filled

    def compute_output_spec(self, image: Any, mask: Any) -> Any:
        return keras.KerasTensor(image.shape, "float32")


def inpainter(channels: int, *, width: int = 32, dtype: Any = "float32") -> keras.Model:
    """An encoder and decoder with skips whose middle sees far (dilated, after Iizuka et al. 2017); sizes multiples of 4.

    Inputs: the image in -1..1 with the hole at 0, and the mask (1 inside the hole), ``channels + 1`` in all. The network adds
    to the smoothly filled image, nothing at first.
    """
    given = keras.Input((None, None, channels + 1), name="images")
    mask = given[..., channels:]
    start = SmoothFill(dtype="float32", name="smooth")(given[..., :channels], mask)
    x = keras.layers.Concatenate(dtype=dtype, name="known")([start, mask])

    def conv(x: Any, filters: int, name: str, **options: Any) -> Any:
        options = {"padding": "same", "activation": "relu", **options}
        return keras.layers.Conv2D(filters, 3, dtype=dtype, name=name, **options)(x)

    full = conv(x, width, "down0")
    half = conv(conv(full, 2 * width, "down1", strides=2), 2 * width, "down1b")
    x = conv(half, 4 * width, "down2", strides=2)
    for rate in (2, 4, 8):
        x = conv(x, 4 * width, f"dilated{rate}", dilation_rate=rate)
    x = keras.layers.UpSampling2D(dtype=dtype, name="up1_grow")(x)
    x = conv(keras.layers.Concatenate(dtype=dtype, name="up1_skip")([x, half]), 2 * width, "up1")
    x = keras.layers.UpSampling2D(dtype=dtype, name="up0_grow")(x)
    x = conv(keras.layers.Concatenate(dtype=dtype, name="up0_skip")([x, full]), width, "up0")
    x = conv(x, channels, "out_conv", activation=None, kernel_initializer="zeros")
    return keras.Model(given, keras.layers.Add(dtype="float32", name="out")([start, x]), name="inpainter")


def colouriser(*, width: int = 32, residual: bool = False, dtype: Any = "float32") -> keras.Model:
    """The book's colour network: L [batch, h, w, 1] in, ab [batch, h, w, 2] in -1..1 out; stride-2 convolutions instead of
    pooling, skips from the encoder to the decoder. Sizes multiples of 16. ``residual``: the output starts at zero."""
    x = images = keras.Input((None, None, 1), name="images")

    def conv(x: Any, filters: int, name: str, **options: Any) -> Any:
        options = {"padding": "same", "use_bias": False, **options}
        x = keras.layers.Conv2D(filters, 3, dtype=dtype, name=f"{name}_conv", **options)(x)
        layer = BatchNorm(name=f"{name}_norm", dtype=dtype)
        return keras.layers.ReLU(dtype=dtype, name=name)(layer(x))

    kept = []
    for level in range(4):
        x = conv(x, width * 2**level, f"enc{level}")
        kept.append(x)
        x = conv(x, width * 2 ** min(level + 1, 3), f"down{level}", strides=2)
    x = conv(x, width * 8, "middle")
    for level in reversed(range(4)):
        x = keras.layers.UpSampling2D(dtype=dtype, name=f"up{level}_grow")(x)
        x = keras.layers.Concatenate(dtype=dtype, name=f"up{level}_skip")([x, kept[level]])
        x = conv(x, width * 2**level, f"up{level}")
    start = "zeros" if residual else "glorot_uniform"
    x = keras.layers.Conv2D(2, 3, padding="same", activation="tanh", kernel_initializer=start, dtype=dtype, name="out_conv")(x)
    return keras.Model(images, keras.layers.Activation("linear", dtype="float32", name="out")(x), name="colouriser")


class Surroundings(keras.layers.Layer):
    """L [batch, h, w, 1] in -1..1 -> its mean m in blocks of ``side`` pixels, m^2, and its deviation in the block, in eighths:
    [batch, h / side, w / side, 3]."""

    def __init__(self, side: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.side = side

    def call(self, lightness: Any) -> Any:
        mean, squares = (tf.nn.avg_pool2d(values, self.side, self.side, "VALID") for values in (lightness, lightness**2))
        return tf.concat([mean, mean**2, 8 * tf.sqrt(tf.maximum(squares - mean**2, 1e-6))], -1)

    def compute_output_shape(self, input_shape: Any) -> Any:
        batch, height, width, _ = input_shape
        return (batch, *(side if side is None else side // self.side for side in (height, width)), 3)


class Interpolated(keras.layers.Layer):
    """[batch, h, w, c] -> [batch, h * factor, w * factor, c], bilinear. Keras' UpSampling2D refuses sizes that change."""

    def __init__(self, factor: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.factor = factor

    def call(self, images: Any) -> Any:
        return tf.image.resize(images, tf.shape(images)[1:3] * self.factor)

    def compute_output_shape(self, input_shape: Any) -> Any:
        batch, height, width, channels = input_shape
        return (batch, *(side if side is None else side * self.factor for side in (height, width)), channels)


def local_colours(*, width: int = 32, side: int = 8, dtype: Any = "float32") -> keras.Model:
    """L [batch, h, w, 1] in, ab [batch, h, w, 2] out, starting at grey: one hidden layer of ``width`` units on the
    :class:`Surroundings` of each block, interpolated between blocks. Sizes multiples of ``side``."""
    images = keras.Input((None, None, 1), name="images")
    x = Surroundings(side, dtype="float32", name="surroundings")(images)
    x = keras.layers.Conv2D(width, 1, activation="relu", dtype=dtype, name="hidden")(x)
    x = keras.layers.Conv2D(2, 1, kernel_initializer="zeros", dtype="float32", name="colours")(x)
    return keras.Model(images, Interpolated(side, dtype="float32", name="out")(x), name="local_colours")


def segmenter(channels: int, classes: int, *, width: int = 16, dtype: Any = "float32") -> keras.Model:
    """The autoencoder's shape used for segmentation: logits [batch, h, w, classes]; sizes multiples of 8."""
    x = images = keras.Input((None, None, channels), name="images")

    def conv(x: Any, filters: int, name: str, **options: Any) -> Any:
        return keras.layers.Conv2D(filters, 3, padding="same", activation="relu", dtype=dtype, name=name, **options)(x)

    kept = []
    for level in range(3):
        x = conv(x, width * 2**level, f"enc{level}")
        kept.append(x)
        x = keras.layers.MaxPooling2D(dtype=dtype, name=f"pool{level}")(x)
    x = conv(x, width * 8, "middle")
    for level in reversed(range(3)):
        x = keras.layers.UpSampling2D(dtype=dtype, name=f"up{level}_grow")(x)
        x = conv(keras.layers.Concatenate(dtype=dtype, name=f"up{level}_skip")([x, kept[level]]), width * 2**level, f"up{level}")
    x = keras.layers.Conv2D(classes, 1, dtype=dtype, name="logits_conv")(x)
    return keras.Model(images, keras.layers.Activation("linear", dtype="float32", name="out")(x), name="segmenter")
