"""Environments side by side, as the trainer sees them.

Episodes restart in the step after their end (Gymnasium's NEXT_STEP): that step ignores its action and is marked ``begun``. So the
observation behind an end is the episode's last one, and an episode that was only cut can bootstrap from it.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from lab_environments.observation import narrowed
from numpy.typing import NDArray

from lab_core.errors import UsageError
from lab_policy_gradient.ppo.config import ActorCriticConfig
from lab_policy_gradient.spaces import flattened, read_spaces

Arrays = Mapping[str, NDArray[Any]]


@dataclass(frozen=True, slots=True)
class Step:
    """Result of one step of all environments. Every array is [environments, ...].

    rewards    float32, raw
    terminals  the episode ended for learning: nothing follows (a lost life, too, where the config says so)
    ended       the episode ended in any way, terminals included
    begun      the step only began a new episode
    actions    those really taken: FIRE where the game waits for it
    forced     the action was not the policy's to choose; None: it always was
    """

    observations: NDArray[Any]
    rewards: NDArray[np.float32]
    terminals: NDArray[np.bool_]
    ended: NDArray[np.bool_]
    begun: NDArray[np.bool_]
    actions: NDArray[Any]
    forced: NDArray[np.bool_] | None = None


class Vector(ABC):
    """``count`` environments. ``actions`` is how many numbered actions there are, None for ``action_size`` numbers.

    ``finished`` collects the raw scores of whole episodes (of games, not of lives); whoever reads it clears it.
    """

    observation_shape: tuple[int, ...]
    observation_dtype: Any
    actions: int | None
    action_size: int = 0

    def __init__(self, count: int) -> None:
        self.count = count
        self.finished: list[float] = []

    @abstractmethod
    def reset(self, seed: int) -> NDArray[Any]:
        """Begin everywhere; the first observations."""

    @abstractmethod
    def step(self, actions: NDArray[Any]) -> Step:
        """Act everywhere; int [environments] for numbered actions, else float32 [environments, size], clipped to the bounds."""

    def state(self) -> Arrays | None:
        """All that decides how the episodes go on; None where they can't be saved and restart after a load."""
        return None

    def restore(self, state: Arrays) -> NDArray[Any] | None:
        """Go on where :meth:`state` was read; the current observations, None where that went another way."""
        raise NotImplementedError

    def close(self) -> None:  # noqa: B027
        """Free the environments."""


class Episodes(Vector):
    """Copies of any Gymnasium environment with vector observations, stepped one after another.

    Every episode has a seed of its own, and the actions of the running ones are kept, so that a load can play them again: any
    environment that is decided by its seed goes on exactly. One that isn't begins new episodes there.
    """

    def __init__(self, env: str, count: int, *, method: str, normalised: bool = False) -> None:
        """``normalised``: observations keep their own precision, because they are normalised before a network sees them."""
        from lab_environments.gym import make_env

        super().__init__(count)
        self.envs = [make_env(env, disable_env_checker=True) for _ in range(count)]
        self.name = self.envs[0].spec.id if self.envs[0].spec else env
        try:
            self.spaces = read_spaces(self.envs[0], env, method=method)
        except UsageError:
            self.close()
            raise
        self.observation_shape, self.observation_dtype = (self.spaces.inputs,), np.float32
        self._normalised = normalised
        self.actions, self.action_size = self.spaces.actions, len(self.spaces.low)
        self._root = 0
        self._number = np.zeros(count, np.int64)
        self._over = np.zeros(count, np.bool_)
        self._scores = np.zeros(count)
        self._taken: list[list[Any]] = [[] for _ in range(count)]
        self._shown: NDArray[Any] = np.zeros((count, self.spaces.inputs), np.float32)

    def reset(self, seed: int) -> NDArray[Any]:
        self._root = seed
        self._number[:], self._over[:], self._scores[:] = 0, False, 0.0
        self._taken = [[] for _ in range(self.count)]
        self._shown = self._encoded([self._begin(index) for index in range(self.count)])
        return self._shown

    def step(self, actions: NDArray[Any]) -> Step:
        begun = self._over.copy()
        observations: list[Any] = [None] * self.count
        rewards = np.zeros(self.count, np.float32)
        terminals, ended = np.zeros(self.count, np.bool_), np.zeros(self.count, np.bool_)
        for index, action in enumerate(self._plain(actions)):
            if begun[index]:
                self._number[index] += 1
                self._scores[index] = 0.0
                self._taken[index] = []
                observations[index] = self._begin(index)
                continue
            observations[index], reward, terminal, cut = self._act(index, action)
            self._taken[index].append(action)
            rewards[index], terminals[index], ended[index] = reward, terminal, terminal or cut
            self._scores[index] += reward
        self.finished.extend(float(score) for score in self._scores[ended])
        self._over = ended.copy()
        self._shown = self._encoded(observations)
        return Step(self._shown, rewards, terminals, ended, begun, actions)

    def _encoded(self, observations: list[Any]) -> NDArray[Any]:
        rows = flattened(np.stack(observations), self.spaces.observation)
        return rows if self._normalised else narrowed(rows, self.name)

    def _plain(self, actions: NDArray[Any]) -> list[Any]:
        """Each environment's action as it takes it."""
        if self.actions is not None:
            return (actions + self.spaces.first_action).tolist()
        # in the environment's own precision: a bound rounded to float32 can lie outside
        space = self.envs[0].action_space
        shaped = actions.astype(space.dtype).reshape(self.count, *self.spaces.action_shape)
        return list(np.clip(shaped, space.low, space.high))

    def _begin(self, index: int) -> Any:
        seed = np.random.SeedSequence((self._root, index, int(self._number[index]))).generate_state(1)[0] >> 1
        return self.envs[index].reset(seed=int(seed))[0]

    def _act(self, index: int, action: Any) -> tuple[Any, float, bool, bool]:
        observation, reward, terminal, cut, _ = self.envs[index].step(action)
        return observation, float(reward), bool(terminal), bool(cut)

    def state(self) -> Arrays:
        taken = [np.array(action) for actions in self._taken for action in actions]
        return {
            "root": np.array(self._root),
            "number": self._number.copy(),
            "over": self._over.copy(),
            "scores": self._scores.copy(),
            "lengths": np.array([len(actions) for actions in self._taken]),
            "taken": np.array(taken) if taken else np.zeros(0),
            "shown": self._shown.copy(),
        }

    def restore(self, state: Arrays) -> NDArray[Any] | None:
        self._root, self._number = int(state["root"]), state["number"].copy()
        self._over, self._scores = state["over"].copy(), state["scores"].copy()
        ends = np.cumsum(state["lengths"])
        observations: list[Any] = []
        for index, (end, length) in enumerate(zip(ends, state["lengths"], strict=True)):
            taken = state["taken"][end - length : end]
            self._taken[index] = taken.tolist() if self.actions is not None else list(taken)
            observation = self._begin(index)
            for number, action in enumerate(self._taken[index], start=1):
                observation, _, terminal, cut = self._act(index, action)
                if (terminal or cut) and number < length:  # it went another way than before
                    return None
            observations.append(observation)
        self._shown = self._encoded(observations)
        shown = state.get("shown", self._shown)  # old checkpoints lack it, or have it in float32
        same = np.array_equal(self._shown.astype(shown.dtype), shown, equal_nan=True)
        return self._shown if same else None

    def close(self) -> None:
        for env in self.envs:
            env.close()


class AtariGames(Vector):
    """Atari games; observations are uint8 [games, height, width, history]."""

    def __init__(self, config: ActorCriticConfig, *, threads: int) -> None:
        from lab_environments.atari import AtariVector

        super().__init__(config.environments)
        self.life_loss_terminal = config.life_loss_terminal
        self.env = AtariVector.of(config, config.environments, stack=config.history, threads=threads)
        self.observation_shape, self.observation_dtype = (*self.env.frame_shape, config.history), np.uint8
        self.actions = self.env.actions

    def reset(self, seed: int) -> NDArray[Any]:
        return self._arranged(self.env.reset(seed))

    def step(self, actions: NDArray[Any]) -> Step:
        step = self.env.step(actions)
        self.finished.extend(float(score) for score in step.scores[step.over])
        terminals = step.terminated | step.life_lost if self.life_loss_terminal else step.terminated
        rewards = step.rewards.astype(np.float32)
        ended = terminals | step.over
        return Step(self._arranged(step.observations), rewards, terminals, ended, step.begun, step.actions, step.forced)

    def _arranged(self, frames: NDArray[np.uint8]) -> NDArray[np.uint8]:
        return np.moveaxis(frames, 1, -1)

    def close(self) -> None:
        self.env.close()


def make_vector(config: ActorCriticConfig, *, method: str, threads: int) -> Vector:
    """The environments that a config names; raises UsageError for unknown or unfit ones."""
    if config.atari:
        return AtariGames(config, threads=threads)
    return Episodes(config.env, config.environments, method=method, normalised=config.normalise_observations)
