"""A trained CenterNet."""

from collections.abc import Mapping
from typing import Any

from lab_vision.detection.centre.targets import STRIDE
from lab_vision.detection.config import CentreConfig
from lab_vision.detection.model import DetectorModel

CANDIDATES = 100  # peaks of an image that are looked at


class CentreModel(DetectorModel):
    """Peaks of the heat map, each with the sides and the offset at its cell."""

    config_type = CentreConfig

    def make_networks(self) -> Mapping[str, Any]:
        from lab_vision.detection.centre.networks import make_network

        channels, classes = int(self.about["channels"]), len(self.about["classes"])
        return {"detector": make_network(self.config.size, channels, classes, self.config.width, dtype="float32", seed=0)}

    def detect(self, images: Any) -> tuple[Any, Any, Any]:
        return decoded(self.networks["detector"](images, training=False), len(self.classes))


def decoded(answer: Any, classes: int, most: int = CANDIDATES) -> tuple[Any, Any, Any]:
    """Boxes [batch, n, 4], scores [batch, n] and classes int32 [batch, n] of the network's answer [batch, h, w, classes + 4].

    A peak is a cell whose heat no neighbour (3 x 3, same class) exceeds; the ``most`` highest ones are given, highest first.
    """
    import tensorflow as tf

    cells = answer.shape[1]
    heat = tf.sigmoid(answer[..., :classes])
    peak = tf.where(heat >= tf.nn.max_pool2d(heat, 3, 1, "SAME"), heat, 0.0)
    flat = tf.reshape(peak, (tf.shape(answer)[0], -1))
    scores, place = tf.math.top_k(flat, min(most, cells * cells * classes))
    cell, kind = place // classes, place % classes
    rows = tf.gather(tf.reshape(answer[..., classes:], (tf.shape(answer)[0], -1, 4)), cell, batch_dims=1)
    corner = tf.stack([cell % cells, cell // cells], -1)
    centre = (tf.cast(corner, tf.float32) + rows[..., 2:]) * STRIDE
    half = tf.maximum(rows[..., :2], 0.0) * (STRIDE / 2)
    return tf.concat([centre - half, centre + half], -1), scores, kind
