"""One rollout of all environments: single frames, what followed each, and the Q(lambda) targets.

Position t of environment e is the frame on which action t was chosen; position ``length`` is the one after the last action.
The ``history`` - 1 frames before position 0 are kept in front, so that every stack is whole.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from lab_dqn.gather import gather_stacks

ARRAYS = ("frame", "age", "action", "reward", "terminal", "cut", "best")


def lambda_targets(
    rewards: NDArray[np.float32],
    terminals: NDArray[np.bool_],
    begun: NDArray[np.bool_],
    best: NDArray[np.float32],
    *,
    gamma: float,
    trace: float,
) -> NDArray[np.float32]:
    """Peng's Q(lambda) returns G [T, E] from rewards, terminals, begun [T, E] and best [T + 1, E], max_a Q of each position.

        G_t = r_t + gamma (1 - terminal_t) [trace G_{t+1} + (1 - trace) best_{t+1}],   G_T = best_T

    A cut step only began a new game. Nothing is learnt from it; the step before it, where a game was truncated, bootstraps
    from the game's last frame. (Gallici et al. 2024, section 4.2; Daley and Amato 2019, eq. 7.)
    """
    returns = np.empty_like(rewards)
    following = best[-1]
    for t in range(len(rewards) - 1, -1, -1):
        ahead = trace * following + (1 - trace) * best[t + 1]
        returns[t] = rewards[t] + gamma * np.where(terminals[t], np.float32(0), ahead)
        following = np.where(begun[t], best[t], returns[t])
    return returns


class Rollout:
    """``length`` steps of ``environments``; frames uint8 [height, width], or float32 vectors with ``history`` 1."""

    def __init__(self, *, environments: int, length: int, frame_shape: tuple[int, ...], frame_dtype: Any, history: int) -> None:
        self.environments, self.length, self.history = environments, length, history
        self.offset = history - 1
        slots = self.offset + length + 1
        self.frame = np.zeros((slots, environments, *frame_shape), frame_dtype)
        self.age = np.zeros((slots, environments), np.uint8)  # frames of the same game before this one, up to history - 1
        self.action = np.zeros((length, environments), np.int32)
        self.reward = np.zeros((length, environments), np.float32)
        self.terminal = np.zeros((length, environments), np.bool_)
        self.cut = np.zeros((length, environments), np.bool_)
        self.best = np.zeros((length + 1, environments), np.float32)
        self._columns = np.arange(environments)
        self._newest = np.empty(self._shape(environments), frame_dtype)

    def begin(self, frames: NDArray[Any]) -> None:
        """The first frames of new games."""
        self.frame[: self.offset] = 0
        self.frame[self.offset], self.age[self.offset] = frames, 0

    def follow(self, other: "Rollout") -> None:
        """Go on where another rollout ended."""
        self.frame[: self.offset + 1] = other.frame[other.length :]
        self.age[: self.offset + 1] = other.age[other.length :]

    def newest(self, t: int) -> NDArray[Any]:
        """The observations [environments, ...] at position t, in memory that the next call writes again."""
        self._fill(self._columns, np.full(self.environments, t), self._newest)
        return self._newest

    def append(
        self,
        t: int,
        actions: NDArray[np.int32],
        rewards: NDArray[np.float32],
        terminals: NDArray[np.bool_],
        begun: NDArray[np.bool_],
        frames: NDArray[Any],
    ) -> None:
        """Results of action t, and the frames after it."""
        self.action[t], self.reward[t], self.terminal[t], self.cut[t] = actions, rewards, terminals, begun
        slot = self.offset + t + 1
        self.frame[slot] = frames
        self.age[slot] = np.where(begun, 0, np.minimum(self.age[slot - 1] + 1, max(1, self.offset)))

    def gather(self, chosen: NDArray[np.int64]) -> NDArray[Any]:
        """The observations [count, ...] of transitions t * environments + e."""
        out = np.empty(self._shape(len(chosen)), self.frame.dtype)
        self._fill(chosen % self.environments, chosen // self.environments, out)
        return out

    def _shape(self, count: int) -> tuple[int, ...]:
        shape = self.frame.shape[2:]
        return (count, *shape, self.history) if self.frame.ndim == 4 else (count, *shape)

    def _fill(self, columns: NDArray[np.int64], positions: NDArray[np.int64], out: NDArray[Any]) -> None:
        if self.frame.ndim == 4:
            gather_stacks(self.frame, self.age, columns, positions + self.offset, out)
        else:
            out[:] = self.frame[positions + self.offset, columns]
