"""Policy and value network in TensorFlow, on the weights of ``weights.py``."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from lab_policy_gradient.ppo.losses import categorical, gaussian
from lab_policy_gradient.ppo.weights import CONVOLUTIONS, Weights, depth


class ActorCritic:
    """``network(observations)`` gives the policy's outputs [batch, actions] and the values [batch], both float32.

    Vectors [batch, size] go through two separate networks of tanh layers; frames uint8 [batch, height, width, history] through
    one Nature trunk, in bfloat16 where ``precision`` says so, with linear heads in float32.
    """

    def __init__(self, weights: Weights, observation_shape: Sequence[int], *, precision: str = "float32") -> None:
        self.variables = {name: tf.Variable(value, name=name.replace("/", "_")) for name, value in weights.items()}
        self.observation_shape = tuple(observation_shape)
        self.outputs = int(weights[f"policy/{depth(weights, 'policy') - 1}/bias"].shape[0])
        self.continuous = "log_std" in weights
        self.dtype = tf.bfloat16 if precision == "bfloat16" else tf.float32
        self._frames = depth(weights, "trunk") > 0

    def __call__(self, observations: Any) -> tuple[Any, Any]:
        seen = self._trunk(observations) if self._frames else observations
        return self._layers("policy", seen), tf.squeeze(self._layers("value", seen), axis=-1)

    def policy(self, observations: Any) -> Any:
        """Outputs [batch, actions] alone."""
        return self._layers("policy", self._trunk(observations) if self._frames else observations)

    def value(self, observations: Any) -> Any:
        """Values [batch] alone."""
        return tf.squeeze(self._layers("value", self._trunk(observations) if self._frames else observations), axis=-1)

    def judge(self, outputs: Any, actions: Any) -> tuple[Any, Any]:
        """Log probability (or density) of actions and entropy, both [batch], of the policy with these outputs."""
        if self.continuous:
            return gaussian(outputs, self.variables["log_std"], actions)
        return categorical(outputs, actions)

    def assign(self, weights: Weights) -> None:
        for name, variable in self.variables.items():
            variable.assign(weights[name])

    def numpy(self) -> dict[str, Any]:
        """The weights as they are now, copied."""
        return {name: np.array(variable.numpy()) for name, variable in self.variables.items()}

    def _layers(self, part: str, values: Any) -> Any:
        last = depth(self.variables, part) - 1
        for number in range(last + 1):
            values = self._dense(f"{part}/{number}", values)
            values = tf.tanh(values) if number < last else values
        return values

    def _dense(self, name: str, values: Any) -> Any:
        kernel, bias = self.variables[f"{name}/kernel"], self.variables[f"{name}/bias"]
        return tf.nn.bias_add(tf.matmul(values, tf.cast(kernel, values.dtype)), tf.cast(bias, values.dtype))

    def _trunk(self, frames: Any) -> Any:
        values = tf.cast(frames, self.dtype) * tf.constant(1.0 / 255.0, self.dtype)
        for number, (_, _, stride) in enumerate(CONVOLUTIONS):
            kernel, bias = self.variables[f"trunk/{number}/kernel"], self.variables[f"trunk/{number}/bias"]
            values = tf.nn.conv2d(values, tf.cast(kernel, self.dtype), stride, "VALID")
            values = tf.nn.relu(tf.nn.bias_add(values, tf.cast(bias, self.dtype)))
        values = tf.reshape(values, (-1, int(np.prod(values.shape[1:]))))
        return tf.cast(tf.nn.relu(self._dense(f"trunk/{len(CONVOLUTIONS)}", values)), tf.float32)
