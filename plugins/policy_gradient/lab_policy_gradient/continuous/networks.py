"""Small perceptrons of explicit weights, so that TensorFlow, TF-Agents and NumPy compute with the very same arrays.

Kernels and biases start uniform within 1/sqrt(fan-in), as in Lillicrap et al. 2016 (section 7) and Fujimoto et al. 2018; the
last layer within ``final`` where that is given.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray


class MLP:
    """Dense layers with ReLU between them. ``weights`` is [kernel, bias, kernel, bias, ...], float32.

    ``joins``  the layer (0 or 1) into which a second input of ``second`` numbers enters beside the first one
    ``final``  bound of the last layer's first weights
    """

    def __init__(
        self,
        rng: np.random.Generator,
        inputs: int,
        hidden: Sequence[int],
        outputs: int,
        *,
        second: int = 0,
        joins: int = 0,
        final: float | None = None,
    ) -> None:
        self.second, self.joins = second, joins
        self.weights: list[Any] = []
        sizes = [inputs, *hidden, outputs]
        for layer, width in enumerate(sizes[1:]):
            fan_in = sizes[layer] + (second if layer == joins else 0)
            bound = final if final is not None and layer == len(hidden) else fan_in**-0.5
            for shape in ((fan_in, width), (width,)):
                self.weights.append(tf.Variable(rng.uniform(-bound, bound, shape).astype(np.float32)))

    def __call__(self, first: Any, second: Any = None) -> Any:
        """Outputs [batch, outputs] of inputs [batch, inputs] and, where there is a second input, [batch, second]."""
        values, last = first, len(self.weights) // 2 - 1
        for layer in range(last + 1):
            if self.second and layer == self.joins:
                values = tf.concat([values, second], axis=-1)
            values = tf.matmul(values, self.weights[2 * layer]) + self.weights[2 * layer + 1]
            if layer < last:
                values = tf.nn.relu(values)
        return values

    @property
    def kernels(self) -> list[Any]:
        return self.weights[::2]

    def copy(self) -> "MLP":
        """A network of its own with the same weights."""
        other = object.__new__(MLP)
        other.second, other.joins = self.second, self.joins
        other.weights = [tf.Variable(weight) for weight in self.weights]
        return other

    def arrays(self) -> list[NDArray[np.float32]]:
        """The weights, copied to the host."""
        return [np.array(weight.numpy()) for weight in self.weights]


def move_towards(targets: Sequence[Any], sources: Sequence[Any], tau: float) -> None:
    """Polyak averaging of weights: target <- (1 - tau) target + tau source."""
    for target, source in zip(targets, sources, strict=True):
        target.assign((1 - tau) * target + tau * source)
