"""What several commands print: an evaluation's figures and its progress bar."""

import statistics
import sys
from typing import Any

from lab_core.evaluator import Evaluation


class EvaluationBar:
    """Progress of an evaluation on standard error: episodes done, rate, mean and best so far."""

    def __init__(self, *, quiet: bool = False) -> None:
        self._quiet = quiet
        self._bar: Any = None

    def __call__(self, done: int, total: int, scores: list[float]) -> None:
        if self._quiet or not sys.stderr.isatty():
            return
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

        if self._bar is None:
            columns = (
                TextColumn("evaluating"),
                BarColumn(),
                MofNCompleteColumn(),
                TextColumn("{task.fields[figures]}"),
                TimeRemainingColumn(),
            )
            self._bar = Progress(*columns, console=Console(stderr=True), transient=True)
            self._bar.start()
            self._task = self._bar.add_task("", total=total, figures="")
        figures = f"mean {statistics.fmean(scores):.1f}  best {max(scores):g}" if scores else ""
        self._bar.update(self._task, completed=done, total=total, figures=figures)
        if done >= total:
            self._bar.stop()
            self._bar = None


def evaluation_line(evaluation: Evaluation) -> str:
    """Mean, interval over episodes, best, count, protocol and steps a second, on one line."""
    from lab_core.statistics import interval_over_episodes

    parts = [f"mean {evaluation.value:.2f}"]
    if len(evaluation.scores) > 1:
        low, high = interval_over_episodes(evaluation.scores, seed=0)
        parts.append(f"(95 % over {evaluation.unit}s: {low:.2f} to {high:.2f})")
    parts.append(f"best {max(evaluation.scores):g}  {len(evaluation.scores)} {evaluation.unit}s")
    parts.append(f"{evaluation.benchmark} under {evaluation.protocol}")
    cut = sum(evaluation.details.get("stalled", ()))
    if cut:
        parts.append(f"{cut:.0f} cut because nothing happened any more")
    if evaluation.steps and evaluation.wall_seconds:
        parts.append(f"{evaluation.steps / evaluation.wall_seconds:,.0f} it/s")
    return "  ".join(parts)
