"""Observers of a training: what they are called with, and how one that fails is kept from harming the others."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from lab_core.errors import LabError
from lab_core.evaluator import Evaluation
from lab_core.model import Model
from lab_core.trainer import Progress, Trainer

Status = Literal["completed", "interrupted"]


@dataclass(frozen=True)
class Budget:
    """When to stop: at ``steps`` in all, after ``seconds`` of wall time in this process, or at a selection ``score``."""

    steps: int
    seconds: float | None = None
    score: float | None = None


@dataclass(frozen=True)
class Outcome:
    """How a training ended, and why in a few words."""

    status: Status
    step: int
    wall_seconds: float
    reason: str


class Observer:
    """Called with what happens in the loop. Every method may be left as it is.

    One that raises an exception is reported in one line and not called any more, except for ``end``; training goes on.
    """

    def begin(self, step: int, budget: Budget) -> None:
        """Training starts or goes on at ``step``."""

    def slice(self, progress: Progress, wall_seconds: float, trainer: Trainer[Any]) -> None:
        """A slice has ended; ``wall_seconds`` counts from the start of the run, earlier parts included."""

    def selection(self, step: int, evaluation: Evaluation, best: bool) -> None:
        """The model of ``step`` was scored for selection."""

    def best_model(self, step: int, model: Model) -> None:
        """A model better than all before, detached from training; at the end the last one where none was selected."""

    def message(self, text: str) -> None:
        """Something that the user should know, one line."""

    def end(self, outcome: Outcome | None) -> None:
        """Training has ended; None after an error. Called once."""


class Observers(Observer):
    """Several observers, each called on its own: an exception of one ends that one alone."""

    def __init__(self, observers: Sequence[Observer]) -> None:
        self._all = tuple(observers)
        self._active = list(observers)

    def begin(self, step: int, budget: Budget) -> None:
        self._each(lambda one: one.begin(step, budget))

    def slice(self, progress: Progress, wall_seconds: float, trainer: Trainer[Any]) -> None:
        self._each(lambda one: one.slice(progress, wall_seconds, trainer))

    def selection(self, step: int, evaluation: Evaluation, best: bool) -> None:
        self._each(lambda one: one.selection(step, evaluation, best))

    def best_model(self, step: int, model: Model) -> None:
        self._each(lambda one: one.best_model(step, model))

    def message(self, text: str) -> None:
        self._each(lambda one: one.message(text))

    def end(self, outcome: Outcome | None) -> None:
        """End all of them; one that failed is closed, too."""
        for observer in self._all:
            self._guarded(observer, lambda one: one.end(outcome))

    def _each(self, action: Callable[[Observer], None]) -> None:
        for observer in tuple(self._active):
            self._guarded(observer, action)

    def _guarded(self, observer: Observer, action: Callable[[Observer], None]) -> None:
        try:
            action(observer)
        except Exception as error:
            if observer in self._active:
                self._active.remove(observer)
                what = error.message if isinstance(error, LabError) else f"{type(error).__name__}: {error}"
                self.message(f"{type(observer).__name__} stopped, training continues: {' '.join(what.split())}")
