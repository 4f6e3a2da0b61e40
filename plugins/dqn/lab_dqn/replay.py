"""Replay of single frames: 1 M Atari steps in 7 GB, stacks rebuilt by index.

Every environment has a ring of ``slots``. Position t of a ring holds what happened at one vector step:

    frame[t]     the newest frame the agent saw before it acted (uint8 plane, or a float32 vector)
    action[t]    what it then did
    reward[t]    the raw reward of that step
    terminal[t]  the step ended the episode for learning (game over, or a lost life): no bootstrap across it
    cut[t]       not a transition: the step only reset the environment (its action was ignored)
    age[t]       frames since the first one of the game, at most 255: a stack never reaches into the game before

Positions are absolute (0, 1, 2, ...; the slot is position modulo slots) and all environments move together, so a
sample is an (environment, position) pair, and a chunk of the ring can be named by its positions for ever.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from lab_tensorflow.host import aligned_empty
from numpy.typing import NDArray

from lab_dqn.gather import gather_stacks, gather_transitions

ARRAYS = ("frame", "action", "reward", "terminal", "cut", "age")
Memory = tuple[NDArray[np.uint8], NDArray[np.uint8]]  # of observations and next observations


@dataclass(frozen=True)
class Batches:
    """``updates`` batches of transitions, ready for the learner. Leading shape [updates, batch].

    observation, next_observation  [..., height, width, history] uint8, or [..., features] float32
    action int32; reward float32, clipped and summed over n steps; discount float32, 0 where the episode ended
    """

    observation: NDArray[Any]
    action: NDArray[np.int32]
    reward: NDArray[np.float32]
    discount: NDArray[np.float32]
    next_observation: NDArray[Any]


class Replay:
    """Frames, actions, rewards and episode ends of vector environments that step together."""

    def __init__(
        self,
        *,
        environments: int,
        slots: int,
        frame_shape: tuple[int, ...],
        frame_dtype: Any,
        history: int,
        n_step: int,
        gamma: float,
        reward_clip: float | None,
    ) -> None:
        self.environments, self.slots, self.history, self.n_step = environments, slots, history, n_step
        self.discounts = (gamma ** np.arange(n_step + 1)).astype(np.float32)
        self.reward_clip = float("inf") if reward_clip is None else reward_clip
        # zeros: the system commits a page when it is first written, so an empty replay costs nothing
        self.frame = np.zeros((slots, environments, *frame_shape), frame_dtype)
        self.action = np.zeros((slots, environments), np.int32)
        self.reward = np.zeros((slots, environments), np.float32)
        self.terminal = np.zeros((slots, environments), np.bool_)
        self.cut = np.zeros((slots, environments), np.bool_)
        self.age = np.zeros((slots, environments), np.uint8)
        self.position = 0  # of the newest frame, whose action isn't known yet

    @property
    def arrays(self) -> dict[str, NDArray[Any]]:
        """The rings by name, [slots, environments, ...] each."""
        return {name: getattr(self, name) for name in ARRAYS}

    @property
    def filled(self) -> int:
        """Transitions in memory."""
        return min(self.position, self.slots - 1) * self.environments

    def begin(self, frames: NDArray[Any]) -> None:
        """The first frames [environments, ...] after the environments were reset."""
        self._write(frames, np.zeros(self.environments, np.uint8))

    def restart(self, frames: NDArray[Any]) -> None:
        """New games begin although the running ones did not end: the step that leads to them is no transition."""
        nothing = np.zeros(self.environments)
        self.append(nothing, nothing, nothing, np.ones(self.environments, np.bool_), frames)

    def append(
        self,
        actions: NDArray[Any],
        rewards: NDArray[Any],
        terminals: NDArray[Any],
        begun: NDArray[Any],
        frames: NDArray[Any],
    ) -> None:
        """What was done on the newest frames, and the frames that followed. All [environments, ...].

        ``begun`` marks environments whose step was a reset: their new frame is the first one of a game.
        """
        slot = self.position % self.slots
        self.action[slot], self.reward[slot] = actions, rewards
        self.terminal[slot], self.cut[slot] = terminals, begun
        age = np.where(begun, 0, np.minimum(self.age[slot].astype(np.int32) + 1, 255)).astype(np.uint8)
        self.position += 1
        self._write(frames, age)

    def _write(self, frames: NDArray[Any], age: NDArray[np.uint8]) -> None:
        slot = self.position % self.slots
        self.frame[slot], self.age[slot] = frames, age

    def newest(self) -> NDArray[Any]:
        """The observation [environments, ...] that each environment's next action is chosen on."""
        columns = np.arange(self.environments)
        return self._stacks(columns, np.full(self.environments, self.position))

    def _stacks(self, columns: NDArray[Any], positions: NDArray[Any], memory: NDArray[Any] | None = None) -> NDArray[Any]:
        if self.frame.ndim == 3:  # vectors: no stack
            return self.frame[positions % self.slots, columns]
        shape = (len(columns), *self.frame.shape[2:], self.history)
        out = np.empty(shape, np.uint8) if memory is None else memory[: len(columns)].reshape(shape)
        gather_stacks(self.frame, self.age, columns, positions, out)
        return out

    def complete(self, ahead: int = 0) -> tuple[int, int]:
        """Positions low <= p < high whose transitions are complete and stay so while ``ahead`` more vector steps are written."""
        # the slot after the newest one is the next to be overwritten
        oldest = max(0, self.position + 1 + ahead - self.slots)
        return (oldest + self.history - 1 if oldest else 0), self.position - self.n_step + 1

    def draw(
        self, rng: np.random.Generator, updates: int, batch: int, *, ahead: int = 0
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Uniform (environment, position) pairs [updates, batch] of transitions that are complete now.

        ``ahead`` more vector steps may be written before the pairs are read; what they overwrite is not drawn.
        Raises ValueError when nothing can be drawn.
        """
        low, high = self.complete(ahead)
        if high <= low:
            raise ValueError("the replay holds no complete transition yet")
        columns = rng.integers(0, self.environments, (updates, batch))
        positions = rng.integers(low, high, (updates, batch))
        wrong = self.cut[positions % self.slots, columns]
        while wrong.any():
            columns[wrong] = rng.integers(0, self.environments, int(wrong.sum()))
            positions[wrong] = rng.integers(low, high, int(wrong.sum()))
            wrong = self.cut[positions % self.slots, columns]
        return columns, positions

    def batch_memory(self, updates: int, batch: int) -> Memory | None:
        """Memory that :meth:`gather` can put so many batches into, again and again; None for vectors, which are small."""
        shape = (updates * batch, *self.frame.shape[2:], self.history)
        return None if self.frame.ndim == 3 else (aligned_empty(shape, np.uint8), aligned_empty(shape, np.uint8))

    def gather(self, columns: NDArray[np.int64], positions: NDArray[np.int64], memory: Memory | None = None) -> Batches:
        """The transitions of (environment, position) pairs [updates, batch]. Holds the interpreter lock only briefly.

        With ``memory`` from :meth:`batch_memory` the observations lie there, until it is handed over again.
        """
        shape = columns.shape
        flat_columns, flat_positions = columns.reshape(-1), positions.reshape(-1)
        count = len(flat_columns)
        action = np.empty(count, np.int32)
        reward = np.empty(count, np.float32)
        discount = np.empty(count, np.float32)
        following = np.empty(count, np.int64)
        gather_transitions(
            self.action, self.reward, self.terminal, self.cut, self.discounts, self.reward_clip,
            flat_columns, flat_positions, action, reward, discount, following,
        )  # fmt: skip
        first, second = memory or (None, None)
        observation = self._stacks(flat_columns, flat_positions, first)
        next_observation = self._stacks(flat_columns, following, second)
        return Batches(
            observation=observation.reshape(*shape, *observation.shape[1:]),
            action=action.reshape(shape),
            reward=reward.reshape(shape),
            discount=discount.reshape(shape),
            next_observation=next_observation.reshape(*shape, *next_observation.shape[1:]),
        )
