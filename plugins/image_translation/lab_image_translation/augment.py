"""Augmentation of batches in the graph; everything random comes from the update's noise."""

from typing import Any

import tensorflow as tf


def crop(images: Any, tops: Any, lefts: Any, side: int) -> Any:
    """A square of ``side`` pixels of each image [batch, h, w, c] at ``tops`` and ``lefts``, int32 [batch]."""
    rows, columns = (start[:, None] + tf.range(side)[None] for start in (tops, lefts))  # [batch, side]
    return tf.gather(tf.gather(images, rows, axis=1, batch_dims=1), columns, axis=2, batch_dims=1)


def crop_aligned(small: Any, large: Any, side: int, scale: int, noise: Any) -> tuple[Any, Any]:
    """The same random square of a small image (``side`` pixels) and of its ``scale`` times larger original."""
    batch = tf.shape(small)[0]
    tops = noise.integers((batch,), small.shape[1] - side + 1)
    lefts = noise.integers((batch,), small.shape[2] - side + 1)
    return crop(small, tops, lefts, side), crop(large, tops * scale, lefts * scale, side * scale)


def random_crop(images: Any, side: int, noise: Any) -> Any:
    """A random square of each image."""
    if images.shape[1] == images.shape[2] == side:
        return images
    batch = tf.shape(images)[0]
    tops, lefts = (noise.integers((batch,), images.shape[axis] - side + 1) for axis in (1, 2))
    return crop(images, tops, lefts, side)


def mirrored(noise: Any, *groups: Any) -> tuple[Any, ...]:
    """Half of the items of all groups mirrored left to right, the same items in each."""
    chosen = noise.chance((tf.shape(groups[0])[0], 1, 1, 1), 0.5)
    return tuple(tf.where(chosen, tf.reverse(images, [2]), images) for images in groups)


def turned(noise: Any, *groups: Any) -> tuple[Any, ...]:
    """Each item in one of the eight orientations of a square, the same in every group."""
    batch = tf.shape(groups[0])[0]
    choices = [noise.chance((batch, 1, 1, 1), 0.5) for _ in range(3)]
    for axis, chosen in zip(([1], [2]), choices, strict=False):
        groups = tuple(tf.where(chosen, tf.reverse(images, axis), images) for images in groups)
    return tuple(tf.where(choices[2], tf.transpose(images, [0, 2, 1, 3]), images) for images in groups)


def jittered(noise: Any, amount: int, *groups: Any) -> tuple[Any, ...]:
    """All groups enlarged by ``amount`` pixels and cropped back at the same random place (Isola et al. 2017, section 6.2)."""
    if not amount:
        return groups
    batch, side = tf.shape(groups[0])[0], groups[0].shape[1]
    tops, lefts = noise.integers((batch,), amount + 1), noise.integers((batch,), amount + 1)
    large = [tf.image.resize(images, (side + amount, side + amount)) for images in groups]
    return tuple(crop(images, tops, lefts, side) for images in large)
