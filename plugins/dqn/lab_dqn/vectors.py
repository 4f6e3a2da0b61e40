"""Environments side by side, as the trainer sees them: newest frames, raw rewards, and how episodes end.

Episodes restart in the step after their end (Gymnasium's NEXT_STEP): that step ignores its action and is marked in ``begun``.
"""

import json
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from lab_environments.observation import narrowed
from lab_tensorflow.state import generator_state, set_generator_state
from numpy.typing import NDArray

from lab_dqn.config import NetworkConfig


@dataclass(frozen=True)
class Step:
    """Result of one step of all environments. Everything is [environments, ...].

    frames    the newest frame of each environment
    rewards   float32, raw
    terminals the episode ended for learning: game over, or a lost life where the config says so
    begun      the step only began a new game
    """

    frames: NDArray[Any]
    rewards: NDArray[np.float32]
    terminals: NDArray[np.bool_]
    begun: NDArray[np.bool_]


class Vector(ABC):
    """``environments`` copies of one environment. ``finished`` collects the raw scores of games that ended."""

    frame_shape: tuple[int, ...]
    frame_dtype: Any
    actions: int

    def __init__(self, environments: int) -> None:
        self.environments = environments
        self.scores = np.zeros(environments, np.float64)
        self.over = np.zeros(environments, np.bool_)
        self.finished: list[float] = []

    def reset(self, seed: int) -> NDArray[Any]:
        """Start a new game everywhere; the first frames."""
        self.scores[:], self.over[:] = 0.0, False
        return self._reset(seed)

    def step(self, actions: NDArray[np.int32]) -> Step:
        """Act everywhere; games that ended in the last step restart instead."""
        begun = self.over.copy()
        frames, rewards, terminals, ended = self._step(actions)
        self.scores += rewards
        self.finished.extend(float(score) for score in self.scores[ended])
        self.scores[ended] = 0.0
        self.over = ended.copy()
        return Step(frames, rewards.astype(np.float32), terminals & ~begun, begun)

    def forced(self, actions: NDArray[np.int32]) -> NDArray[np.int32]:
        """The actions that will really be taken: FIRE where the game waits for it."""
        return actions

    @abstractmethod
    def _reset(self, seed: int) -> NDArray[Any]: ...

    @abstractmethod
    def _step(self, actions: NDArray[np.int32]) -> tuple[NDArray[Any], NDArray[Any], NDArray[np.bool_], NDArray[np.bool_]]:
        """Frames, raw rewards, ends for learning, ends of games."""

    def state(self) -> Mapping[str, NDArray[Any]] | None:
        """All that decides how the environments go on but :attr:`generator`; None where they can't be saved."""
        return None

    def restore(self, state: Mapping[str, NDArray[Any]]) -> bool:
        """Go on from what :meth:`state` read; False where that went another way, and new games have to begin."""
        raise NotImplementedError

    @property
    def generator(self) -> np.random.Generator | None:
        """The environments' own random stream, where it can be saved."""
        return None

    def close(self) -> None:  # noqa: B027
        """Free the environments."""


class AtariFrames(Vector):
    """Atari games, unclipped and one frame at a time. FIRE is pressed for the policy, and remembered as its action."""

    def __init__(self, config: NetworkConfig, *, threads: int) -> None:
        from lab_environments.atari import AtariVector

        super().__init__(config.environments)
        self.life_loss_terminal = config.life_loss_terminal
        self.env = AtariVector.of(config, config.environments, stack=1, threads=threads)
        self.frame_shape, self.frame_dtype = self.env.frame_shape, np.uint8
        self.actions = self.env.actions

    def _reset(self, seed: int) -> NDArray[Any]:
        return self.env.reset(seed)[:, -1]

    def forced(self, actions: NDArray[np.int32]) -> NDArray[np.int32]:
        return self.env.forced(actions)

    def _step(self, actions: NDArray[np.int32]) -> tuple[NDArray[Any], NDArray[Any], NDArray[np.bool_], NDArray[np.bool_]]:
        step = self.env.step(actions)
        terminals = step.terminated | step.life_lost if self.life_loss_terminal else step.terminated
        return step.observations[:, -1], step.rewards, terminals, step.over

    def close(self) -> None:
        self.env.close()


class GymnasiumVectors(Vector):
    """Any Gymnasium environment with vector observations and numbered actions, by a vector version of its own: not saved."""

    def __init__(self, env: Any, observation: Any, action: Any) -> None:
        super().__init__(env.num_envs)
        self.env, self.name = env, env.spec.id if env.spec else type(env.unwrapped).__name__
        self.frame_shape, self.frame_dtype = tuple(observation.shape), np.float32
        self.actions, self._first_action = int(action.n), int(action.start)

    def _reset(self, seed: int) -> NDArray[Any]:
        return self._rows(self.env.reset(seed=seed)[0])

    def _step(self, actions: NDArray[np.int32]) -> tuple[NDArray[Any], NDArray[Any], NDArray[np.bool_], NDArray[np.bool_]]:
        frames, rewards, terminated, truncated, _ = self.env.step(actions + self._first_action)
        return self._rows(frames), np.asarray(rewards, np.float32), np.array(terminated), terminated | truncated

    def _rows(self, shown: Any) -> NDArray[np.float32]:
        """What environments show as float32 [environments, size]; several numbers (Blackjack's tuple) come as a column each."""
        return narrowed(np.stack(shown, axis=-1) if isinstance(shown, tuple) else shown, self.name)

    def close(self) -> None:
        self.env.close()


class CartPoles(GymnasiumVectors):
    """Gymnasium's own CartPole vector, whose state is a few arrays."""

    def state(self) -> Mapping[str, NDArray[Any]]:
        env = self.env.unwrapped
        found = {"state": env.state, "steps": env.steps, "prev_done": env.prev_done, "scores": self.scores, "over": self.over}
        return {name: np.array(value) for name, value in found.items()}

    def restore(self, state: Mapping[str, NDArray[Any]]) -> bool:
        env = self.env.unwrapped
        env.state, env.steps, env.prev_done = state["state"].copy(), state["steps"].copy(), state["prev_done"].copy()
        self.scores, self.over = state["scores"].copy(), state["over"].copy()
        return True

    @property
    def generator(self) -> np.random.Generator | None:
        return self.env.unwrapped.np_random


class Copies(GymnasiumVectors):
    """Copies of an environment, stepped one after another. Running episodes are put back by playing them again.

    An episode is decided by its seed, or by the random stream of its environment as it begins, and by its actions: these are
    kept. An environment that draws from elsewhere, or whose stream can't be kept, starts new episodes after a load.
    """

    def __init__(self, env: Any, observation: Any, action: Any) -> None:
        super().__init__(env, observation, action)
        self._starts: list[Any] = [0] * self.environments  # seeds, or states of random streams
        self._taken: list[list[int]] = [[] for _ in range(self.environments)]
        self._shown = np.zeros((self.environments, *self.frame_shape), np.float32)

    def _reset(self, seed: int) -> NDArray[Any]:
        self._starts = [seed + index for index in range(self.environments)]
        self._taken = [[] for _ in range(self.environments)]
        self._shown = super()._reset(seed)
        return self._shown

    def _step(self, actions: NDArray[np.int32]) -> tuple[NDArray[Any], NDArray[Any], NDArray[np.bool_], NDArray[np.bool_]]:
        for index, env in enumerate(self.env.envs):
            if self.over[index]:
                self._starts[index], self._taken[index] = _stream(env), []
            else:
                self._taken[index].append(int(actions[index]))
        found = super()._step(actions)
        self._shown = found[0]
        return found

    def state(self) -> Mapping[str, NDArray[Any]]:
        return {
            "starts": np.array([json.dumps(start) for start in self._starts]),
            "lengths": np.array([len(actions) for actions in self._taken]),
            "taken": np.array([action for actions in self._taken for action in actions], np.int64),
            "shown": self._shown.copy(),
            "scores": self.scores.copy(),
            "over": self.over.copy(),
        }

    def restore(self, state: Mapping[str, NDArray[Any]]) -> bool:
        ends = np.cumsum(state["lengths"])
        self._shown = np.zeros_like(self._shown)
        for index, env in enumerate(self.env.envs):
            self._starts[index] = start = json.loads(str(state["starts"][index]))
            self._taken[index] = state["taken"][ends[index] - state["lengths"][index] : ends[index]].tolist()
            if start is None:
                return False
            if isinstance(start, int):
                shown, _ = env.reset(seed=start)
            else:
                set_generator_state(env.unwrapped.np_random, start)
                shown, _ = env.reset()
            for number, action in enumerate(self._taken[index], start=1):
                shown, _, terminated, truncated, _ = env.step(action + self._first_action)
                if (terminated or truncated) and number < len(self._taken[index]):  # it went another way than before
                    return False
            self._shown[index] = np.asarray(shown, np.float32)
        self.scores, self.over = state["scores"].copy(), state["over"].copy()
        self.env._autoreset_envs = self.over.copy()  # what ended restarts in the next step
        return np.array_equal(self._shown, state["shown"], equal_nan=True)


def _stream(env: Any) -> dict[str, Any] | None:
    """The state of an environment's random stream; None for a kind that can't be kept (Gymnasium's own is PCG64)."""
    rng = env.unwrapped.np_random
    kept = isinstance(rng, np.random.Generator) and isinstance(rng.bit_generator, np.random.PCG64)
    return generator_state(rng) if kept else None


def _gymnasium_vectors(config: NetworkConfig) -> GymnasiumVectors:
    from gymnasium.envs.classic_control.cartpole import CartPoleVectorEnv
    from gymnasium.vector import SyncVectorEnv
    from lab_environments.gym import make_vector as make_environments
    from lab_environments.spaces import checked_spaces

    observation, action = checked_spaces(config.env, method="dqn")
    env = make_environments(config.env, config.environments)
    kinds: Mapping[Any, type[GymnasiumVectors]] = {CartPoleVectorEnv: CartPoles, SyncVectorEnv: Copies}
    return kinds.get(type(env.unwrapped), GymnasiumVectors)(env, observation, action)


def frame_bytes(config: NetworkConfig) -> int:
    """Bytes of one frame; raises UsageError, before TensorFlow is loaded, for an environment that can't be learnt."""
    if config.atari:
        return config.observation_size**2
    from lab_environments.spaces import checked_spaces

    observation, _ = checked_spaces(config.env, method="dqn")
    return 4 * int(observation.shape[0])


def make_vector(config: NetworkConfig, *, threads: int) -> Vector:
    """The environments that a config names; raises UsageError for unknown or unfit ones."""
    return AtariFrames(config, threads=threads) if config.atari else _gymnasium_vectors(config)
