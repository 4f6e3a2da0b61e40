"""Features of fixed length from regions of any size: spatial pyramid pooling, ROI pooling, bilinear ROI crops."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

PYRAMID = (4, 2, 1)  # bins a side: 16 + 4 + 1 = 21


def spatial_pyramid(features: Any, levels: Sequence[int] = PYRAMID) -> Any:
    """Largest values in n x n bins for each level (He et al. 2014, section 2.3): [batch, h, w, c] -> [batch, 21 c].

    Bin i of n covers rows floor(i h / n) to ceil((i + 1) h / n): every pixel is covered, bins of a small map overlap. ``h`` and
    ``w`` may differ from call to call; the length doesn't.
    """
    found = []
    for bins in levels:
        for row in range(bins):
            for column in range(bins):
                top, bottom = _bin(row, bins, tf.shape(features)[1])
                left, right = _bin(column, bins, tf.shape(features)[2])
                found.append(tf.reduce_max(features[:, top:bottom, left:right], axis=(1, 2)))
    return tf.concat(found, -1)


def _bin(number: int, bins: int, length: Any) -> tuple[Any, Any]:
    return number * length // bins, ((number + 1) * length + bins - 1) // bins


def roi_max_pool(features: NDArray[Any], box: Sequence[float], bins: int, stride: int) -> NDArray[Any]:
    """ROI pooling as published (Girshick 2015, section 2.1), of one region: [h, w, c] -> [bins, bins, c].

    The box (pixels) is rounded to cells of the feature map, then cut into bins whose largest value is taken; empty bins give 0.
    This is the reference that :func:`roi_pool` is compared with: it is exact, slow, and has no gradient for the box.
    """
    x0, y0, x1, y1 = (int(np.floor(side / stride + 0.5)) for side in box)
    height, width = max(1, y1 - y0), max(1, x1 - x0)
    found = np.zeros((bins, bins, features.shape[-1]), features.dtype)
    for row in range(bins):
        for column in range(bins):
            top, bottom = y0 + row * height // bins, y0 + -(-(row + 1) * height // bins)
            left, right = x0 + column * width // bins, x0 + -(-(column + 1) * width // bins)
            cut = features[max(0, top) : max(0, bottom), max(0, left) : max(0, right)]
            if cut.size:
                found[row, column] = cut.max((0, 1))
    return found


def roi_align(features: Any, boxes: Any, bins: int, stride: int) -> Any:
    """Bilinear values at the middles of bins x bins bins (He et al. 2017, section 3, one point a bin).

    ``features`` [batch, h, w, c], ``boxes`` [batch, n, 4] in pixels -> [batch * n, bins, bins, c]. Cell (i, j) stands for the
    pixel ((j + 0.5) stride, (i + 0.5) stride). Points outside the map give 0. No gradient flows into the boxes.
    """
    batch, count = tf.shape(boxes)[0], tf.shape(boxes)[1]
    height, width = features.shape[1], features.shape[2]
    x0, y0, x1, y1 = tf.unstack(tf.reshape(tf.stop_gradient(boxes), (-1, 4)) / float(stride), axis=-1)
    # crop_and_resize puts its first and last points on the corners: corners become the middles of the first and last bins
    wide, high = (x1 - x0) / bins, (y1 - y0) / bins
    corners = [y0 + high / 2 - 0.5, x0 + wide / 2 - 0.5, y1 - high / 2 - 0.5, x1 - wide / 2 - 0.5]
    scale = tf.constant([height - 1, width - 1, height - 1, width - 1], tf.float32)
    image = tf.repeat(tf.range(batch), count)
    return tf.image.crop_and_resize(features, tf.stack(corners, -1) / tf.maximum(scale, 1.0), image, (bins, bins))


def roi_pool(features: Any, boxes: Any, bins: int, stride: int) -> Any:
    """ROI pooling by a bilinear crop of 2 bins x 2 bins, then the largest of each 2 x 2 (Chen and Gupta 2017, section 2.2).

    [batch, h, w, c] and [batch, n, 4] -> [batch * n, bins, bins, c]. Nothing is rounded, unlike :func:`roi_max_pool`.
    """
    return tf.nn.max_pool2d(roi_align(features, boxes, 2 * bins, stride), 2, 2, "VALID")
