"""Progress of a training on standard error: a live bar on a terminal, a line now and then elsewhere."""

import math
import sys
import time
from collections.abc import Sequence
from typing import Any, TextIO

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    TaskProgressColumn,
    TextColumn,
    TimeElapsedColumn,
)
from rich.progress import Task as Bar
from rich.table import Table
from rich.text import Text

from lab_app.durations import duration
from lab_core.evaluator import Evaluation
from lab_core.machine.hardware import resident
from lab_core.score import Score
from lab_core.trainer import Progress as Slice
from lab_core.trainer import Trainer
from lab_core.training.memory import gigabytes
from lab_core.training.observing import Budget, Observer, Outcome

_PLAIN_SECONDS = 15.0
_BLOCKS = "▁▂▃▄▅▆▇█"


def sparkline(values: Sequence[float], width: int = 24) -> str:
    """The last values as blocks, the lowest of them ``▁``, the highest ``█``; empty for fewer than two finite ones."""
    found = [value for value in values if math.isfinite(value)][-width:]
    if len(found) < 2:
        return ""
    low, height = min(found), (max(found) - min(found)) or 1.0
    return "".join(_BLOCKS[round((value - low) / height * (len(_BLOCKS) - 1))] for value in found)


def quantity(value: float) -> str:
    """A figure in about four significant digits: ``1,204``, ``0.0312``, ``3.1e-05``."""
    if value == 0 or 1e-3 <= abs(value) < 1e6:
        return f"{value:,.0f}" if abs(value) >= 1000 or value == int(value) else f"{value:.4g}"
    return f"{value:.2g}"


class _Rate:
    """Steps a second over the last half minute or so; the first slice, which compiles, is left out."""

    def __init__(self) -> None:
        self._points: list[tuple[float, int]] = []

    def add(self, step: int) -> None:
        """A slice has ended at ``step``."""
        self._points.append((time.monotonic(), step))
        while len(self._points) > 2 and self._points[-1][0] - self._points[0][0] > 30:
            self._points.pop(0)

    @property
    def value(self) -> float | None:
        if len(self._points) < 2:
            return None
        (start, first), (end, last) = self._points[0], self._points[-1]
        return (last - first) / (end - start) if end > start else None


class _RateColumn(ProgressColumn):
    def render(self, task: Bar) -> Text:
        rate = task.fields["rate"]
        return Text("" if rate is None else f"{quantity(rate)}/s", style="progress.data.speed")


class _LeftColumn(ProgressColumn):
    def render(self, task: Bar) -> Text:
        left = task.fields["left"]
        return Text("" if left is None else f"{duration(left)} left", style="progress.remaining")


class _MemoryColumn(ProgressColumn):
    def render(self, task: Bar) -> Text:
        held = resident()
        return Text(gigabytes(held) if held else "", style="dim")


class ProgressBar(Observer):
    """Step, rate, time left, memory held, the newest selection score and the task's own figures.

    ``picture`` is drawn above the bar when given (the live display in a terminal); ``keys`` says then that it takes some.
    """

    def __init__(
        self, title: str, step_unit: str, *, score: Score | None = None, stream: TextIO | None = None, quiet: bool = False
    ) -> None:
        self.console = Console(file=stream or sys.stderr)
        self.picture: RenderableType | None = None
        self.keys = False
        self._title = title
        self._unit = step_unit
        self._score = score
        self._quiet = quiet
        self._rate = _Rate()
        self._scalars: dict[str, float] = {}
        self._selected = ""
        self._scores: list[float] = []
        self._until: float | None = None  # the monotonic time at which a time limit ends the training
        self._live: Live | None = None
        self._printed = 0.0
        self._budget = Budget(1)
        self._bar = Progress(
            TextColumn("{task.description}", style="bold", markup=False),
            BarColumn(bar_width=30),
            TaskProgressColumn(),
            MofNCompleteColumn(),
            _RateColumn(),
            TimeElapsedColumn(),
            _LeftColumn(),
            _MemoryColumn(),
            console=self.console,
        )

    def begin(self, step: int, budget: Budget) -> None:
        self._budget = budget
        self._until = None if budget.seconds is None else time.monotonic() + budget.seconds
        self._task = self._bar.add_task(self._title, total=budget.steps, completed=step, rate=None, left=None)
        if self._quiet:
            return
        if self.console.is_terminal:
            self._live = Live(get_renderable=self._draw, console=self.console, refresh_per_second=12, transient=False)
            self._live.start()

    def slice(self, progress: Slice, wall_seconds: float, trainer: Trainer[Any]) -> None:
        self._rate.add(progress.step)
        self._scalars.update(progress.scalars)
        rate = self._rate.value
        left = (self._budget.steps - progress.step) / rate if rate else None
        if self._until is not None:  # whichever ends it first
            left = min(max(0.0, self._until - time.monotonic()), math.inf if left is None else left)
        self._bar.update(self._task, completed=progress.step, rate=rate, left=left)
        if self._live is None and not self._quiet and time.monotonic() - self._printed >= _PLAIN_SECONDS:
            self._printed = time.monotonic()
            figures = "  ".join(f"{name} {quantity(value)}" for name, value in self._scalars.items())
            speed = f"  {quantity(rate)}/s" if rate else ""
            ahead = f"  {duration(left)} left" if left is not None else ""
            held = resident()
            memory = f"  {gigabytes(held)}" if held else ""
            self._print(f"{self._title}  {progress.step:,}/{self._budget.steps:,} {self._unit}{speed}{ahead}{memory}  {figures}")

    def selection(self, step: int, evaluation: Evaluation, best: bool) -> None:
        value = self._score.format(evaluation.value) if self._score else quantity(evaluation.value)
        self._scores.append(evaluation.value)
        self._selected = f"selection at {step:,}: {value}" + (" (best)" if best else "")
        if self._live is None and not self._quiet:
            self._print(f"{self._title}  {self._selected}")

    def message(self, text: str) -> None:
        self._print(text)

    def end(self, outcome: Outcome | None) -> None:
        if self._live is not None:
            self.picture = None
            self._live.stop()
            self._live = None

    def _print(self, text: str) -> None:
        self.console.print(text, highlight=False, markup=False, soft_wrap=True)

    def _draw(self) -> RenderableType:
        parts: list[RenderableType] = [self.picture] if self.picture is not None else []
        parts.append(self._bar.get_renderable())
        if self._scalars:
            grid = Table.grid(padding=(0, 2))
            items = list(self._scalars.items())
            for start in range(0, len(items), 4):
                row = items[start : start + 4]
                grid.add_row(*(Text.assemble((f"{name} ", "dim"), quantity(value)) for name, value in row))
            parts.append(grid)
        if self._selected:
            parts.append(Text.assemble((self._selected, "green"), ("  " + sparkline(self._scores), "green")))
        keys = "  ·  h shows the keys, q closes the picture" if self.picture is not None and self.keys else ""
        parts.append(Text(f"Ctrl-C saves and stops{keys}", style="dim"))
        return Group(*parts)
