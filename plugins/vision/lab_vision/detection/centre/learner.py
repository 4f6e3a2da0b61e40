"""One update of a CenterNet."""

from collections.abc import Mapping
from typing import Any

import tensorflow as tf
from lab_tensorflow.precision import policy
from lab_tensorflow.single_loss import SingleLossLearner

from lab_vision.detection.centre.networks import make_network
from lab_vision.detection.centre.targets import STRIDE, heat_loss, targets
from lab_vision.detection.config import CentreConfig


class CentreLearner(SingleLossLearner):
    """``networks``: the detector."""

    shares = False  # its terms are means over different things: cells, objects
    averaged = ("detector",)
    metrics = ("loss", "heat_loss", "side_error", "offset_error")

    def __init__(self, config: CentreConfig, channels: int, classes: int, *, precision: str, seed: int) -> None:
        self.classes = classes
        network = make_network(config.size, channels, classes, config.width, dtype=policy(precision), seed=seed)
        super().__init__(config, {"detector": network}, seed=seed)

    def loss(self, batch: Mapping[str, Any], noise: Any) -> tuple[Any, Mapping[str, Any]]:
        return self._loss(batch, training=True)

    def evaluate(self, batch: Mapping[str, Any]) -> Mapping[str, Any]:
        return self._loss(batch, training=False)[1]

    def _loss(self, batch: Mapping[str, Any], *, training: bool) -> tuple[Any, Mapping[str, Any]]:
        """Heat + size_weight |sides| + offset_weight |offsets| (equation 4); the last two at the objects' centres alone."""
        answer = self.networks["detector"](batch["image"], training=training)
        wanted = targets(batch["boxes"], batch["label"], self.config.size, self.classes)
        objects = tf.reduce_sum(wanted.there)
        heat = heat_loss(answer[..., : self.classes], wanted.heat, objects)
        rows = tf.reshape(answer[..., self.classes :], (tf.shape(answer)[0], -1, 4))
        place = tf.gather(rows, wanted.cell, batch_dims=1)  # [batch, k, 4]

        def error(difference: Any) -> Any:
            return tf.reduce_sum(tf.abs(difference) * wanted.there[..., None]) / tf.maximum(objects, 1.0)

        sides = error(place[..., :2] * STRIDE - wanted.sides)
        offset = error(place[..., 2:] - wanted.offset)
        loss = heat + self.config.size_weight * sides + self.config.offset_weight * offset
        return loss, {"loss": loss, "heat_loss": heat, "side_error": sides, "offset_error": offset}
