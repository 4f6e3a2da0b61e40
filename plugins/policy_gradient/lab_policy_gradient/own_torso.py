"""Layers of the user's own under a linear head: ``--set network=my_module:make``, and how a model folder names their weights."""

from collections.abc import Mapping, Sequence
from typing import Any

import tensorflow as tf
import tf_keras
from lab_tensorflow.own_network import build_features, own_parts
from lab_tensorflow.towers import run_layers
from numpy.typing import NDArray

from lab_core.errors import LabError


class OwnTorso:
    """Features float32 [batch, ``features``] of vectors [batch, n], or of uint8 frames [batch, height, width, stack] / 255."""

    def __init__(self, network: str, observation_shape: Sequence[int], *, seed: int = 0, precision: str = "float32") -> None:
        policy = "mixed_bfloat16" if precision == "bfloat16" else "float32"
        (self.layers,) = own_parts(network, tf_keras, names=("features",), seed=seed, dtype=policy)
        self._frames = len(observation_shape) == 3
        example = self._shown(tf.zeros((1, *observation_shape), tf.uint8 if self._frames else tf.float32))
        self.features = build_features(self.layers, example, what=f"network={network}")
        trained = [variable for layer in self.layers for variable in layer.trainable_variables]
        self.variables = {f"own_{number:03}": variable for number, variable in enumerate(trained)}

    def __call__(self, observations: Any) -> Any:
        return tf.cast(run_layers(self.layers, self._shown(observations)), tf.float32)

    def assign(self, weights: Mapping[str, NDArray[Any]]) -> None:
        """Take over the weights of the same names; raises LabError where they aren't of these layers."""
        for name, variable in self.variables.items():
            if name not in weights or weights[name].shape != tuple(variable.shape):
                shape = list(weights[name].shape) if name in weights else "missing"
                raise LabError(
                    f"The policy's weights {name} are {shape}; the network's own layers have {list(variable.shape)}.",
                    "The function that the setting network names has changed since the training.",
                )
            variable.assign(weights[name])

    def _shown(self, observations: Any) -> Any:
        return tf.cast(observations, tf.float32) / 255.0 if self._frames else observations
