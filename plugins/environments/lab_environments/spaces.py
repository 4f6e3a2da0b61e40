"""What environments show and take, which method can learn them, and the refusal that names those which can.

Every space has one kind, and :data:`TAKES` says which kinds a method takes. Observations:

    states      numbered from 0 on, as in Taxi
    shifted     numbered from another number on
    row         several whole numbers side by side, as Blackjack's cards
    vector      one row of numbers
    array       numbers in any other shape
    frames      a picture of bytes
    other       anything else

Actions: ``numbered``, ``bounded`` (numbers between finite bounds), ``unbounded`` (numbers), ``other``.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from lab_core.errors import UsageError
from lab_environments.games import game_id
from lab_environments.gym import make_env, older_game
from lab_environments.observation import shown_space


@dataclass(frozen=True)
class Takes:
    """The kinds of observations and of actions that a method can learn, and what it needs in a user's words."""

    observations: frozenset[str]
    actions: frozenset[str]
    sees: str
    does: str


_NUMBERED, _BOUNDED = frozenset({"numbered"}), frozenset({"bounded"})
_NUMBERS = frozenset({"row", "vector", "array"})
_NUMBERS_OR_STATES = _NUMBERS | {"states"}
_ROWS_OR_STATES = frozenset({"states", "shifted", "row"})

_EITHER = Takes(
    _NUMBERS_OR_STATES,
    _NUMBERED | {"bounded", "unbounded"},
    "a vector or states numbered from 0",
    "numbered or continuous actions",
)
_CONTINUOUS = Takes(_NUMBERS, _BOUNDED, "a vector", "continuous actions within finite bounds")
_TABLE = Takes(_ROWS_OR_STATES, _NUMBERED, "numbered states", "numbered actions")

# Every method that takes an environment of a user's choice; of the tabular ones, which all take the same, the best known.
TAKES: Mapping[str, Takes] = {
    "ppo": _EITHER,
    "a2c": _EITHER,
    "reinforce": Takes(_NUMBERS_OR_STATES, _NUMBERED, "a vector or states numbered from 0", "numbered actions"),
    "dqn": Takes(frozenset({"row", "vector"}), _NUMBERED, "a vector", "numbered actions"),
    "sac": _CONTINUOUS,
    "td3": _CONTINUOUS,
    "ddpg": _CONTINUOUS,
    "q-learning": _TABLE,
    "sarsa": _TABLE,
    "monte-carlo": _TABLE,
}
ON_GAMES = ("dqn", "ppo", "a2c")  # of these, those with a task METHOD-atari
TABULAR = tuple(name for name, takes in TAKES.items() if takes is _TABLE)


def observation_kind(space: Any) -> str:
    """The kind of a Gymnasium observation space, as this module's docstring names them."""
    from gymnasium import spaces

    shown: Any = shown_space(space)
    if isinstance(shown, spaces.Discrete):
        return "states" if int(shown.start) == 0 else "shifted"
    if not isinstance(shown, spaces.Box | spaces.MultiBinary | spaces.MultiDiscrete) or 0 in shown.shape:
        return "other"  # nothing can be learnt from an array without numbers
    if isinstance(shown, spaces.Box) and len(shown.shape) == 3 and shown.dtype == np.uint8:
        return "frames"
    if len(shown.shape) != 1:
        return "array"
    return "row" if isinstance(shown, spaces.MultiDiscrete) else "vector"


def action_kind(space: Any) -> str:
    """The kind of a Gymnasium action space."""
    from gymnasium import spaces

    if isinstance(space, spaces.Discrete):
        return "numbered"
    if not isinstance(space, spaces.Box) or not np.issubdtype(space.dtype, np.floating) or 0 in space.shape:
        return "other"
    with np.errstate(over="ignore"):
        width = np.asarray(space.high, np.float32) - np.asarray(space.low, np.float32)
    return "bounded" if np.all(np.isfinite(width)) and np.all(width > 0) else "unbounded"


def methods_for(observation: Any, action: Any) -> list[str]:
    """The methods of :data:`TAKES` that can learn an environment with these spaces."""
    seen, done = observation_kind(observation), action_kind(action)
    return [name for name, takes in TAKES.items() if seen in takes.observations and done in takes.actions]


def instead(env: str, observation: Any, action: Any, *, method: str = "", without: Collection[str] = ()) -> str:
    """The hint of a refusal: the methods but ``without`` that can take the environment, or what would make them able to.

    An Atari game is sent on to the task of games, the ``method``'s own where there is one.
    """
    able = [name for name in methods_for(observation, action) if name not in without]
    if able:
        return f"{', '.join(able)} can take it: lab run {able[0]} --set env={env}"
    if observation_kind(observation) == "frames":
        name = env.rpartition(":")[2]
        game = game_id(name.removeprefix("ALE/").rpartition("-v")[0]) if name.startswith("ALE/") else older_game(name) or "pong"
        task = f"{method if method in ON_GAMES else ON_GAMES[0]}-atari"
        return f"Frames are learnt from where they are Atari's: lab run {task} --set game={game}"
    if action_kind(action) == "other":
        return "No method of the lab can take it; a wrapper around it can number its actions."
    return "No method of the lab can take it; gymnasium.wrappers.FlattenObservation makes one vector of what it shows."


def check_spaces(env: str, observation: Any, action: Any, *, method: str, who: str = "") -> None:
    """Raise UsageError, one line and :func:`instead`, where a method of :data:`TAKES` (called ``who``) can't learn these."""
    takes, hint = TAKES[method], instead(env, observation, action, method=method)
    if observation_kind(observation) not in takes.observations:
        raise UsageError(f"{env} shows {space_text(shown_space(observation))}; {who or method} needs {takes.sees}.", hint)
    if action_kind(action) not in takes.actions:
        raise UsageError(f"{env} takes {space_text(action)}; {who or method} needs {takes.does}.", hint)


def space_text(space: Any) -> str:
    """A space in one line of at most 80 letters."""
    text = " ".join(str(space).split())
    return text if len(text) <= 80 else f"{text[:77]}..."


@lru_cache
def checked_spaces(env: str, *, method: str) -> tuple[Any, Any]:
    """The spaces of an environment as models are shown them, observation and action, after :func:`check_spaces`.

    Builds it once. Raises UsageError for an unknown one, LabError for one that can't be built.
    """
    one = make_env(env)
    try:
        check_spaces(env, one.observation_space, one.action_space, method=method)
        return shown_space(one.observation_space), one.action_space
    finally:
        one.close()
