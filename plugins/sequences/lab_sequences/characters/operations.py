"""Operations that the networks of characters share."""

from typing import Any

import tensorflow as tf


def product(inputs: Any, kernel: Any, products: str) -> Any:
    """inputs [..., features] times kernel [features, columns], computed in ``products``, as float32."""
    dtype = tf.as_dtype(products)
    rows = tf.reshape(tf.cast(inputs, dtype), (-1, inputs.shape[-1]))
    found = tf.cast(tf.matmul(rows, tf.cast(kernel, dtype)), tf.float32)
    return tf.reshape(found, tf.concat([tf.shape(inputs)[:-1], [kernel.shape[1]]], 0))


def dropped(inputs: Any, rate: float, noise: Any) -> Any:
    """Inverted dropout; nothing is dropped without noise."""
    if noise is None or not rate:
        return inputs
    return inputs * tf.cast(noise.uniform(tf.shape(inputs)) >= rate, tf.float32) / (1 - rate)
