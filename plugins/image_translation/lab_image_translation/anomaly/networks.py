"""A convolutional autoencoder with a dense middle."""

from typing import Any

import keras


def autoencoder(shape: tuple[int, int, int], *, width: int, code: int, dtype: Any = "float32") -> keras.Model:
    """Images [batch, h, w, c] in 0..1 to themselves through ``code`` numbers; h and w multiples of 4."""
    height, breadth, channels = shape
    x = images = keras.Input(shape, name="images")

    def conv(x: Any, filters: int, name: str, **options: Any) -> Any:
        return keras.layers.Conv2D(filters, 3, padding="same", activation="relu", dtype=dtype, name=name, **options)(x)

    x = conv(conv(x, width, "down1", strides=2), 2 * width, "down2", strides=2)  # [h/4, w/4, 2 width]
    x = keras.layers.Flatten(dtype=dtype, name="flat")(x)
    x = keras.layers.Dense(code, dtype=dtype, name="code")(x)
    x = keras.layers.Dense(height // 4 * (breadth // 4) * 2 * width, activation="relu", dtype=dtype, name="open")(x)
    x = keras.layers.Reshape((height // 4, breadth // 4, 2 * width), dtype=dtype, name="unflat")(x)
    x = conv(keras.layers.UpSampling2D(dtype=dtype, name="grow1")(x), width, "up1")
    x = conv(keras.layers.UpSampling2D(dtype=dtype, name="grow2")(x), width, "up2")
    x = keras.layers.Conv2D(channels, 3, padding="same", dtype=dtype, name="out_conv")(x)
    return keras.Model(images, keras.layers.Activation("sigmoid", dtype="float32", name="out")(x), name="autoencoder")
