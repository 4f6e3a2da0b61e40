"""What an environment shows and takes, and the one-line refusal that names the methods which can take it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from lab_environments.observation import shown_space
from numpy.typing import NDArray

from lab_core.errors import LabError

ObservationKind = Literal["vector", "discrete", "frames"]
ActionKind = Literal["discrete", "box"]

# What each method of the lab can take: kinds of observations, kinds of actions.
TAKES: Mapping[str, tuple[frozenset[str], frozenset[str]]] = {
    "reinforce": (frozenset({"vector", "discrete"}), frozenset({"discrete"})),
    "ppo": (frozenset({"vector", "discrete"}), frozenset({"discrete", "box"})),
    "a2c": (frozenset({"vector", "discrete"}), frozenset({"discrete", "box"})),
    "dqn": (frozenset({"vector"}), frozenset({"discrete"})),
    "ddpg": (frozenset({"vector"}), frozenset({"box"})),
    "td3": (frozenset({"vector"}), frozenset({"box"})),
    "sac": (frozenset({"vector"}), frozenset({"box"})),
    "q-learning": (frozenset({"discrete"}), frozenset({"discrete"})),
    "sarsa": (frozenset({"discrete"}), frozenset({"discrete"})),
}


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
    """The spaces of an environment or a vector of them, for a method of :data:`TAKES`.

    Raises LabError in one line, with the methods that can take the environment as its hint.
    """
    observation = shown_space(getattr(env, "single_observation_space", env.observation_space))
    action = getattr(env, "single_action_space", env.action_space)
    kinds = _observation_kind(observation), _action_kind(action)
    observations, actions = TAKES[method]
    if kinds[0] not in observations:
        raise _refusal(env_id, f"shows {observation}", f"{method} needs {_said(observations, _SEEN)}", kinds)
    if kinds[1] not in actions:
        raise _refusal(env_id, f"takes {action}", f"{method} needs {_said(actions, _DONE)}", kinds)
    wish: dict[str, Any]
    if kinds[0] == "discrete":
        wish, inputs = {"kind": "discrete", "n": int(observation.n)}, int(observation.n)
    else:
        wish, inputs = {"kind": "vector", "shape": list(observation.shape)}, int(np.prod(observation.shape, dtype=np.int64))
    if kinds[1] == "discrete":
        wish["actions"] = int(action.n)
        return Spaces(env_id, wish, inputs, int(action.n), int(action.start))
    low, high = (np.asarray(bound, np.float32).ravel() for bound in (action.low, action.high))
    return Spaces(env_id, wish, inputs, None, action_shape=tuple(action.shape), low=low, high=high)


def encoded(observations: NDArray[Any], observation: Mapping[str, Any]) -> NDArray[np.float32]:
    """Observations [batch, ...] as a network's input, float32 [batch, inputs]; numbered states become one-hot rows.

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
    return np.ascontiguousarray(given.reshape(len(given), -1), np.float32)


def _observation_kind(space: Any) -> str:
    from gymnasium import spaces

    if isinstance(space, spaces.Discrete):
        return "discrete" if int(space.start) == 0 else "other"
    if isinstance(space, spaces.Box) and len(space.shape) == 3 and space.dtype == np.uint8:
        return "frames"
    return "vector" if isinstance(space, spaces.Box | spaces.MultiBinary | spaces.MultiDiscrete) else "other"


def _action_kind(space: Any) -> str:
    from gymnasium import spaces

    if isinstance(space, spaces.Discrete):
        return "discrete"
    return "box" if isinstance(space, spaces.Box) and np.issubdtype(space.dtype, np.floating) else "other"


_SEEN = {"vector": "a vector", "discrete": "numbered states", "frames": "frames"}
_DONE = {"discrete": "numbered actions", "box": "continuous actions"}


def _said(kinds: frozenset[str], words: Mapping[str, str]) -> str:
    return " or ".join(word for kind, word in words.items() if kind in kinds)


def _refusal(env_id: str, has: str, needs: str, kinds: tuple[str, str]) -> LabError:
    able = [name for name, (seen, done) in TAKES.items() if kinds[0] in seen and kinds[1] in done]
    if able:
        hint = f"{', '.join(able)} can take it: lab run {able[0]} --set env={env_id}"
    elif kinds[0] == "frames":
        hint = "Methods for frames: dqn-atari and ppo-atari (--set game=NAME)."
    else:
        hint = "No method of the lab can take it; a wrapper around the environment can turn its spaces into vectors and numbers."
    return LabError(f"{env_id} {has}; {needs}.", hint)
