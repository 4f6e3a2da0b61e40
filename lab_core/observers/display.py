"""The live display of a training: the newest greedy agent playing whole games while the next one learns."""

import time
from typing import Any

from lab_core.benchmark import Benchmark
from lab_core.display.choice import On as DisplayOn
from lab_core.observers.progress import ProgressBar
from lab_core.registry import load_object
from lab_core.run import Run
from lab_core.trainer import Progress, Trainer
from lab_core.training import Observer, Outcome

_SECONDS_BETWEEN_MODELS = 15.0  # a copy of the model costs training a little; whole games are shown anyway


class Display(Observer):
    """Hands the newest model to a scene that plays in a thread of its own."""

    def __init__(self, live: Any) -> None:
        self._live = live
        self._shown = -_SECONDS_BETWEEN_MODELS

    def slice(self, progress: Progress, wall_seconds: float, trainer: Trainer[Any]) -> None:
        now = time.monotonic()
        if now - self._shown >= _SECONDS_BETWEEN_MODELS and self._live.wants_model:
            self._shown = now
            self._live.show(trainer.model(), f"step {progress.step:,}")

    def end(self, outcome: Outcome | None) -> None:
        self._live.close()


def make_display(where: DisplayOn, benchmark: Benchmark | None, run: Run, bar: ProgressBar) -> Display | None:
    """The display of a run, or None, and a line, where its benchmark has nothing to show."""
    if benchmark is None or benchmark.scene is None:
        bar.message(f"{run.record.task} has no scene, so there is nothing to display.")
        return None
    from lab_core.display import LiveDisplay, TerminalSink, choose

    scene = load_object(benchmark.scene, what=f"Benchmark {benchmark.id}")(benchmark)
    sink = choose(where, embedded=True, title=run.record.id, say=bar.message)
    if isinstance(sink, TerminalSink):
        bar.picture = sink.renderable()
    return Display(LiveDisplay(scene, sink, seed=run.record.seed, report=bar.message))
