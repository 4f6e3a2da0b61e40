"""One rollout: every environment played for a fixed number of steps, with all that an update needs."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]


class Rollout:
    """Arrays [time, environments, ...]; observations have one row more: what is seen after the last step."""

    def __init__(self, steps: int, count: int, observation_shape: tuple[int, ...], dtype: Any, actions: int | None, size: int):
        self.steps, self.count = steps, count
        self.observations = np.zeros((steps + 1, count, *observation_shape), dtype)
        self.outputs = np.zeros((steps, count, size), np.float32)
        self.values = np.zeros((steps + 1, count), np.float32)
        self.actions = np.zeros((steps, count), np.int32) if actions else np.zeros((steps, count, size), np.float32)
        self.rewards = np.zeros((steps, count), np.float32)
        self.terminals = np.zeros((steps, count), np.bool_)
        self.ended = np.zeros((steps, count), np.bool_)
        self.begun = np.zeros((steps, count), np.bool_)
        self.forced = np.zeros((steps, count), np.bool_)


class Batch(NamedTuple):
    """What an update learns from, each [samples, ...]: a rollout with time and environments in one axis, or a part of it.

    ``outputs``, ``log_probabilities`` and ``values`` are those of the networks that played. ``chosen`` is 0 where the action was
    forced (FIRE in a waiting game): the policy has nothing to learn there, its critic has.
    """

    observations: Any
    actions: Any
    outputs: Any
    log_probabilities: Any
    values: Any
    advantages: Any
    returns: Any
    chosen: Any


def flat(values: NDArray[Any]) -> NDArray[Any]:
    """[time, environments, ...] as [samples, ...]."""
    return values.reshape(-1, *values.shape[2:])


def minibatches(rng: np.random.Generator, begun: NDArray[np.bool_], epochs: int, count: int) -> NDArray[np.int32]:
    """Which samples are in which minibatch: int32 [epochs * count, samples // count].

    In each pass every step counts once, in random order. Steps that only began an episode are left out, and their places are
    filled with other steps drawn again, so that all minibatches keep their size.
    """
    valid = np.flatnonzero(~begun.ravel()).astype(np.int32)
    missing = begun.size - len(valid)
    passes = []
    for _ in range(epochs):
        again = rng.choice(valid, missing, replace=missing > len(valid))
        passes.append(rng.permutation(np.concatenate([valid, again])))
    return np.stack(passes).reshape(epochs * count, -1)


def log_softmax(logits: Floats) -> Floats:
    """Log probabilities [..., actions]."""
    shifted = logits - logits.max(axis=-1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))


def log_probabilities(outputs: Floats, actions: NDArray[Any], log_std: Floats | None) -> Floats:
    """Log probability, or density, [...] of the actions under policies with these outputs [..., size]."""
    if log_std is None:
        return np.take_along_axis(log_softmax(outputs), actions[..., None], axis=-1)[..., 0]
    scores = (actions - outputs) * np.exp(-log_std)
    return (-0.5 * scores**2 - log_std - 0.5 * np.float32(np.log(2.0 * np.pi))).sum(axis=-1, dtype=np.float32)
