"""The image transformation network of fast style transfer (Johnson et al. 2016, as the source has it)."""

from typing import Any

import keras
import tensorflow as tf
from lab_tensorflow.layers import InstanceNorm

from lab_image_translation.networks.layers import ReflectPad, seeds

BORDER = 10  # mirrored pixels around the image, cut off again


class Grow(keras.layers.Layer):
    """Nearest-neighbour enlargement by 4: a 3x3 convolution of stride 2 after it makes 2 of it without a chequerboard."""

    def call(self, images: Any) -> Any:
        size = tf.shape(images)
        return tf.image.resize(images, (4 * size[1], 4 * size[2]), method="nearest")

    def compute_output_shape(self, input_shape: Any) -> Any:
        batch, height, width, channels = input_shape
        return (batch, *(side if side is None else 4 * side for side in (height, width)), channels)


class Blurred(keras.layers.Layer):
    """The mean of each 4x4 block, enlarged again: shapes and colours without detail."""

    def call(self, images: Any) -> Any:
        size = tf.shape(images)
        return tf.image.resize(tf.nn.avg_pool2d(images, 4, 4, "SAME"), (size[1], size[2]), method="bilinear")

    def compute_output_shape(self, input_shape: Any) -> Any:
        return input_shape


def transform_network(
    *, width: int = 32, blocks: int = 5, skip: bool = False, seed: int = 0, dtype: Any = "float32"
) -> keras.Model:
    """Images in 0..255 [batch, h, w, 3] to images in 0..255, h and w multiples of 4.

    9x9xw, 3x3x2w stride 2, 3x3x4w stride 2, residual blocks of 4w channels (conv, ReLU, conv, without normalisation), two
    enlargements with convolutions to 2w and w, 9x9x3, tanh. Convolutions have no bias, instance normalisation (epsilon
    1e-9) no scale. At width 32, 5 blocks: 1,674,432 weights. Deviation: the image enters as (x - 127.5) / 127.5.

    ``skip``: the last convolution starts at zero, has no normalisation, and what it gives is added to the blurred image: training
    starts from shapes and colours, and every detail has to be painted. (With the sharp image, only colours would change.)
    """
    init = seeds(seed)
    x = images = keras.Input((None, None, 3), name="images")

    def conv(x: Any, filters: int, size: int, stride: int, name: str, start: Any = None) -> Any:
        border = size // 2
        x = ReflectPad(border, dtype=dtype, name=f"{name}_border")(x)
        start = start or keras.initializers.TruncatedNormal(stddev=0.1, seed=next(init))
        return keras.layers.Conv2D(
            filters, size, stride, "valid", use_bias=False, kernel_initializer=start, dtype=dtype, name=f"{name}_conv"
        )(x)

    def normed(x: Any, name: str) -> Any:
        return InstanceNorm(scaled=False, epsilon=1e-9, dtype=dtype, name=f"{name}_norm")(x)

    def active(x: Any, name: str) -> Any:
        return keras.layers.ReLU(dtype=dtype, name=name)(normed(x, name))

    x = scaled = keras.layers.Rescaling(1 / 127.5, -1.0, dtype=dtype, name="scaled")(x)
    x = ReflectPad(BORDER, dtype=dtype, name="outer_border")(x)
    x = active(conv(x, width, 9, 1, "enc0"), "enc0")
    x = active(conv(x, 2 * width, 3, 2, "enc1"), "enc1")
    x = active(conv(x, 4 * width, 3, 2, "enc2"), "enc2")
    for number in range(blocks):
        y = keras.layers.ReLU(dtype=dtype, name=f"block{number}_active")(conv(x, 4 * width, 3, 1, f"block{number}a"))
        x = keras.layers.Add(dtype=dtype, name=f"block{number}")([x, conv(y, 4 * width, 3, 1, f"block{number}b")])
    for number, filters in enumerate((2 * width, width)):
        x = Grow(dtype=dtype, name=f"grow{number}")(x)
        x = active(conv(x, filters, 3, 2, f"dec{number}"), f"dec{number}")
    x = conv(x, 3, 9, 1, "out", "zeros") if skip else normed(conv(x, 3, 9, 1, "out"), "out")
    x = keras.layers.Activation("tanh", dtype="float32", name="out_tanh")(x)
    x = keras.layers.Cropping2D(BORDER, name="out_crop")(x)
    if skip:
        x = keras.layers.Add(dtype="float32", name="out_skip")([x, Blurred(dtype="float32", name="out_blurred")(scaled)])
    return keras.Model(images, keras.layers.Rescaling(127.5, 127.5, name="out")(x), name="transform")
