"""Layers over frames, fast on a processor, by two rearrangements that leave the mathematics as it is.

* The convolution of ``frames / 255`` with a kernel is the convolution of ``frames`` with ``kernel / 255``: thousands of numbers
  are scaled instead of a million. Whole numbers up to 256 are exact in bfloat16, so that is also the more exact of the two.
* What precedes the dense layers treats every sample alone, so a batch goes through it in equal parts that depend on
  nothing of each other. TensorFlow computes them, and their gradients, at the same time with one thread each. That costs less
  processor time than two threads on every operation, which meet again a hundred times an update (:func:`runtime.start` with
  ``streams``).
"""

from collections.abc import Callable, Sequence
from typing import Any

import tensorflow as tf

SMALLEST_PART = 8  # samples; below, the convolutions themselves become slower


def run_layers(layers: Sequence[Any], batch: Any, *, parts: int = 1) -> Any:
    """Keras layers one after another on ``batch`` [samples, ...].

    A first layer that has a ``scale`` multiplies by it and does no more; where a convolution follows, that does it. The layers
    up to a ``Flatten`` run in ``parts`` as :func:`in_parts` says.
    """
    end = next((index + 1 for index, layer in enumerate(layers) if _is(layer, "Flatten")), 0)
    found = in_parts(lambda part: _tower(layers[:end], part), batch, parts) if end else batch
    for layer in layers[end:]:
        found = layer(found)
    return found


def in_parts(function: Callable[[Any], Any], batch: Any, parts: int) -> Any:
    """``function(batch)`` for a function that treats every sample alone: of ``parts`` equal parts, put together again.

    In one piece where the number of samples isn't known, can't be divided, or leaves parts under 8 samples.
    """
    samples = batch.shape[0]
    if parts < 2 or samples is None or samples % parts or samples // parts < SMALLEST_PART:
        return function(batch)
    return tf.concat([function(part) for part in tf.split(batch, parts)], axis=0)


def scaled_convolution(layer: Any, frames: Any, scale: float) -> Any:
    """What a Keras ``Conv2D`` gives on ``scale * frames``, frames [samples, height, width, channels] of any number type."""
    dtype = layer.compute_dtype
    kernel = tf.cast(tf.convert_to_tensor(layer.kernel) * scale, dtype)
    found = tf.nn.conv2d(tf.cast(frames, dtype), kernel, layer.strides, layer.padding.upper(), dilations=layer.dilation_rate)
    if layer.use_bias:
        found = tf.nn.bias_add(found, tf.cast(layer.bias, dtype))
    return found if layer.activation is None else layer.activation(found)


def _tower(layers: Sequence[Any], batch: Any) -> Any:
    scale = getattr(layers[0], "scale", None)
    if isinstance(scale, float) and _is(layers[1], "Conv2D") and layers[1].built:
        batch, layers = scaled_convolution(layers[1], batch, scale), layers[2:]
    for layer in layers:
        batch = layer(batch)
    return batch


def _is(layer: Any, kind: str) -> bool:
    # by name: layers come from either Keras, and this module imports neither
    return any(base.__name__ == kind for base in type(layer).__mro__)
