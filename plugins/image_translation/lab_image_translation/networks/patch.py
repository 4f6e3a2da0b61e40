"""Patch discriminators: a map of logits, each of which sees a square of the image (Isola et al. 2017, section 6.1.2)."""

from typing import Any

import keras

from lab_image_translation.networks.layers import norm, normal, seeds

# Receptive field -> (strided layers, further layers of stride 1 or 1x1). "full" is the paper's 286, more than its 256 pixels.
# 4 to 94 are layers of stride 2 alone, the last of which gives the logit.
FIELDS: dict[str, tuple[int, int]] = {
    "1": (0, 3),
    "16": (1, 2),
    "34": (2, 2),
    "70": (3, 2),
    "full": (5, 2),
    "4": (1, 0),
    "10": (2, 0),
    "22": (3, 0),
    "46": (4, 0),
    "94": (5, 0),
}


def layout(field: str) -> list[tuple[int, int]]:
    """(kernel, stride) of every convolution of the discriminator with this receptive field, the one to the logit included."""
    strided, further = FIELDS[field]
    kernel = 1 if field == "1" else 4
    return [(kernel, 2)] * strided + [(kernel, 1)] * further


def receptive_field(layers: list[tuple[int, int]]) -> int:
    """Side in pixels of what one logit sees: backwards from the last layer, side = kernel + (side - 1) * stride."""
    side = 1
    for kernel, stride in reversed(layers):
        side = kernel + (side - 1) * stride
    return side


def smallest_input(field: str) -> int:
    """The least image side for which every layer has an input of at least two pixels."""
    return 2 ** sum(stride == 2 for _, stride in layout(field))


def discriminator(
    channels: int,
    *,
    field: str = "70",
    width: int = 64,
    normalisation: str = "batch",
    bias: bool = True,
    seed: int = 0,
    dtype: Any = "float32",
) -> keras.Model:
    """Logits float32 [batch, h', w', 1] of images [batch, h, w, channels]; for a conditional one both images are its channels.

    Widths double up to eight times the first. At field 70, width 64, six channels: 2,769,601 trainable weights.
    """
    init = seeds(seed)
    x = images = keras.Input((None, None, channels), name="images")
    *hidden, (kernel, stride) = layout(field)
    for number, (size, step) in enumerate(hidden):
        filters = width * min(2**number, 8)
        x = keras.layers.Conv2D(
            filters,
            size,
            step,
            "same",
            use_bias=bias or number == 0,
            kernel_initializer=normal(next(init)),
            dtype=dtype,
            name=f"layer{number}_conv",
        )(x)
        if number:
            x = norm(normalisation, f"layer{number}_norm", dtype)(x)
        x = keras.layers.LeakyReLU(0.2, dtype=dtype, name=f"layer{number}_active")(x)
    x = keras.layers.Conv2D(1, kernel, stride, "same", kernel_initializer=normal(next(init)), dtype=dtype, name="logit")(x)
    return keras.Model(images, keras.layers.Activation("linear", dtype="float32", name="out")(x), name="discriminator")
