"""Which transitions an update learns from: all alike, or by priority (Schaul et al. 2016, proportional variant).

    P(i) = p_i^alpha / sum_k p_k^alpha            p_i: how wrong the last prediction of i was, plus a little
    w_i = (N P(i))^-beta / max_j w_j              on each loss, the maximum over the batch

What has never been learnt from has the greatest priority so far. A batch takes one transition out of each of ``batch`` equal
shares of the total. Deviation: the batches of one slice are drawn together, and their priorities change after the slice.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lab_core.errors import LabError
from lab_dqn.replay import Replay
from lab_dqn.sum_tree import SumTree

LITTLE = 1e-6


@dataclass(frozen=True)
class Draw:
    """(environment, position) pairs [updates, batch] of the replay; ``weights`` float32 are None where all are one."""

    columns: NDArray[np.int64]
    positions: NDArray[np.int64]
    weights: NDArray[np.float32] | None = None


class UniformSampler:
    """Every complete transition is as likely as any other."""

    def __init__(self, replay: Replay) -> None:
        self.replay = replay

    def draw(self, rng: np.random.Generator, updates: int, batch: int, *, beta: float = 1.0, ahead: int = 0) -> Draw:
        """The pairs of ``updates`` batches; ``ahead`` as in :meth:`Replay.draw`. Raises ValueError when there are none."""
        return Draw(*self.replay.draw(rng, updates, batch, ahead=ahead))

    def learned(self, draw: Draw, errors: NDArray[np.float32]) -> None:
        """Hear how wrong the prediction was for each transition of a draw [updates, batch]."""

    def state(self) -> dict[str, NDArray[Any]]:
        """Everything that decides further draws but the replay, by name."""
        return {}

    def restore(self, state: Mapping[str, NDArray[Any]]) -> None:
        """Go on from what :meth:`state` read."""


class PrioritisedSampler(UniformSampler):
    """Proportional prioritisation on a sum tree with one leaf a slot and environment, holding p^alpha."""

    def __init__(self, replay: Replay, *, alpha: float) -> None:
        super().__init__(replay)
        self.alpha = alpha
        self.tree = SumTree(replay.slots * replay.environments)
        self.greatest = 1.0  # of all p^alpha so far
        self.low = self.high = 0  # positions with priorities: low <= position < high

    def draw(self, rng: np.random.Generator, updates: int, batch: int, *, beta: float = 1.0, ahead: int = 0) -> Draw:
        self._follow(ahead)
        total, environments, slots = self.tree.total, self.replay.environments, self.replay.slots
        if total <= 0:
            raise ValueError("the replay holds no complete transition yet")
        share = (np.arange(batch) + rng.random((updates, batch))) / batch
        leaves = self.tree.find((share * total).reshape(-1)).reshape(updates, batch)
        newest = self.high - 1
        positions = newest - (newest - leaves // environments) % slots
        # N and the total cancel against the greatest weight
        weights = self.tree.values[leaves] ** -beta
        weights /= weights.max(axis=1, keepdims=True)
        return Draw(leaves % environments, positions, weights.astype(np.float32))

    def learned(self, draw: Draw, errors: NDArray[np.float32]) -> None:
        priorities = (np.maximum(errors.astype(np.float64), 0.0) + LITTLE) ** self.alpha
        self.greatest = max(self.greatest, float(priorities.max()))
        self.tree.assign(self._leaves(draw.columns, draw.positions).reshape(-1), priorities.reshape(-1))

    def _follow(self, ahead: int) -> None:
        """Give what became complete the greatest priority, and what is about to be overwritten none."""
        low, high = self.replay.complete(ahead)
        low = max(low, self.low)
        gone = np.arange(self.low, min(low, self.high))
        come = np.arange(max(self.high, low), high)
        self._fill(gone, np.zeros((len(gone), self.replay.environments)))
        self._fill(come, np.where(self.replay.cut[come % self.replay.slots], 0.0, self.greatest))
        self.low, self.high = low, max(high, self.high)

    def _fill(self, positions: NDArray[np.int64], values: NDArray[np.float64]) -> None:
        columns = np.arange(self.replay.environments)
        self.tree.assign(self._leaves(columns[None], positions[:, None]).reshape(-1), values.reshape(-1))

    def _leaves(self, columns: NDArray[np.int64], positions: NDArray[np.int64]) -> NDArray[np.int64]:
        return positions % self.replay.slots * self.replay.environments + columns

    def state(self) -> dict[str, NDArray[Any]]:
        return {
            "priorities": self.tree.values.copy(),
            "greatest": np.float64(self.greatest),
            "range": np.array([self.low, self.high]),
        }

    def restore(self, state: Mapping[str, NDArray[Any]]) -> None:
        """Raises LabError where the state is missing or belongs to another replay."""
        try:
            priorities = state["priorities"]
            self.greatest, (self.low, self.high) = float(state["greatest"]), (int(bound) for bound in state["range"])
        except (KeyError, TypeError, ValueError) as error:
            raise LabError(f"The saved priorities can't be read: {error}.") from error
        if priorities.shape != (self.tree.count,) or not np.isfinite(priorities).all() or (priorities < 0).any():
            raise LabError("The saved priorities do not fit this replay.")
        self.tree.replace(priorities)
