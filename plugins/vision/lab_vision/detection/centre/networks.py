"""CenterNet's network: images to a heat map a class, sides and offsets, at a quarter of the image's size."""

from typing import Any

import keras
from keras import layers

from lab_vision.detection.backbone import backbone, block, joined

BIAS = -2.19  # of the heat map's logits: 0.1 everywhere at first (Lin et al. 2017, focal loss)


def make_network(size: int, channels: int, classes: int, width: int, *, dtype: Any, seed: int) -> keras.Model:
    """float32 [batch, size, size, channels] in 0..1 -> float32 [batch, size/4, size/4, classes + 4].

    The last four are width, height (in 4 pixels' units) and the offset of the centre (x, y) in cells.
    """
    keras.utils.set_random_seed(seed % (1 << 31))
    image = keras.Input((size, size, channels), name="image")
    fine, middle, coarse = backbone(image, width, dtype)
    x = joined(coarse, middle, 4 * width, "join_8", dtype)
    x = block(x, 4 * width, "smooth_8", dtype)
    x = joined(x, fine, 2 * width, "join_4", dtype)
    x = block(x, 2 * width, "smooth_4", dtype)
    heat = block(x, 2 * width, "heat_1", dtype)
    heat = layers.Conv2D(classes, 1, name="heat", dtype="float32", bias_initializer=keras.initializers.Constant(BIAS))(heat)
    place = block(x, 2 * width, "place_1", dtype)
    place = layers.Conv2D(4, 1, name="place", dtype="float32", bias_initializer=keras.initializers.Constant(1.0))(place)
    return keras.Model(image, layers.Concatenate(name="answer", dtype="float32")([heat, place]), name="centre_net")
