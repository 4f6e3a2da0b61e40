"""From the first stage's answer to the regions that the second stage looks at, as TensorFlow operations of fixed shapes."""

from typing import Any

import tensorflow as tf

from lab_vision.detection.coding import clipped, decode

BEFORE = 150  # best anchors of an image that non-maximum suppression looks at
OVERLAP = 0.7  # proposals that overlap a better one by more are left out (Ren et al. 2015, section 3.3)
SPREAD = 0.1, 0.2  # deviations by which the second stage's offsets are divided: of places, of sides (section 3.3 of their code)


def proposals(logits: Any, offsets: Any, anchors: Any, size: int, count: int) -> tuple[Any, Any]:
    """The ``count`` best regions of each image, boxes [batch, count, 4] in pixels, and their objectness [batch, count].

    Suppressed places are filled with empty boxes at 0 and objectness 0. No gradient flows through.
    """
    before = min(BEFORE, int(anchors.shape[0]))
    scores, order = tf.math.top_k(tf.stop_gradient(logits), before)
    boxes = decode(tf.gather(tf.stop_gradient(offsets), order, batch_dims=1), tf.gather(anchors, order))
    boxes = clipped(boxes, size)
    kept, valid = tf.image.non_max_suppression_padded(
        _rows_first(boxes),
        scores,
        count,
        iou_threshold=OVERLAP,
        pad_to_max_output_size=True,
        sorted_input=True,
        canonicalized_coordinates=True,
    )
    there = tf.sequence_mask(valid, count, tf.float32)  # [batch, count]
    found = tf.gather(boxes, kept, batch_dims=1) * there[..., None]
    return found, tf.sigmoid(tf.gather(scores, kept, batch_dims=1)) * there


def _rows_first(boxes: Any) -> Any:
    """x0, y0, x1, y1 as y0, x0, y1, x1."""
    return tf.gather(boxes, [1, 0, 3, 2], axis=-1)


def spread() -> Any:
    """What offsets of the second stage are multiplied by, [4]."""
    return tf.constant([SPREAD[0], SPREAD[0], SPREAD[1], SPREAD[1]])
