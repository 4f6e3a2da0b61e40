"""What an environment shows and takes, as the networks of this plugin see it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import numpy as np
from lab_environments.gym import make_env
from lab_environments.observation import shown_space, wide
from lab_environments.spaces import action_kind, check_spaces, observation_kind
from numpy.typing import NDArray

from lab_core.errors import LabError


@dataclass(frozen=True)
class Spaces:
    """The spaces of one environment.

    observation   what a model asks to be shown (see ``lab_environments.observation``)
    inputs        numbers that a network sees: the flattened vector, or one unit a numbered state
    actions       how many numbered actions there are; None for a Box
    first_action  the number of the first of them in the environment; a policy counts from 0
    low, high     float32 bounds of a Box of actions, [action_size]; +-inf where there are none
    """

    env: str
    observation: Mapping[str, Any]
    inputs: int
    actions: int | None
    first_action: int = 0
    action_shape: tuple[int, ...] = ()
    low: NDArray[np.float32] = field(default_factory=lambda: np.zeros(0, np.float32))
    high: NDArray[np.float32] = field(default_factory=lambda: np.zeros(0, np.float32))


def read_spaces(env: Any, env_id: str, *, method: str) -> Spaces:
    """The spaces of an environment or a vector of them, for a method of :data:`lab_environments.spaces.TAKES`.

    Raises UsageError in one line, with the methods that can take the environment as its hint.
    """
    observation = shown_space(getattr(env, "single_observation_space", env.observation_space))
    action = getattr(env, "single_action_space", env.action_space)
    check_spaces(env_id, observation, action, method=method)
    wish: dict[str, Any]
    if observation_kind(observation) == "states":
        wish, inputs = {"kind": "discrete", "n": int(observation.n)}, int(observation.n)
    else:
        wish, inputs = {"kind": "vector", "shape": list(observation.shape)}, int(np.prod(observation.shape, dtype=np.int64))
    if action_kind(action) == "numbered":
        wish["actions"] = int(action.n)
        return Spaces(env_id, wish, inputs, int(action.n), int(action.start))
    low, high = (np.asarray(bound, np.float32).ravel() for bound in (action.low, action.high))
    return Spaces(env_id, wish, inputs, None, action_shape=tuple(action.shape), low=low, high=high)


@lru_cache
def spaces_of(env_id: str, *, method: str) -> Spaces:
    """The spaces of an environment by its id, for plans: nothing has been started by then. Errors as :func:`read_spaces`."""
    env = make_env(env_id)
    try:
        return read_spaces(env, env_id, method=method)
    finally:
        env.close()


def encoded(observations: NDArray[Any], observation: Mapping[str, Any]) -> NDArray[np.float32]:
    """:func:`flattened` observations as a network's input, float32."""
    return np.ascontiguousarray(flattened(observations, observation), np.float32)


def flattened(observations: NDArray[Any], observation: Mapping[str, Any]) -> NDArray[Any]:
    """Observations [batch, ...] as rows [batch, inputs] in their own precision; numbered states become one-hot rows.

    Raises LabError for a shape, or a state, that ``observation`` (the wish of :class:`Spaces`) doesn't have.
    """
    given = np.asarray(observations)
    if observation["kind"] == "discrete":
        n = int(observation["n"])
        if given.ndim != 1 or (given.size and not 0 <= given.min() <= given.max() < n):
            raise LabError(f"The policy sees states 0 to {n - 1}, one for each environment; it was given {given.shape}.")
        return np.eye(n, dtype=np.float32)[given.astype(np.int64)]
    shape = tuple(observation["shape"])
    if given.shape[1:] != shape:
        raise LabError(f"The policy sees observations of shape {shape}; it was given {given.shape[1:]}.")
    return wide(given.reshape(len(given), -1))
