"""Gradient descent with momentum on TensorFlow's fused kernel; its slots are explicit, as in :mod:`lab_tensorflow.optimizers`."""

from collections.abc import Iterable, Mapping
from typing import Any

import tensorflow as tf
from lab_tensorflow.minibatch_config import MinibatchConfig


class Momentum:
    """v = m v + g;  w -= lr v. With ``weight_decay``: w -= lr weight_decay w beforehand, for weights with two axes or more."""

    def __init__(self, weights: Mapping[str, Any], config: MinibatchConfig) -> None:
        self._momentum: float = getattr(config, "momentum", 0.0)
        self._decay, self._clip = config.weight_decay, config.gradient_clip
        self.learning_rate = tf.Variable(config.learning_rate, dtype=tf.float32, trainable=False)
        self._slots = {path: tf.Variable(tf.zeros(weight.shape), trainable=False) for path, weight in weights.items()}

    @property
    def variables(self) -> dict[str, Any]:
        """Everything that changes: the velocities by the names of the weights, the learning rate."""
        return {"learning_rate": self.learning_rate} | {f"velocity/{path}": slot for path, slot in self._slots.items()}

    def apply_gradients(self, grads_and_vars: Iterable[tuple[Any, Any]]) -> None:
        """One step on every (gradient, weight) pair, in the order of the weights."""
        pairs = list(grads_and_vars)
        gradients = [tf.convert_to_tensor(gradient) for gradient, _ in pairs]
        if self._clip:
            gradients, _ = tf.clip_by_global_norm(gradients, self._clip)
        for gradient, (_, weight), slot in zip(gradients, pairs, self._slots.values(), strict=True):
            if self._decay and len(weight.shape) > 1:
                weight.assign_sub(self.learning_rate * self._decay * weight)
            tf.raw_ops.ResourceApplyMomentum(
                var=weight.handle, accum=slot.handle, lr=self.learning_rate, grad=gradient, momentum=self._momentum
            )
