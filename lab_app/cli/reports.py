"""What several commands print: an evaluation's figures and its progress bar."""

import statistics
import sys
from collections.abc import Mapping
from typing import Any

from lab_core.evaluator import Evaluation


class EvaluationBar:
    """Progress of an evaluation on standard error: episodes done, rate, mean and range so far."""

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
        figures = f"mean {_figure(statistics.fmean(scores))}  {min(scores):g} to {max(scores):g}" if scores else ""
        self._bar.update(self._task, completed=done, total=total, figures=figures)
        if done >= total:
            self._bar.stop()
            self._bar = None


def evaluation_line(evaluation: Evaluation, score: Mapping[str, Any] | None = None) -> str:
    """Mean, interval over episodes, best, count, protocol and steps a second, on one line; ``score`` is the benchmark's."""
    from lab_app.results.statistics import interval_over_episodes

    lower = (score or {}).get("higher_is_better") is False
    best = min(evaluation.scores) if lower else max(evaluation.scores)
    parts = [f"mean {_figure(evaluation.value)}"]
    if len(evaluation.scores) > 1:
        low, high = interval_over_episodes(evaluation.scores, seed=0)
        parts.append(f"(95 % over {evaluation.unit}s: {_figure(low)} to {_figure(high)})")
    units = evaluation.unit if len(evaluation.scores) == 1 else f"{evaluation.unit}s"
    parts.append(f"best {best:g}  {len(evaluation.scores)} {units}")
    parts.append(f"{evaluation.benchmark} under {evaluation.protocol}")
    cut = sum(evaluation.details.get("stalled", ()))
    if cut:
        parts.append(f"{cut:.0f} cut because nothing happened any more")
    if evaluation.steps and evaluation.wall_seconds:
        parts.append(f"{evaluation.steps / evaluation.wall_seconds:,.0f} it/s")
    return "  ".join(parts)


def detail_lines(evaluation: Evaluation) -> list[str]:
    """What stands beside the score of a sample set: the mean of each column, the noise floor, what all of it depends on."""
    lines: list[str] = []
    if evaluation.unit not in ("episode", "game"):
        figures = [f"{name} {statistics.fmean(column):.4g}" for name, column in evaluation.details.items() if column]
        lines += [f"{'figures':11}{'  '.join(figures)}"] if figures else []
    for name in ("floor", "signature"):
        if name in evaluation.settings:
            lines.append(f"{name:11}{evaluation.settings[name]}")
    return lines


def _figure(value: float) -> str:
    """Two places after the point, four below a tenth."""
    return f"{value:.2f}" if abs(value) >= 0.1 or value == 0 else f"{value:.4f}"
