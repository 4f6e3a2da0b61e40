"""Replay of whole transitions in NumPy."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray


class Replay:
    """A ring of transitions; transition number ``t`` (counted for ever) is in slot ``t`` modulo capacity.

    observation, next_observation float32 [capacity, observation]; action float32 [capacity, action] in [-1, 1];
    reward float32 [capacity]; terminated bool [capacity]. ``next_observation`` is what the episode really ended with, also where
    it was truncated.
    """

    def __init__(self, capacity: int, observation_size: int, action_size: int) -> None:
        self.capacity = capacity
        # zeros: the system commits a page when it is first written, so an empty replay costs nothing
        self.arrays: dict[str, NDArray[Any]] = {
            "observation": np.zeros((capacity, observation_size), np.float32),
            "action": np.zeros((capacity, action_size), np.float32),
            "reward": np.zeros(capacity, np.float32),
            "terminated": np.zeros(capacity, np.bool_),
            "next_observation": np.zeros((capacity, observation_size), np.float32),
        }
        self.position = 0  # transitions ever written

    @property
    def filled(self) -> int:
        """Transitions in memory."""
        return min(self.position, self.capacity)

    def append(self, **columns: NDArray[Any]) -> None:
        """Add transitions [n, ...], one array for each of ``arrays``."""
        slots = np.arange(self.position, self.position + len(columns["reward"])) % self.capacity
        for name, array in self.arrays.items():
            array[slots] = columns[name]
        self.position += len(slots)

    def sample(self, rng: np.random.Generator, updates: int, batch: int) -> dict[str, NDArray[Any]]:
        """Evenly drawn transitions, every array [updates, batch, ...]; raises ValueError when there is none."""
        slots = rng.integers(0, self.filled, (updates, batch))
        return {name: array[slots] for name, array in self.arrays.items()}

    def memory(self) -> int:
        """Bytes when it is full."""
        return sum(array.nbytes for array in self.arrays.values())

    def newest(self) -> Mapping[str, NDArray[Any]]:
        """Everything in memory, oldest first."""
        return self.rows(max(0, self.position - self.capacity), self.position)

    def rows(self, start: int, stop: int) -> dict[str, NDArray[Any]]:
        """Transitions ``start`` to ``stop - 1``, which must still be in memory."""
        slots = np.arange(start, stop) % self.capacity
        return {name: array[slots] for name, array in self.arrays.items()}
