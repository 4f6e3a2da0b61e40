"""Random numbers that belong to one update of one run: the same whenever and wherever they are computed."""

from typing import Any

import tensorflow as tf


class Noise:
    """Stateless random numbers of update number ``step`` (int scalar) of the run with ``seed``.

    Each call takes the next stream, so the numbers depend on the order of the calls within an update and on nothing else. Shapes
    are tuples or int tensors.
    """

    def __init__(self, seed: int, step: Any) -> None:
        self._seed, self._step, self._calls = seed, step, 0

    def _next(self) -> Any:
        self._calls += 1
        return tf.stack([tf.constant(self._seed + (self._calls << 32), tf.int64), tf.cast(self._step, tf.int64)])

    def normal(self, shape: Any) -> Any:
        """Standard normal numbers, float32."""
        return tf.random.stateless_normal(shape, self._next())

    def uniform(self, shape: Any, low: float = 0.0, high: float = 1.0) -> Any:
        """Uniform numbers from ``low`` to below ``high``, float32."""
        return tf.random.stateless_uniform(shape, self._next(), low, high)

    def integers(self, shape: Any, below: Any) -> Any:
        """Whole numbers from 0 to below ``below``, int32."""
        return tf.random.stateless_uniform(shape, self._next(), 0, below, tf.int32)

    def chance(self, shape: Any, probability: Any) -> Any:
        """True with ``probability``, bool."""
        return self.uniform(shape) < probability
