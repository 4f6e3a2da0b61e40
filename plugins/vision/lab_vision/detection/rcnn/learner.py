"""One update of a Faster R-CNN, both stages at once (approximate joint training, Ren et al. 2015, section 3.2)."""

from collections.abc import Mapping
from typing import Any

import tensorflow as tf
from lab_tensorflow.precision import policy
from lab_tensorflow.single_loss import SingleLossLearner

from lab_vision.detection.anchors import RATIOS, grid, matched, sampled
from lab_vision.detection.coding import encode, smooth_l1
from lab_vision.detection.config import RcnnConfig
from lab_vision.detection.pooling import roi_pool
from lab_vision.detection.rcnn.networks import STRIDE, proposal_network, region_network
from lab_vision.detection.rcnn.proposals import proposals, spread

POSITIVE = 0.5  # overlap with an object from which a region is one
SHARE = 0.5  # of an image's sampled anchors that may be positive


class RcnnLearner(SingleLossLearner):
    """``networks``: proposals and regions."""

    shares = False  # its terms are means over different things: anchors, regions, boxes
    averaged = ("proposals", "regions")
    metrics = ("loss", "objectness_loss", "proposal_loss", "class_loss", "box_loss", "recall")

    def __init__(self, config: RcnnConfig, channels: int, classes: int, *, precision: str, seed: int) -> None:
        self.classes = classes
        self.anchors = tf.constant(grid(config.size, STRIDE, config.anchors))
        networks = make_networks(config, channels, classes, dtype=policy(precision), seed=seed)
        super().__init__(config, networks, seed=seed)

    def loss(self, batch: Mapping[str, Any], noise: Any) -> tuple[Any, Mapping[str, Any]]:
        boxes, label = batch["boxes"], batch["label"]
        features, logits, offsets = self.networks["proposals"](batch["image"], training=True)
        objectness, place = self._first(logits, offsets, boxes, label, noise)
        regions, _ = proposals(logits, offsets, self.anchors, self.config.size, self.config.proposals)
        recall = self._recall(regions, boxes, label)
        # the objects themselves are regions, too: at first no proposal hits one
        regions = tf.concat([regions, boxes], 1)
        found = matched(regions, boxes, label >= 0, high=POSITIVE, low=POSITIVE, best=False)
        kind, sides = self._second(features, regions, boxes, label, found)
        loss = objectness + place + kind + sides
        return loss, {
            "loss": loss,
            "objectness_loss": objectness,
            "proposal_loss": place,
            "class_loss": kind,
            "box_loss": sides,
            "recall": recall,
        }

    def _first(self, logits: Any, offsets: Any, boxes: Any, label: Any, noise: Any) -> tuple[Any, Any]:
        """Cross-entropy of the sampled anchors' objectness, and smooth L1 of the positive ones' offsets (equation 1)."""
        found = matched(self.anchors, boxes, label >= 0)
        weight = sampled(found.kind, self.config.anchor_samples, SHARE, noise.uniform(tf.shape(logits)))
        target = tf.cast(found.kind == 1, tf.float32)
        each = tf.nn.sigmoid_cross_entropy_with_logits(target, logits)
        objectness = tf.math.divide_no_nan(tf.reduce_sum(weight * each), tf.reduce_sum(weight))
        wanted = encode(tf.gather(boxes, found.object, batch_dims=1), self.anchors)
        error = tf.reduce_sum(smooth_l1(offsets - wanted, 1 / 9), -1)
        positive = weight * target
        return objectness, tf.math.divide_no_nan(tf.reduce_sum(tf.where(positive > 0, error, 0.0)), tf.reduce_sum(positive))

    def _second(self, features: Any, regions: Any, boxes: Any, label: Any, found: Any) -> tuple[Any, Any]:
        """Cross-entropy of the regions' classes, and smooth L1 of the offsets of the positive ones for their own class."""
        pooled = roi_pool(features, regions, self.config.roi_bins, STRIDE)
        logits, offsets = self.networks["regions"](pooled, training=True)
        positive = tf.reshape(found.kind == 1, [-1])
        there = tf.reshape(regions[..., 2] > regions[..., 0], [-1])  # suppressed places are empty boxes
        kind = tf.reshape(tf.gather(label, found.object, batch_dims=1), [-1])
        kind = tf.where(positive, kind, self.classes)
        each = tf.nn.sparse_softmax_cross_entropy_with_logits(kind, logits)
        weight = tf.cast(there, tf.float32)
        class_loss = tf.math.divide_no_nan(tf.reduce_sum(weight * each), tf.reduce_sum(weight))
        wanted = encode(tf.gather(boxes, found.object, batch_dims=1), regions) / spread()
        mine = tf.gather(offsets, tf.minimum(kind, self.classes - 1), batch_dims=1)  # [regions, 4]
        error = tf.reduce_sum(smooth_l1(mine - tf.reshape(wanted, (-1, 4))), -1)
        use = positive & there
        count = tf.reduce_sum(tf.cast(use, tf.float32))
        return class_loss, tf.math.divide_no_nan(tf.reduce_sum(tf.where(use, error, 0.0)), count)

    def _recall(self, regions: Any, boxes: Any, label: Any) -> Any:
        """Share of the objects that some proposal overlaps by half."""
        from lab_vision.detection.coding import overlaps

        there = tf.cast(label >= 0, tf.float32)
        hit = tf.cast(tf.reduce_max(overlaps(regions, boxes), 1) >= POSITIVE, tf.float32)
        return tf.math.divide_no_nan(tf.reduce_sum(hit * there), tf.reduce_sum(there))


def make_networks(config: RcnnConfig, channels: int, classes: int, *, dtype: Any, seed: int) -> dict[str, Any]:
    """Both networks by name."""
    each = len(config.anchors) * len(RATIOS)
    return {
        "proposals": proposal_network(config.size, channels, config.width, each, dtype=dtype, seed=seed),
        "regions": region_network(config.roi_bins, 4 * config.width, config.hidden, classes, dtype=dtype, seed=seed),
    }
