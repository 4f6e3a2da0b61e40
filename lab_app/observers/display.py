"""The live display of a training: the newest model at work, whole games or grids of samples, while the next one learns."""

import math
import time
from collections.abc import Callable
from typing import Any

from lab_app.display.choice import On as DisplayOn
from lab_app.display.watching import has_scene, scene_of
from lab_app.observers.progress import ProgressBar
from lab_core.benchmark import Benchmark
from lab_core.runs.run import Run
from lab_core.trainer import Progress, Trainer
from lab_core.training.observing import Observer, Outcome

_SECONDS_BETWEEN_MODELS = 15.0  # a copy of the model costs training a little; whole games are shown anyway


class Display(Observer):
    """Hands the newest model to a scene that plays in a thread of its own.

    ``open_live`` makes the :class:`LiveDisplay`: at once, or, with ``above``, in the first slice whose ``score`` is above it.
    ``closed`` is called where the user has closed it; the training goes on.
    """

    def __init__(
        self, open_live: Callable[[], Any], *, above: float | None = None, closed: Callable[[], None] = lambda: None
    ) -> None:
        self._open, self._closed = open_live, closed
        self._above = above
        self._live = open_live() if above is None else None
        self._shown = -_SECONDS_BETWEEN_MODELS

    def slice(self, progress: Progress, wall_seconds: float, trainer: Trainer[Any]) -> None:
        if self._live is None:
            if self._above is not None and progress.scalars.get("score", -math.inf) <= self._above:
                return
            self._live = self._open()
        if not self._live.running:
            self._closed()
            return
        now = time.monotonic()
        if now - self._shown >= _SECONDS_BETWEEN_MODELS and self._live.wants_model:
            self._shown = now
            self._live.show(trainer.model(), f"step {progress.step:,}")

    def end(self, outcome: Outcome | None) -> None:
        if self._live is not None:
            self._live.close()


def make_display(where: DisplayOn, benchmark: Benchmark | None, run: Run, bar: ProgressBar) -> Display | None:
    """The display of a run, or None, and a line, where its benchmark has nothing to show."""
    if benchmark is None or not has_scene(benchmark):
        bar.message(f"{run.record.task} has no scene, so there is nothing to display.")
        return None
    from lab_app.display import LiveDisplay, TerminalSink, choose

    scene = scene_of(benchmark)

    def open_live() -> LiveDisplay:
        sink = choose(where, embedded=True, title=run.record.id, say=bar.message)
        if isinstance(sink, TerminalSink):
            bar.picture, bar.keys = sink.renderable(), sink.takes_keys
        return LiveDisplay(scene, sink, seed=run.record.seed, options={"live": True}, report=bar.message)

    def closed() -> None:
        bar.picture = None

    return Display(open_live, above=run.record.config.get("display_above"), closed=closed)
