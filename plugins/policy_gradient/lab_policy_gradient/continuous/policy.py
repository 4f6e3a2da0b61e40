"""The actor in NumPy: for a few observations and small layers several times faster than entering TensorFlow."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

LOG_STD_BOUNDS = (-20.0, 2.0)  # of a Gaussian actor, as in the authors' code (Haarnoja et al. 2018)

Floats = NDArray[np.float32]


def perceptron(weights: Sequence[Floats], values: Floats) -> Floats:
    """Outputs [batch, outputs] of dense layers [kernel, bias, ...] with ReLU between them."""
    for layer in range(0, len(weights), 2):
        values = values @ weights[layer] + weights[layer + 1]
        if layer < len(weights) - 2:
            values = np.maximum(values, 0.0)
    return values


def best_action(weights: Sequence[Floats], observations: Floats, action_size: int) -> Floats:
    """The deterministic action (a Gaussian actor's mode) [batch, action] in [-1, 1] for observations [batch, observation]."""
    return np.tanh(perceptron(weights, observations)[:, :action_size])


def sampled_action(weights: Sequence[Floats], observations: Floats, noise: Floats) -> Floats:
    """An action of a tanh-squashed Gaussian actor; ``noise`` [batch, action] is standard normal."""
    mean, log_std = np.split(perceptron(weights, observations), 2, axis=-1)
    return np.tanh(mean + np.exp(np.clip(log_std, *LOG_STD_BOUNDS)) * noise)
