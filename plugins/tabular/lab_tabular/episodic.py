"""What every method that learns from episodes shares: the loop over slices, and its state on disk."""

from abc import abstractmethod
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from lab_core.context import Context
from lab_core.task import Task
from lab_core.trainer import Chunks, Progress, Trainer
from lab_tabular import monte_carlo, rng, stepwise, traces
from lab_tabular.config import EpisodesConfig
from lab_tabular.problems import Place, open_place
from lab_tabular.state import load_arrays, save_arrays, table_memory

C = TypeVar("C", bound=EpisodesConfig)

TRACES = {"accumulating": traces.ACCUMULATING, "replacing": traces.REPLACING, "dutch": traces.DUTCH}
VISITS = {"first-visit": monte_carlo.FIRST_VISIT, "every-visit": monte_carlo.EVERY_VISIT, "off-policy": monte_carlo.OFF_POLICY}


class Episodic(Trainer[C]):
    """One step is one episode. What a slice reports, besides a method's own figures:

    episode_return, episode_moves   means over the slice's episodes (plain sum of rewards; exploration included)
    updates                         of the whole training

    A method fills in :meth:`_fresh`, the arrays that it learns, :meth:`_learn`, its loop, and :meth:`_report`.
    """

    def __init__(self, task: Task, config: C, context: Context) -> None:
        super().__init__(task, config, context)
        self._place: Place = open_place(config, config.backend)
        self._arrays = self._fresh((self._place.numbering.count, self._place.actions))
        self._random = rng.streams(context)
        self._episodes = 0

    def advance(self, limit: int) -> Progress:
        count = min(limit, self.config.slice_episodes)
        epsilons = self._epsilons(count)
        returns, lengths = np.zeros(count), np.zeros(count, np.int64)
        self._learn(epsilons, returns, lengths)
        self._episodes += count
        scalars = {
            "episode_return": float(returns.mean()),
            "episode_moves": float(lengths.mean()),
            "updates": float(self._arrays["visits"].sum()),
        }
        return Progress(self._episodes, {**scalars, **self._report(epsilons)})

    def save(self, folder: Path, chunks: Chunks) -> None:
        save_arrays(folder, self.state_digest())

    def load(self, folder: Path, chunks: Chunks) -> None:
        arrays = load_arrays(folder, self.state_digest())
        self._arrays = {name: arrays[name] for name in self._arrays}
        self._random[:], self._episodes = arrays["random"], int(arrays["episodes"])

    def state_digest(self) -> Mapping[str, Any]:
        learnt = {name: array.copy() for name, array in self._arrays.items()}
        return {**learnt, "random": self._random.copy(), "episodes": np.int64(self._episodes)}

    def close(self) -> None:
        self._place.close()

    @classmethod
    def memory(cls, config: EpisodesConfig) -> int:
        return table_memory(config)

    def _fresh(self, shape: tuple[int, ...]) -> dict[str, np.ndarray]:
        """Everything that is learnt, before learning; ``visits`` is among it."""
        return {"q": np.zeros(shape), "visits": np.zeros(shape, np.int64)}

    @abstractmethod
    def _learn(self, epsilons: np.ndarray, returns: np.ndarray, lengths: np.ndarray) -> None:
        """Train ``len(epsilons)`` episodes, filling ``returns`` and ``lengths``."""

    @abstractmethod
    def _epsilons(self, count: int) -> np.ndarray:
        """The share of random actions float64 [count] in the next episodes."""

    @abstractmethod
    def _report(self, epsilons: np.ndarray) -> dict[str, float]:
        """The method's own figures after a slice."""

    @abstractmethod
    def _rest(self, epsilons: np.ndarray, returns: np.ndarray, lengths: np.ndarray) -> tuple[Any, ...]:
        """The arguments that end every loop's list: streams, world, numbers, and what is filled."""

    def _loop(self, module: Any) -> Callable[..., None]:
        """A module's learning loop, compiled, or in Python where the environment is stepped."""
        return module.run_episodes if self._place.env is None else stepwise.interpreted(module.run_episodes)
