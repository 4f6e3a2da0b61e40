"""The weights of policy and value network as named NumPy arrays: how they begin, and the small network computed with them.

policy/0/kernel, policy/0/bias, ...   layers of the policy; the last gives logits, or means of a Gaussian
value/0/kernel, ...                   layers of the critic; the last gives one number
trunk/0/kernel, ...                   convolutions and the layer behind them, shared by both (network=nature)
log_std                               the Gaussian's log deviations, the same for every observation
"""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

Weights = Mapping[str, NDArray[np.float32]]

ROOT_TWO = float(np.sqrt(2.0))
POLICY_GAIN, VALUE_GAIN = 0.01, 1.0
CONVOLUTIONS = ((32, 8, 4), (64, 4, 2), (64, 3, 1))  # filters, kernel, stride: Mnih et al. 2015
TRUNK_WIDTH = 512


def orthogonal(rng: np.random.Generator, shape: Sequence[int], gain: float) -> NDArray[np.float32]:
    """An orthogonal matrix times ``gain`` (Saxe et al. 2014); all axes but the last are the inputs."""
    rows, columns = int(np.prod(shape[:-1])), int(shape[-1])
    normal = rng.standard_normal((max(rows, columns), min(rows, columns)))
    q, r = np.linalg.qr(normal)
    q = q * np.sign(np.diag(r))  # evenly distributed over the orthogonal group
    return (gain * (q if rows >= columns else q.T)).reshape(shape).astype(np.float32)


def initial_weights(
    rng: np.random.Generator,
    observation_shape: Sequence[int],
    outputs: int,
    *,
    layers: Sequence[int] | None,
    log_std: float | None,
) -> dict[str, NDArray[np.float32]]:
    """Orthogonal kernels (gain root 2, 0.01 for the policy's last, 1 for the critic's) and zero biases.

    layers   widths of the hidden layers of two separate networks on vectors; None: one Nature trunk on frames
    log_std  the Gaussian's first log deviation; None for numbered actions
    """
    found: dict[str, NDArray[np.float32]] = {}

    def layer(name: str, shape: Sequence[int], gain: float) -> None:
        found[f"{name}/kernel"] = orthogonal(rng, shape, gain)
        found[f"{name}/bias"] = np.zeros(shape[-1], np.float32)

    if layers is None:
        size, channels = int(observation_shape[0]), int(observation_shape[2])
        for number, (filters, kernel, stride) in enumerate(CONVOLUTIONS):
            layer(f"trunk/{number}", (kernel, kernel, channels, filters), ROOT_TWO)
            size, channels = (size - kernel) // stride + 1, filters
        layer(f"trunk/{len(CONVOLUTIONS)}", (size * size * channels, TRUNK_WIDTH), ROOT_TWO)
        widths: Sequence[int] = (TRUNK_WIDTH,)
    else:
        widths = (int(observation_shape[0]), *layers)
    for part, last, gain in (("policy", outputs, POLICY_GAIN), ("value", 1, VALUE_GAIN)):
        for number, (inputs, width) in enumerate(pairwise(widths)):
            layer(f"{part}/{number}", (inputs, width), ROOT_TWO)
        layer(f"{part}/{len(widths) - 1}", (widths[-1], last), gain)
    if log_std is not None:
        found["log_std"] = np.full(outputs, log_std, np.float32)
    return found


def depth(names: Any, part: str) -> int:
    """How many layers ``part`` (policy, value, trunk) has."""
    return sum(name.startswith(f"{part}/") and name.endswith("/kernel") for name in names)


def mlp(weights: Weights, part: str, observations: NDArray[np.float32]) -> NDArray[np.float32]:
    """The small network in NumPy: tanh layers, a linear last one; [batch, outputs] for vectors [batch, size].

    For a handful of observations this takes a fifth of the time of an entry into TensorFlow.
    """
    last = depth(weights, part) - 1
    values = observations
    for number in range(last + 1):
        values = values @ weights[f"{part}/{number}/kernel"]
        values += weights[f"{part}/{number}/bias"]
        if number < last:
            np.tanh(values, out=values)
    return values
