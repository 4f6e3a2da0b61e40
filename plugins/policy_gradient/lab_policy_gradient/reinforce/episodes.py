"""Whole episodes, one in each environment, all played by the same policy; and what a batch of them is.

An environment with a vector version of its own (CartPole) is stepped as one; of others only the copies whose episode still
runs are stepped. Nothing of an environment outlives a batch, so a training that was stopped goes on exactly.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from lab_environments.observation import narrowed, shown_space
from numpy.typing import NDArray

from lab_policy_gradient.spaces import Spaces, encoded, read_spaces


@dataclass(frozen=True)
class Batch:
    """Episodes padded with zeros to the longest: observations [episodes, steps, inputs], the others [episodes, steps]."""

    observations: NDArray[np.float32]
    actions: NDArray[np.int32]
    rewards: NDArray[np.float32]
    lengths: NDArray[np.int32]  # [episodes]

    @property
    def scores(self) -> NDArray[np.float64]:
        """The sum of each episode's rewards."""
        return self.rewards.sum(axis=1, dtype=np.float64)


class Stage(ABC):
    """``count`` environments side by side."""

    spaces: Spaces

    @abstractmethod
    def begin(self, seed: int, count: int) -> NDArray[Any]:
        """New episodes in the first ``count`` environments; observations [environments, ...]."""

    @abstractmethod
    def step(self, actions: NDArray[np.int64], playing: NDArray[np.bool_]) -> tuple[Any, Any, Any]:
        """Observations, rewards and ends; where not ``playing`` they mean nothing."""

    @abstractmethod
    def close(self) -> None: ...


class Together(Stage):
    """An environment's own vector version."""

    def __init__(self, env: str, count: int) -> None:
        from lab_environments.gym import make_vector

        self.vector = make_vector(env, count)
        self.spaces = read_spaces(self.vector, env, method="reinforce")

    def begin(self, seed: int, count: int) -> NDArray[Any]:
        return self.vector.reset(seed=seed)[0]

    def step(self, actions: NDArray[np.int64], playing: NDArray[np.bool_]) -> tuple[Any, Any, Any]:
        observations, rewards, terminated, truncated, _ = self.vector.step(actions + self.spaces.first_action)
        return observations, rewards, terminated | truncated

    def close(self) -> None:
        self.vector.close()


class Apart(Stage):
    """Copies of any environment. Each episode has a seed of its own."""

    def __init__(self, env: str, count: int) -> None:
        from lab_environments.gym import make_env

        self.envs = [make_env(env, disable_env_checker=True) for _ in range(count)]
        self.name = self.envs[0].spec.id if self.envs[0].spec else env
        self.spaces = read_spaces(self.envs[0], env, method="reinforce")
        space: Any = shown_space(self.envs[0].observation_space)
        self._shown = np.zeros((count, *space.shape), space.dtype)

    def begin(self, seed: int, count: int) -> NDArray[Any]:
        seeds = np.random.SeedSequence(seed).generate_state(len(self.envs)) >> 1
        for slot in range(count):
            shown = self.envs[slot].reset(seed=int(seeds[slot]))[0]
            narrowed(shown, self.name)
            self._shown[slot] = shown
        return self._shown.copy()

    def step(self, actions: NDArray[np.int64], playing: NDArray[np.bool_]) -> tuple[Any, Any, Any]:
        rewards, ended = np.zeros(len(self.envs)), np.zeros(len(self.envs), np.bool_)
        for slot in np.flatnonzero(playing):
            action = int(actions[slot]) + self.spaces.first_action
            found = self.envs[slot].step(action)
            self._shown[slot], rewards[slot], ended[slot] = found[0], found[1], found[2] or found[3]
        return self._shown.copy(), rewards, ended

    def close(self) -> None:
        for env in self.envs:
            env.close()


def make_stage(env: str, count: int) -> Stage:
    """Environments of this id; raises UsageError for one that nobody registered or that REINFORCE can't take."""
    from lab_environments.gym import resolve_env

    return Together(env, count) if resolve_env(env).vector_entry_point else Apart(env, count)


def play(
    stage: Stage,
    choose: Callable[[NDArray[Any]], NDArray[np.int64]],
    *,
    seed: int,
    environments: int,
    episodes: int,
    max_steps: int,
) -> Batch:
    """One whole episode in each of the first ``episodes`` environments, by a policy that doesn't change meanwhile.

    ``choose`` is asked for an action of every environment in every step, so that its random numbers don't depend on who plays.
    """
    shown = stage.begin(seed, episodes)
    playing = np.arange(environments) < episodes
    lengths = np.zeros(environments, np.int32)
    observations, actions, rewards = [], [], []
    while playing.any():
        chosen = choose(shown)
        following, gained, ended = stage.step(chosen, playing)
        observations.append(encoded(shown, stage.spaces.observation)[:episodes])
        actions.append(chosen[:episodes])
        rewards.append(np.where(playing, gained, 0)[:episodes])
        lengths += playing
        playing = playing & ~ended & (lengths < max_steps)
        shown = following
    running = np.arange(len(actions)) < lengths[:episodes, None]  # [episodes, steps]
    return Batch(
        np.where(running[..., None], np.stack(observations, axis=1), np.float32(0)),
        np.where(running, np.stack(actions, axis=1), 0).astype(np.int32),
        np.stack(rewards, axis=1).astype(np.float32),
        lengths[:episodes],
    )
