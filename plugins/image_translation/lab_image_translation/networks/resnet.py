"""The ResNet generator of CycleGAN (Zhu et al. 2017, section 7.2; after Johnson et al. 2016)."""

from typing import Any

import keras
from lab_tensorflow.layers import InstanceNorm

from lab_image_translation.networks.layers import ReflectPad, normal, seeds


def resnet_generator(
    channels: int,
    outputs: int,
    *,
    width: int = 64,
    blocks: int = 9,
    extra: int = 0,
    resize: bool = False,
    skip: bool = False,
    seed: int = 0,
    dtype: Any = "float32",
) -> keras.Model:
    """c7s1-w, d2w, d4w, ``blocks`` residual blocks, u2w, uw, c7s1-outputs, tanh; height and width multiples of 4.

    Convolutions have no bias; instance normalisation has scale and offset. ``extra`` further input channels carry a label
    (StarGAN). At width 64, 9 blocks, 3 channels: 11,383,424 weights.

    resize  enlarges by repetition before a convolution of the same kernel (Odena et al. 2016, Deconvolution and checkerboard
            artifacts): transposed convolutions of kernel 3 and stride 2 overlap unevenly and leave a grid. As many weights
    skip    adds the image to the output, whose convolution starts at zero: the generator begins as the identity

    The layers ``enc0`` to ``enc2`` and ``block0`` ... name the features that CUT contrasts.
    """
    init = seeds(seed)
    x = images = keras.Input((None, None, channels + extra), name="images")

    def conv(x: Any, filters: int, size: int, stride: int, name: str, *, padding: str = "same", start: Any = None) -> Any:
        layer = keras.layers.Conv2D(
            filters,
            size,
            stride,
            padding,
            use_bias=False,
            kernel_initializer=start or normal(next(init)),
            dtype=dtype,
            name=f"{name}_conv",
        )
        return layer(x)

    def normed(x: Any, name: str, *, active: bool = True) -> Any:
        x = InstanceNorm(dtype=dtype, name=f"{name}_norm")(x)
        return keras.layers.ReLU(dtype=dtype, name=name)(x) if active else x

    x = conv(ReflectPad(3, dtype=dtype, name="border")(x), width, 7, 1, "enc0", padding="valid")
    x = normed(x, "enc0")  # [h, w, width]
    for level in (1, 2):
        x = normed(conv(x, width * 2**level, 3, 2, f"enc{level}"), f"enc{level}")  # [h / 2^level, w / 2^level, width 2^level]
    for number in range(blocks):
        name = f"block{number}"
        y = conv(ReflectPad(1, dtype=dtype, name=f"{name}a_border")(x), 4 * width, 3, 1, f"{name}a", padding="valid")
        y = normed(y, f"{name}a")
        y = conv(ReflectPad(1, dtype=dtype, name=f"{name}b_border")(y), 4 * width, 3, 1, f"{name}b", padding="valid")
        x = keras.layers.Add(dtype=dtype, name=name)([x, normed(y, f"{name}b", active=False)])
    for level in (1, 0):
        if resize:
            x = keras.layers.UpSampling2D(dtype=dtype, name=f"dec{level}_grow")(x)
            x = conv(x, width * 2**level, 3, 1, f"dec{level}")
        else:
            x = keras.layers.Conv2DTranspose(
                width * 2**level,
                3,
                2,
                "same",
                use_bias=False,
                kernel_initializer=normal(next(init)),
                dtype=dtype,
                name=f"dec{level}_conv",
            )(x)
        x = normed(x, f"dec{level}")
    start = keras.initializers.Zeros() if skip else None
    x = conv(ReflectPad(3, dtype=dtype, name="out_border")(x), outputs, 7, 1, "out", padding="valid", start=start)
    x = keras.layers.Activation("tanh", dtype="float32", name="out")(x)
    if skip:
        x = keras.layers.Add(dtype="float32", name="out_skip")([x, images[..., :channels]])
    return keras.Model(images, x, name="resnet_generator")
