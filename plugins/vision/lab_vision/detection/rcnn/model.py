"""A trained Faster R-CNN."""

from collections.abc import Mapping
from typing import Any

from lab_vision.detection.config import RcnnConfig
from lab_vision.detection.model import DetectorModel


class RcnnModel(DetectorModel):
    """Regions that the first stage proposes, classified and moved by the second."""

    config_type = RcnnConfig

    def make_networks(self) -> Mapping[str, Any]:
        from lab_vision.detection.rcnn.learner import make_networks

        return make_networks(self.config, int(self.about["channels"]), len(self.about["classes"]), dtype="float32", seed=0)

    def detect(self, images: Any) -> tuple[Any, Any, Any]:
        """A candidate for each class of each proposal: all that non-maximum suppression needs."""
        import tensorflow as tf

        from lab_vision.detection.anchors import grid
        from lab_vision.detection.coding import clipped, decode
        from lab_vision.detection.pooling import roi_pool
        from lab_vision.detection.rcnn.networks import STRIDE
        from lab_vision.detection.rcnn.proposals import proposals, spread

        config, classes = self.config, len(self.classes)
        features, logits, offsets = self.networks["proposals"](images, training=False)
        regions, there = proposals(
            logits, offsets, tf.constant(grid(config.size, STRIDE, config.anchors)), config.size, config.proposals
        )
        answer, moves = self.networks["regions"](roi_pool(features, regions, config.roi_bins, STRIDE), training=False)
        shape = (tf.shape(images)[0], config.proposals)
        chance = tf.reshape(tf.nn.softmax(answer)[:, :classes], (*shape, classes))
        chance *= tf.cast(there > 0, tf.float32)[..., None]
        boxes = decode(tf.reshape(moves, (*shape, classes, 4)) * spread(), regions[..., None, :])
        kinds = tf.broadcast_to(tf.range(classes), (*shape, classes))
        flat = (shape[0], config.proposals * classes)
        return tf.reshape(clipped(boxes, config.size), (*flat, 4)), tf.reshape(chance, flat), tf.reshape(kinds, flat)
