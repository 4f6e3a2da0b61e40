"""Progress of an applying on standard error: how many are done, how fast."""

import sys
import time
from typing import Any

from lab_app.applying.source import Failure

_SHOWN = 20  # failures that are named at the end


class Meter:
    """Counts what is done; draws a bar where standard error is a terminal and ``quiet`` is not set."""

    def __init__(self, unit: str, total: int | None, *, quiet: bool = False) -> None:
        self.unit, self.done = unit, 0
        self.failures: list[Failure] = []
        self._start = time.monotonic()
        self._bar: Any = None
        if not quiet and sys.stderr.isatty():
            from rich.console import Console
            from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

            columns = (TextColumn("applying"), BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[rate]}"))
            self._bar = Progress(*columns, TimeRemainingColumn(), console=Console(stderr=True), transient=True)
            self._bar.start()
            self._task = self._bar.add_task("", total=total, rate="")

    @property
    def seconds(self) -> float:
        return time.monotonic() - self._start

    def add(self) -> None:
        """One more is done."""
        self.done += 1
        if self._bar is not None:
            rate = f"{self.done / max(self.seconds, 1e-9):.3g} {self.unit}s a second"
            self._bar.update(self._task, completed=self.done + len(self.failures), rate=rate)

    def failed(self, failure: Failure) -> None:
        """One could not be done: it is named now."""
        self.failures.append(failure)
        self.say(f"failed     {failure.line}")

    def say(self, text: str) -> None:
        """A line on standard error, above the bar."""
        if self._bar is not None:
            self._bar.console.print(text, markup=False, highlight=False, soft_wrap=True)
        else:
            print(text, file=sys.stderr, flush=True)

    def end(self) -> None:
        """Take the bar away."""
        if self._bar is not None:
            self._bar.stop()
            self._bar = None

    def summary(self) -> str:
        """``12 images in 1.3 s, 9.2 a second; 1 failed``."""
        seconds = self.seconds
        units = self.unit if self.done == 1 else plural(self.unit)
        failed = f"; {len(self.failures)} failed" if self.failures else ""
        return f"{self.done:,} {units} in {seconds:.1f} s, {self.done / max(seconds, 1e-9):.3g} a second{failed}"


def plural(unit: str) -> str:
    """``images``; a series stays a series."""
    return unit if unit.endswith("s") else f"{unit}es" if unit.endswith("x") else f"{unit}s"
