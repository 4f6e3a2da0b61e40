"""What scores a model on a benchmark under a protocol."""

import math
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import msgspec

from lab_core.benchmark import Benchmark
from lab_core.model import Item, Model


class Tick(Protocol):
    """Called by an evaluator as it goes: units done, of how many, and the scores so far."""

    def __call__(self, done: int, total: int, scores: list[float]) -> None: ...


class Evaluation(msgspec.Struct, frozen=True, kw_only=True):
    """One evaluation, down to the smallest unit that can be resampled.

    scores   one raw score a unit (an episode, a sentence, a sample set), in the order of their seeds
    statistics  where the benchmark has a ``pool``: what it needs, one row of numbers a unit, as long as ``scores``
    value    the benchmark's score of the whole; the mean of ``scores`` for episodes
    details  named columns as long as ``scores`` (episode length, cut short by a stall, ...)
    figures  further numbers of the whole that are no mean over units (corpus chrF beside BLEU, calibration error)
    interval  95 % interval of ``value`` over units as a record keeps it; None in an evaluation just made
    """

    benchmark: str
    protocol: str
    settings: Mapping[str, Any]
    seed: int
    scores: tuple[float, ...]
    statistics: tuple[tuple[float, ...], ...] = ()
    value: float
    unit: str = "episode"
    details: Mapping[str, tuple[float, ...]] = {}
    figures: Mapping[str, float] = {}
    interval: tuple[float, float] | None = None
    wall_seconds: float = 0.0
    steps: int = 0

    def detail_means(self) -> dict[str, float]:
        """The mean of each column of ``details``, and ``figures``; what is empty or not finite is left out."""
        sound = {name: column for name, column in self.details.items() if column and all(map(math.isfinite, column))}
        means = {name: sum(column) / len(column) for name, column in sound.items()}
        return means | {name: value for name, value in self.figures.items() if math.isfinite(value)}


class Evaluator(ABC):
    """Scores models on one benchmark. Sees them through their abilities only, so a stranger's model is scored too."""

    def __init__(self, benchmark: Benchmark) -> None:
        self.benchmark = benchmark

    @abstractmethod
    def evaluate(self, model: Model, *, protocol: str, count: int, seed: int, progress: Tick | None = None) -> Evaluation:
        """Score ``model`` on ``count`` units whose seeds all derive from ``seed``; the same call gives the same scores.

        ``protocol`` is a name in the benchmark. Raises LabError when the model lacks the ability or doesn't fit.
        """

    def example_pairs(self, count: int) -> Sequence[tuple[Item, Item | None]]:
        """Up to ``count`` inputs of a model that applies, each with its target or None: what scenes show.

        The same ones at each call, and none that was trained on. An evaluator without any gives none.
        """
        return ()

    def example_options(self) -> Mapping[str, Any]:
        """Options of a model under which :meth:`example_pairs` are applied; those that it lacks are left out."""
        return {}
