"""The loop that every training goes through: budgets, cadences, observers, selection, saving, stopping."""

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lab_core.config import TrainConfig
from lab_core.errors import LabError
from lab_core.evaluator import Evaluation
from lab_core.model import Model
from lab_core.runs.model_folder import load_model_info
from lab_core.runs.run import Run
from lab_core.score import Score
from lab_core.trainer import Chunks, Progress, Trainer
from lab_core.training.observing import Budget, Observer, Observers, Outcome, Status
from lab_core.training.stopping import Stop

_LOOK_SECONDS = 1.0  # how often to look whether the run's folder is still there


@dataclass(frozen=True)
class Selector:
    """How the best model is chosen: ``evaluate`` scores a detached model on seeds that reported scores never use."""

    evaluate: Callable[[Model], Evaluation]
    score: Score
    every: int


@dataclass
class _Clock:
    """Wall seconds of the run: what earlier processes used, plus this one's."""

    before: float
    start: float = field(default_factory=time.monotonic)

    def total(self) -> float:
        return self.before + self.here()

    def here(self) -> float:
        return time.monotonic() - self.start


class Loop:
    """One training of one run, in this process. Make it, perhaps :meth:`restore`, then :meth:`train`."""

    def __init__(
        self,
        run: Run,
        trainer: Trainer[Any],
        *,
        observers: Sequence[Observer] = (),
        selector: Selector | None = None,
        stop: Stop | None = None,
        scored_later: bool = False,
    ) -> None:
        """``scored_later``: a reported evaluation follows, and the run is complete only with it."""
        self.run = run
        self.trainer = trainer
        self.observers = Observers(observers)
        self.scored_later = scored_later
        self.selector = selector
        self.stop = stop or Stop()
        self.config: TrainConfig = trainer.config
        self.step = 0
        self.best: tuple[float, int] | None = None
        self._clock = _Clock(0.0)
        self._saved_at: int | None = None
        self._selected_at: int | None = None

    def restore(self) -> int:
        """Load the newest complete checkpoint, cut the metrics back to it, and return its step (0 where there is none)."""

        def read(folder: Path, chunks: Chunks) -> None:
            self.trainer.load(folder, chunks)

        found = self.run.checkpoints.load_newest(read, skipped=self.say)
        if found is None:
            self.run.metrics.cut(0)
            return 0
        self.step, info = found
        self._saved_at = self.step
        self._clock = _Clock(float(info["wall_seconds"]))
        if info.get("best_score") is not None:
            self.best = (float(info["best_score"]), int(info["best_step"]))
        self._keep_later_best()
        self.run.metrics.cut(self.step)
        return self.step

    def _keep_later_best(self) -> None:
        """A best model saved after the checkpoint that was loaded is as good as ever: it stays the one to beat."""
        try:
            kept = load_model_info(self.run.model_folder("best"))
        except LabError:
            return
        if kept.score is not None and kept.step > self.step:
            self.best = (kept.score, kept.step)

    def train(self, budget: Budget) -> Outcome:
        """Advance until the budget is used up, the task is done or a stop is asked for; then save.

        Raises LabError on a loss that isn't finite, naming the checkpoint that is still good, and when the last save fails.
        """
        outcome: Outcome | None = None
        self._clock = _Clock(self._clock.before)
        try:
            with self.stop.on_signals(), self.stop.gently():
                self.observers.begin(self.step, budget)
                outcome = self._advance(budget)
                self._finish(outcome)
            return outcome
        finally:
            self.observers.end(outcome)

    def _advance(self, budget: Budget) -> Outcome:
        saved = looked = time.monotonic()
        begun = self.step
        self.run.update(status="running", step=self.step)
        while True:
            reason = self._used_up(budget)
            if reason:
                self._select_last(begun)
                return self._outcome("completed", reason)
            if self.stop.reason:
                return self._outcome("interrupted", self.stop.reason)
            before = self.step
            progress = self.trainer.advance(budget.steps - before)
            if not before < progress.step <= budget.steps:
                raise LabError(
                    f"{type(self.trainer).__name__}.advance went from step {before} to {progress.step}; "
                    f"one to {budget.steps - before} steps were asked for."
                )
            self.step = progress.step
            if time.monotonic() - looked >= _LOOK_SECONDS:
                self.run.check_there()
                looked = time.monotonic()
            self._guard(progress)
            wall = self._clock.total()
            self.run.metrics.append(self.step, wall, progress.scalars)
            self.observers.slice(progress, wall, self.trainer)
            for note in progress.notes:
                self.say(note)
            improved = self._select(before)
            if improved or time.monotonic() - saved >= self.config.checkpoint_seconds:
                self._save_or_say()
                saved = time.monotonic()
            if progress.done:
                self._select_last(begun)
                return self._outcome("completed", "the task is done")

    def _used_up(self, budget: Budget) -> str | None:
        if self.step >= budget.steps:
            return f"{budget.steps:,} {self.run.record.step_unit}"
        if budget.seconds is not None and self._clock.here() >= budget.seconds:
            return f"{budget.seconds:g} seconds"
        if budget.score is None or self.best is None or self.selector is None:
            return None
        reached = not self.selector.score.better(budget.score, self.best[0])
        return f"selection score {self.best[0]:g}" if reached else None

    def _outcome(self, status: Status, reason: str) -> Outcome:
        return Outcome(status, self.step, self._clock.total(), reason)

    def _guard(self, progress: Progress) -> None:
        for name, value in progress.scalars.items():
            if not math.isfinite(value):
                steps = self.run.checkpoints.steps()
                good = f"step {max(steps):,}" if steps else "none"
                raise LabError(
                    f"Training diverged: {name} became {value} at step {self.step:,} (last good checkpoint: {good}).",
                    "Lower the learning rate, or look at the run in TensorBoard.",
                )

    def _select(self, before: int) -> bool:
        """Score the current model when ``every`` steps have gone by; keep it when it is the best so far."""
        selector = self.selector
        if selector is None or not selector.every or self.step // selector.every == before // selector.every:
            return False
        return self._score_model(selector)

    def _select_last(self, begun: int) -> None:
        """The model that a training ends with is a candidate, too, where it has any others to beat."""
        if self.selector is not None and self.best is not None and self.step > begun and self._selected_at != self.step:
            self._score_model(self.selector)

    def _score_model(self, selector: Selector) -> bool:
        self._selected_at = self.step
        model = self.trainer.model()
        evaluation = selector.evaluate(model)
        best = math.isfinite(evaluation.value) and (self.best is None or selector.score.better(evaluation.value, self.best[0]))
        if best:
            self.best = (evaluation.value, self.step)
            self.run.save_model("best", model, step=self.step, score=evaluation.value)
            self.run.update(best_score=evaluation.value, best_step=self.step)
        self.run.metrics.append(self.step, self._clock.total(), {"selection_score": evaluation.value})
        self.observers.selection(self.step, evaluation, best)
        if best:
            self.observers.best_model(self.step, model)
        return best

    def _save(self) -> None:
        if self._saved_at == self.step:
            return
        score, step = self.best or (None, None)
        info = {"wall_seconds": self._clock.total(), "best_score": score, "best_step": step}
        self.run.checkpoints.save(self.step, self.trainer.save, info=info, keep=self.config.keep_checkpoints)
        self._saved_at = self.step
        self.run.update(step=self.step, wall_seconds=self._clock.total())

    def _save_or_say(self) -> None:
        """A checkpoint, and its model for who wants to use or score it meanwhile.

        What can't be written now is no reason to lose the training: say so and try at the next one.
        """
        try:
            self._save()
            self.run.save_model("last", self.trainer.model(), step=self.step)
        except LabError as error:
            self.say(f"Checkpoint at step {self.step:,} was not saved: {error} Training continues.")

    def _finish(self, outcome: Outcome) -> None:
        self.run.check_there()
        self._save()
        model = self.trainer.model()
        self.run.save_model("last", model, step=self.step)
        if self.best is None:
            self.run.save_model("best", model, step=self.step)
            self.observers.best_model(self.step, model)
        status = "unscored" if self.scored_later and outcome.status == "completed" else outcome.status
        self.run.update(status=status, step=outcome.step, wall_seconds=outcome.wall_seconds)

    def say(self, text: str) -> None:
        """Hand one line to the observers."""
        self.observers.message(text)
