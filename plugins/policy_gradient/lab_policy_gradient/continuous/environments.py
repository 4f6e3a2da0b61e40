"""Environments side by side in the unit box: actions in [-1, 1], observations as flat float32 vectors, true last observations.

Every episode has a seed of its own, and its actions are remembered while it runs. So the running episodes of any environment
that its seed decides can be put back after a stop: they are begun again and played up to where they stood.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from lab_environments.gym import make_env
from lab_environments.observation import narrowed
from numpy.typing import NDArray

from lab_policy_gradient.spaces import Spaces, read_spaces

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Step:
    """Result of one step of all environments; every array is [environments, ...].

    next_observations  what each step led to, also where the episode ended with it
    rewards            float32, raw
    terminated         nothing follows: no bootstrap. A truncated episode isn't terminated
    ended              terminated or truncated: a new episode has begun
    """

    next_observations: Floats
    rewards: Floats
    terminated: NDArray[np.bool_]
    ended: NDArray[np.bool_]


class Environments:
    """``count`` copies, stepped one after another; episodes that end restart at once.

    ``observations`` is what to act on now, float32 [count, observation]; ``finished`` collects raw scores of ended episodes.
    Raises UsageError for an environment that is unknown, or that ``method`` can't learn.
    """

    def __init__(self, name: str, count: int, *, method: str) -> None:
        self.name, self.count = name, count
        self.envs = [make_env(name, disable_env_checker=True) for _ in range(count)]
        self.spaces = read_spaces(self.envs[0], name, method=method)
        self.action_size = len(self.spaces.low)
        self.observations: Floats = np.zeros((count, self.spaces.inputs), np.float32)
        self.scores = np.zeros(count)
        self.finished: list[float] = []
        self._root = 0
        self._numbers = np.zeros(count, np.int64)  # of the running episodes; 0 is an environment's first
        self._taken: list[list[Floats]] = [[] for _ in range(count)]

    def reset(self, root: int) -> None:
        """New episodes everywhere, seeded by the root, the place and the number of the episode."""
        self._root = root
        self._numbers[:] = -1
        for place in range(self.count):
            self._begin(place)

    def step(self, actions: NDArray[Any]) -> Step:
        """Take actions [count, action] of the unit box."""
        following = np.empty_like(self.observations)
        rewards = np.zeros(self.count, np.float32)
        terminated, ended = np.zeros(self.count, np.bool_), np.zeros(self.count, np.bool_)
        scaled = in_bounds(self.spaces, actions)
        for place in range(self.count):
            following[place], reward, terminated[place], ended[place] = self._act(place, scaled[place])
            rewards[place] = reward
            self.scores[place] += reward
            self._taken[place].append(scaled[place])
        self.observations[:] = following
        for place in np.flatnonzero(ended):
            self.finished.append(float(self.scores[place]))
            self._begin(int(place))
        return Step(following, rewards, terminated, ended)

    def state(self) -> dict[str, NDArray[Any]]:
        """All that decides how the environments go on, as named arrays."""
        taken = [action for actions in self._taken for action in actions]
        return {
            "root": np.array(self._root),
            "numbers": self._numbers.copy(),
            "scores": self.scores.copy(),
            "observations": self.observations.copy(),
            "lengths": np.array([len(actions) for actions in self._taken]),
            "taken": np.array(taken, np.float32).reshape(len(taken), self.action_size),
        }

    def restore(self, state: Mapping[str, NDArray[Any]]) -> bool:
        """Go on from what :meth:`state` read; False, with new episodes begun, where the environment went another way."""
        self._root, self._numbers = int(state["root"]), state["numbers"] - 1
        ends = np.cumsum(state["lengths"])
        for place, (end, length) in enumerate(zip(ends, state["lengths"], strict=True)):
            self._begin(place)
            for number, action in enumerate(state["taken"][end - length : end], start=1):
                self.observations[place], _, _, ended = self._act(place, action)
                self._taken[place].append(action)
                if ended and number < length:
                    break
        if np.array_equal(self.observations, state["observations"], equal_nan=True):
            self.scores = state["scores"].copy()
            return True
        for place in range(self.count):
            self._begin(place)
        return False

    def _begin(self, place: int) -> None:
        self._numbers[place] += 1
        self._taken[place] = []
        self.scores[place] = 0.0
        seed = np.random.SeedSequence((self._root, place, int(self._numbers[place]))).generate_state(1)[0] >> 1
        shown, _ = self.envs[place].reset(seed=int(seed))
        self.observations[place] = narrowed(shown, self.name).reshape(-1)

    def _act(self, place: int, action: Floats) -> tuple[Floats, float, bool, bool]:
        """Observation, raw reward, terminated, ended."""
        space: Any = self.envs[place].action_space
        # in the environment's own precision: a bound rounded to float32 can lie outside
        taken = np.clip(action.astype(space.dtype).reshape(self.spaces.action_shape), space.low, space.high)
        shown, reward, over, cut, _ = self.envs[place].step(taken)
        return narrowed(shown, self.name).reshape(-1), float(reward), bool(over), bool(over or cut)

    def close(self) -> None:
        for env in self.envs:
            env.close()


def in_bounds(spaces: Spaces, actions: NDArray[Any]) -> Floats:
    """Actions [n, action] of the unit box in the environment's units, never beyond its bounds."""
    values = spaces.low + (np.asarray(actions, np.float32) + 1.0) * 0.5 * (spaces.high - spaces.low)
    return np.clip(values, spaces.low, spaces.high)
