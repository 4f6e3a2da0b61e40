"""A recorded run: what a reader needs to believe a score, small enough to be kept in a repository."""

from bisect import bisect_left
from collections.abc import Mapping
from typing import Any

import msgspec

from lab_core.evaluator import Evaluation

FORMAT = 1


class Curve(msgspec.Struct, frozen=True, kw_only=True):
    """The course of a training, thinned to about a hundred points; ``scalars`` are as long as ``step``, None where unknown."""

    step: tuple[int, ...]
    wall_seconds: tuple[float, ...]
    scalars: Mapping[str, tuple[float | None, ...]]


class RecordedRun(msgspec.Struct, frozen=True, kw_only=True):
    """All that a reader needs to believe a score, and to try for it again.

    budget_steps, budget_seconds   what it was given; 0 steps in old records, whose ``config`` says it
    selection, selection_seconds   by step: the score of each selection, and the wall seconds of training at that moment,
                                   this and every earlier selection included; the seconds are missing in old records
    fingerprint                    of every figure at full precision, what tells the time left out; empty in old records
    """

    task: str
    method: str
    preset: str
    plugin_version: str
    config: Mapping[str, Any]
    changed: Mapping[str, Any]
    seed: int
    device: str
    precision: str
    threads: int
    machine: Mapping[str, Any]
    versions: Mapping[str, str]
    command: tuple[str, ...]
    created: str
    step: int
    step_unit: str
    wall_seconds: float
    best_step: int | None
    selection: Mapping[int, float]
    selection_seconds: Mapping[int, float] = {}
    curve: Curve
    evaluations: tuple[Evaluation, ...]
    budget_steps: int = 0
    budget_seconds: float | None = None
    fingerprint: str = ""
    format: int = FORMAT

    @property
    def name(self) -> str:
        """What stands for a run id."""
        return f"{self.task}/{self.created[:19]}-seed{self.seed}"

    @property
    def budget(self) -> int:
        """The steps that it was given; 0 where there was nothing to train."""
        return self.budget_steps or (int(self.config.get("steps", self.step)) if self.step else 0)

    def selections(self) -> list[tuple[int, float, float]]:
        """(step, wall seconds, score) of each selection; wall seconds of old records from the nearest later slice."""
        return [(step, self._seconds(step), score) for step, score in sorted(self.selection.items())]

    def _seconds(self, step: int) -> float:
        known = self.selection_seconds.get(step)
        if known is not None:
            return known
        at = bisect_left(self.curve.step, step)
        return self.curve.wall_seconds[at] if at < len(self.curve.step) else self.wall_seconds
