"""Images as the embedding sees them, and their augmentation."""

from typing import Any

import tensorflow as tf

from lab_vision.embedding.config import EmbeddingConfig


def prepared(images: Any, config: EmbeddingConfig, noise: Any) -> Any:
    """uint8 [batch, size, size, c] -> float32 as the network wants it; augmented unless ``noise`` is None."""
    x = tf.cast(images, tf.float32) / 255.0
    if noise is not None:
        x = _augmented(x, config, noise)
    return x * 255.0 if config.network == "efficientnet-lite0" else x


def _augmented(x: Any, config: EmbeddingConfig, noise: Any) -> Any:
    batch, size = tf.shape(x)[0], config.size
    if config.flip:
        x = tf.where((noise.uniform((batch,)) < 0.5)[:, None, None, None], tf.reverse(x, [2]), x)
    if config.shift:
        border = config.shift
        x = tf.pad(x, [[0, 0], [border, border], [border, border], [0, 0]], "REFLECT")
        for axis in (1, 2):
            start = noise.integers((batch,), 2 * border + 1)
            x = tf.gather(x, start[:, None] + tf.range(size), axis=axis, batch_dims=1)
    if config.colour_change:
        x *= 1 + noise.uniform((batch, 1, 1, x.shape[-1]), -1.0, 1.0) * config.colour_change
        x = tf.clip_by_value(x, 0.0, 1.0)
    return x
