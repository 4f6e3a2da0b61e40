"""Environments side by side, as the trainer sees them: newest frames, raw rewards, and how episodes end.

Episodes restart in the step after their end (Gymnasium's NEXT_STEP): that step ignores its action and is marked in ``cuts``.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lab_core.errors import LabError
from lab_dqn.config import DQNConfig


@dataclass(frozen=True)
class Step:
    """What one vector step brought. Everything is [environments, ...].

    frames    the newest frame of each environment
    rewards   float32, raw
    terminals the episode ended for learning: game over, or a lost life where the config says so
    cuts      the step only began a new game
    """

    frames: NDArray[Any]
    rewards: NDArray[np.float32]
    terminals: NDArray[np.bool_]
    cuts: NDArray[np.bool_]


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
        """Act everywhere; games that ended in the last step begin anew instead."""
        cuts = self.over.copy()
        frames, rewards, terminals, ended = self._step(actions)
        self.scores += rewards
        self.finished.extend(float(score) for score in self.scores[ended])
        self.scores[ended] = 0.0
        self.over = ended.copy()
        return Step(frames, rewards.astype(np.float32), terminals & ~cuts, cuts)

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

    def restore(self, state: Mapping[str, NDArray[Any]]) -> None:
        """Go on from what :meth:`state` read."""
        raise NotImplementedError

    @property
    def generator(self) -> np.random.Generator | None:
        """The environments' own random stream, where it can be saved."""
        return None

    def close(self) -> None:  # noqa: B027
        """Free the environments."""


class AtariGames(Vector):
    """ALE's own vector environment, unclipped, one frame at a time."""

    def __init__(self, config: DQNConfig, *, threads: int) -> None:
        from ale_py.vector_env import AtariVectorEnv

        super().__init__(config.environments)
        self.config = config
        size = config.observation_size
        game = config.game.replace("-", "_")
        try:
            self.env = AtariVectorEnv(
                game,
                config.environments,
                num_threads=threads,
                max_num_frames_per_episode=config.max_frames,
                repeat_action_probability=config.sticky,
                full_action_space=config.full_action_space,
                img_height=size,
                img_width=size,
                stack_num=1,
                frameskip=config.frame_skip,
                noop_max=config.noop_max,
                episodic_life=False,
                life_loss_info=False,
                reward_clipping=False,
                use_fire_reset=config.fire_on_life_loss,
            )
        except Exception as error:
            raise LabError(f"The Atari game {config.game!r} can't be started: {error}.") from error
        self.frame_shape, self.frame_dtype = (size, size), np.uint8
        self.actions = int(self.env.single_action_space.n)
        self.fire = self._fire_action(game) if config.fire_on_life_loss else None
        self.lives = np.zeros(self.environments, np.int64)
        self.waiting = np.zeros(self.environments, np.bool_)

    def _fire_action(self, game: str) -> int | None:
        import ale_py

        interface = ale_py.ALEInterface()
        interface.loadROM(ale_py.roms.get_rom_path(game))
        actions = interface.getLegalActionSet() if self.config.full_action_space else interface.getMinimalActionSet()
        names = [action.name for action in actions]
        return names.index("FIRE") if "FIRE" in names else None

    def _reset(self, seed: int) -> NDArray[Any]:
        frames, info = self.env.reset(seed=seed)
        self.lives, self.waiting = np.array(info["lives"]), np.zeros(self.environments, np.bool_)
        return frames[:, -1]

    def forced(self, actions: NDArray[np.int32]) -> NDArray[np.int32]:
        return actions if self.fire is None else np.where(self.waiting, self.fire, actions).astype(np.int32)

    def _step(self, actions: NDArray[np.int32]) -> tuple[NDArray[Any], NDArray[Any], NDArray[np.bool_], NDArray[np.bool_]]:
        frames, rewards, terminated, truncated, info = self.env.step(actions)
        lives = np.array(info["lives"])
        lost = (lives < self.lives) & ~terminated
        self.lives, self.waiting = lives, lost
        terminals = terminated | lost if self.config.life_loss_terminal else np.array(terminated)
        return frames[:, -1], np.asarray(rewards, np.float32), terminals, terminated | truncated

    def close(self) -> None:
        self.env.close()


class GymnasiumVectors(Vector):
    """Any Gymnasium environment with vector observations and numbered actions."""

    def __init__(self, config: DQNConfig) -> None:
        import gymnasium

        super().__init__(config.environments)
        try:
            spec = gymnasium.spec(config.game)
            mode = "vector_entry_point" if spec.vector_entry_point else "sync"
            self.env = gymnasium.make_vec(config.game, config.environments, vectorization_mode=mode)
        except gymnasium.error.Error as error:
            raise LabError(f"The environment {config.game!r} can't be made: {error}") from error
        spaces = gymnasium.spaces
        observation, action = self.env.single_observation_space, self.env.single_action_space
        if not (isinstance(observation, spaces.Box) and len(observation.shape) == 1 and isinstance(action, spaces.Discrete)):
            raise LabError(f"{config.game} has {observation} and {action}; DQN needs a vector to see and numbered actions.")
        self.frame_shape, self.frame_dtype = observation.shape, np.float32
        self.actions = int(action.n)

    def _reset(self, seed: int) -> NDArray[Any]:
        return np.asarray(self.env.reset(seed=seed)[0], np.float32)

    def _step(self, actions: NDArray[np.int32]) -> tuple[NDArray[Any], NDArray[Any], NDArray[np.bool_], NDArray[np.bool_]]:
        frames, rewards, terminated, truncated, _ = self.env.step(actions)
        return np.asarray(frames, np.float32), np.asarray(rewards, np.float32), np.array(terminated), terminated | truncated

    @property
    def _cartpole(self) -> Any:
        from gymnasium.envs.classic_control.cartpole import CartPoleVectorEnv

        env = self.env.unwrapped
        return env if isinstance(env, CartPoleVectorEnv) else None

    def state(self) -> Mapping[str, NDArray[Any]] | None:
        """Exact for Gymnasium's own CartPole vector; None for others, which know no saving."""
        env = self._cartpole
        if env is None:
            return None
        found = {"state": env.state, "steps": env.steps, "prev_done": env.prev_done, "scores": self.scores, "over": self.over}
        return {name: np.array(value) for name, value in found.items()}

    def restore(self, state: Mapping[str, NDArray[Any]]) -> None:
        env = self._cartpole
        env.state, env.steps, env.prev_done = state["state"].copy(), state["steps"].copy(), state["prev_done"].copy()
        self.scores, self.over = state["scores"].copy(), state["over"].copy()

    @property
    def generator(self) -> np.random.Generator | None:
        env = self._cartpole
        return None if env is None else env.np_random

    def close(self) -> None:
        self.env.close()


def make_vector(config: DQNConfig, *, threads: int) -> Vector:
    """The environments that a config names; raises LabError for unknown or unfit ones."""
    return AtariGames(config, threads=threads) if config.atari else GymnasiumVectors(config)
