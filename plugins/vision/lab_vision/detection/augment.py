"""Augmentation of images together with their boxes, as TensorFlow operations on a whole minibatch."""

from typing import Any

import tensorflow as tf

from lab_vision.detection.config import DetectionConfig

LEFT = 0.4  # share of an object that must stay inside, or it is no object any more


def prepared(items: Any, config: DetectionConfig, noise: Any) -> dict[str, Any]:
    """``image`` float32 [batch, size, size, c] in 0..1, with ``boxes`` and ``label``; augmented unless ``noise`` is None."""
    image = tf.cast(items["image"], tf.float32) / 255.0
    boxes, label = items["boxes"], items["label"]
    if noise is not None:
        image, boxes, label = moved(image, boxes, label, config, noise)
        if config.brightness:
            image += noise.uniform((tf.shape(image)[0], 1, 1, 1), -1.0, 1.0) * config.brightness
            image = tf.clip_by_value(image, 0.0, 1.0)
    return {"image": image, "boxes": boxes, "label": label}


def moved(image: Any, boxes: Any, label: Any, config: DetectionConfig, noise: Any) -> tuple[Any, Any, Any]:
    """A mirroring, a scale about the middle and a shift of its own for each image; boxes follow.

    Objects that leave the image by more than 60 % of their area lose their label (-1).
    """
    batch, size = tf.shape(image)[0], float(config.size)
    if config.flip:
        mirrored = noise.uniform((batch,)) < 0.5
        image = tf.where(mirrored[:, None, None, None], tf.reverse(image, [2]), image)
        x0, y0, x1, y1 = tf.unstack(boxes, axis=-1)
        boxes = tf.where(mirrored[:, None, None], tf.stack([size - x1, y0, size - x0, y1], -1), boxes)
    if not (config.zoom or config.shift):
        return image, boxes, label
    scale = 1 + noise.uniform((batch,), -1.0, 1.0) * config.zoom
    shift = noise.uniform((batch, 2), -1.0, 1.0) * (config.shift * size)
    # a point p goes to scale (p - size / 2) + size / 2 + shift; the image operation wants the way back, of pixel middles
    back = (1 - 1 / scale)[:, None] * (size / 2) - shift / scale[:, None]
    back += (0.5 / scale - 0.5)[:, None]
    zero = tf.zeros_like(scale)
    transforms = tf.stack([1 / scale, zero, back[:, 0], zero, 1 / scale, back[:, 1], zero, zero], 1)
    image = tf.raw_ops.ImageProjectiveTransformV3(
        images=image,
        transforms=transforms,
        output_shape=[config.size, config.size],
        interpolation="BILINEAR",
        fill_mode="NEAREST",
        fill_value=0.0,
    )
    moved_boxes = scale[:, None, None] * (boxes - size / 2) + size / 2 + tf.concat([shift, shift], 1)[:, None, :]
    inside = tf.clip_by_value(moved_boxes, 0.0, size)
    kept = _area(inside) >= LEFT * _area(moved_boxes)
    return image, inside, tf.where(kept, label, -1)


def _area(boxes: Any) -> Any:
    return (boxes[..., 2] - boxes[..., 0]) * (boxes[..., 3] - boxes[..., 1])
