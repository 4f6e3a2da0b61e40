"""The U-Net of pix2pix (Isola et al. 2017, section 6.1.1)."""

from typing import Any

import keras

from lab_image_translation.networks.layers import SeededDropout, norm, normal, seeds

WIDEST = 8  # times the width of the first layer


def depth_for(size: int, depth: int = 0) -> int:
    """How often a ``size``-pixel image is halved: ``depth``, or down to one pixel where ``depth`` is 0."""
    return depth or size.bit_length() - 1


def unet(
    channels: int,
    outputs: int,
    *,
    depth: int,
    width: int = 64,
    normalisation: str = "batch",
    dropout: float = 0.5,
    skips: bool = True,
    final: str = "tanh",
    seed: int = 0,
    dtype: Any = "float32",
) -> keras.Model:
    """Inputs: images [batch, h, w, channels], h and w multiples of 2**depth, and a dropout seed int32 [2]; images of ``outputs``
    channels come out.

    depth   convolutions 4x4 of stride 2 going down, as many transposed ones going up; width, 2, 4 and then 8 times the width
    dropout in the first three layers going up, but the outermost
    skips   each layer going up also gets what came out of the layer of its size going down; without: an autoencoder

    At depth 8, width 64, three channels: 54,420,483 trainable weights.
    """
    init = seeds(seed)
    images = keras.Input((None, None, channels), name="images")
    noise = keras.Input(batch_shape=(2,), dtype="int32", name="seed")
    widths = [width * min(2**level, WIDEST) for level in range(depth)]

    x, kept = images, []
    for level, filters in enumerate(widths):  # [size / 2^(level+1), filters]
        if level:
            x = keras.layers.LeakyReLU(0.2, dtype=dtype, name=f"down{level}_active")(x)
        x = keras.layers.Conv2D(
            filters, 4, 2, "same", kernel_initializer=normal(next(init)), dtype=dtype, name=f"down{level}_conv"
        )(x)
        if level:
            x = norm(normalisation, f"down{level}_norm", dtype)(x)
        kept.append(x)
    for step, level in enumerate(reversed(range(depth - 1))):  # back to [size / 2^(level+1), widths[level]]
        x = keras.layers.ReLU(dtype=dtype, name=f"up{level}_active")(x)
        x = keras.layers.Conv2DTranspose(
            widths[level], 4, 2, "same", kernel_initializer=normal(next(init)), dtype=dtype, name=f"up{level}_conv"
        )(x)
        x = norm(normalisation, f"up{level}_norm", dtype)(x)
        if dropout and step < 3:
            x = SeededDropout(dropout, step, dtype=dtype, name=f"up{level}_dropout")(x, noise)
        if skips:
            x = keras.layers.Concatenate(dtype=dtype, name=f"up{level}_skip")([x, kept[level]])
    x = keras.layers.ReLU(dtype=dtype, name="out_active")(x)
    x = keras.layers.Conv2DTranspose(outputs, 4, 2, "same", kernel_initializer=normal(next(init)), dtype=dtype, name="out_conv")(
        x
    )
    x = keras.layers.Activation(final, dtype="float32", name="out")(x)
    return keras.Model([images, noise], x, name="unet")
