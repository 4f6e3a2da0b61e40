"""Images as the networks see them, and their augmentation, as TensorFlow operations on a whole minibatch."""

from math import pi
from typing import Any

import tensorflow as tf

from lab_vision.classification.config import ClassificationConfig


def prepare(images: Any, config: ClassificationConfig, noise: Any) -> Any:
    """Images uint8 [batch, size, size, channels] -> float32 [batch, input_size, input_size, channels].

    ``noise`` is the update's :class:`lab_tensorflow.noise.Noise`; None when scoring: then nothing is random, and a crop is the
    central one. Values 0 to 1, or of mean 0 and deviation 1 (``standardise``); 0 to 255 for EfficientNet, which scales itself.
    """
    x = tf.cast(images, tf.float32)
    if noise is not None:
        x = _moved(x, config, noise)
    if config.crop_size:
        x = _cropped(x, config.crop_size, noise)
    if noise is not None:
        x = _recoloured(x, config, noise)
    if config.standardise:
        return tf.image.per_image_standardization(x)
    return x if config.network == "efficientnet-lite0" else x / 255.0


def _moved(x: Any, config: ClassificationConfig, noise: Any) -> Any:
    """A shift, a rotation and a scale of its own for each image, by one bilinear resampling; borders are reflected."""
    batch, size = tf.shape(x)[0], config.size
    if config.flip:
        mirrored = noise.uniform((batch,)) < 0.5
        x = tf.where(mirrored[:, None, None, None], tf.reverse(x, [2]), x)
    if not (config.shift or config.rotate or config.zoom):
        return x
    angle = noise.uniform((batch,), -1.0, 1.0) * (config.rotate * pi / 180)
    scale = 1 + noise.uniform((batch,), -1.0, 1.0) * config.zoom
    shift = noise.uniform((batch, 2), -1.0, 1.0) * (config.shift * size)
    cosine, sine, middle = tf.cos(angle) / scale, tf.sin(angle) / scale, (size - 1) / 2
    zero = tf.zeros_like(angle)
    # output (x, y) is taken from input (a0 x + a1 y + a2, b0 x + b1 y + b2): about the middle
    transforms = tf.stack(
        [
            *(cosine, -sine, middle - cosine * middle + sine * middle + shift[:, 0]),
            *(sine, cosine, middle - sine * middle - cosine * middle + shift[:, 1]),
            *(zero, zero),
        ],
        axis=1,
    )
    return tf.raw_ops.ImageProjectiveTransformV3(
        images=x,
        transforms=transforms,
        output_shape=[size, size],
        interpolation="BILINEAR",
        fill_mode="REFLECT",
        fill_value=0.0,
    )


def _cropped(x: Any, size: int, noise: Any) -> Any:
    """A square of ``size`` pixels: a random one of each image, or the central one without noise."""
    room = x.shape[1] - size
    if noise is None:
        start = room // 2
        return x[:, start : start + size, start : start + size]
    batch = tf.shape(x)[0]
    top, left = noise.integers((batch,), room + 1), noise.integers((batch,), room + 1)
    rows, columns = top[:, None] + tf.range(size), left[:, None] + tf.range(size)  # [batch, size] each
    x = tf.gather(x, rows, axis=1, batch_dims=1)
    return tf.gather(x, columns, axis=2, batch_dims=1)


def _recoloured(x: Any, config: ClassificationConfig, noise: Any) -> Any:
    """A shift of brightness and a change of contrast about the mean of each channel, of its own for each image."""
    shape = (tf.shape(x)[0], 1, 1, 1)
    if config.brightness:
        x += noise.uniform(shape, -1.0, 1.0) * (config.brightness * 255)
    if config.contrast:
        factor = 1 + noise.uniform(shape, -1.0, 1.0) * config.contrast
        mean = tf.reduce_mean(x, axis=[1, 2], keepdims=True)
        x = mean + (x - mean) * factor
    return x if config.standardise else tf.clip_by_value(x, 0.0, 255.0)
