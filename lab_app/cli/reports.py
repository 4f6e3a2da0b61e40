"""What several commands print: an evaluation's figures and its progress bar."""

import statistics
import sys
from typing import Any

from lab_core.benchmark import Benchmark
from lab_core.evaluator import Evaluation
from lab_core.score import Score


class EvaluationBar:
    """Progress of an evaluation on standard error: units done, rate, mean and range so far."""

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


def evaluation_line(evaluation: Evaluation, benchmark: Benchmark | None = None) -> str:
    """The score with its interval over units, the best unit, protocol and steps a second, on one line.

    ``benchmark`` is the registered one; without it a corpus score has no interval. A mean says so, any other score says its name.
    """
    from lab_app.results.intervals import counted, digits, phrase
    from lab_app.results.results import run_score, summary_of

    pooled = bool(evaluation.statistics) or evaluation.interval is not None
    known = benchmark or _unknown(evaluation)
    summary = summary_of([run_score(evaluation)], known)
    name = known.score.name if pooled else "mean"

    def mean(value: float) -> str:
        return _figure(value, benchmark.score.digits if benchmark else 2)

    parts = [f"{name} {phrase(summary, digits(known.score) if pooled else mean, evaluation.unit)}"]
    if not pooled:
        best = (max if known.score.higher_is_better else min)(evaluation.scores)
        parts.append(f"best {best:g}  {counted(len(evaluation.scores), evaluation.unit)}")
    parts.append(f"{evaluation.benchmark} under {evaluation.protocol}")
    cut = sum(evaluation.details.get("stalled", ()))
    if cut:
        parts.append(f"{cut:.0f} cut because nothing happened any more")
    if text := _cut_text(evaluation):
        parts.append(text)
    if evaluation.steps and evaluation.wall_seconds:
        parts.append(f"{evaluation.steps / evaluation.wall_seconds:,.0f} it/s")
    return "  ".join(parts)


def _cut_text(evaluation: Evaluation) -> str:
    """How many units the protocol cut at its length, where it cut any."""
    longest, lengths = evaluation.settings.get("max_steps"), evaluation.details.get("length", ())
    if not isinstance(longest, int) or not evaluation.details.get("truncated"):
        return ""
    cut = sum(bool(over) and length >= longest for over, length in zip(evaluation.details["truncated"], lengths, strict=False))
    return f"{cut} cut after {longest:,} steps" if cut else ""


def _unknown(evaluation: Evaluation) -> Benchmark:
    """What stands for a benchmark that isn't registered: a score without anchors, whose interval the evaluation may hold."""
    return Benchmark(
        id=evaluation.benchmark,
        title=evaluation.benchmark,
        needs="act",
        score=Score("score"),
        evaluator="",
        protocols={evaluation.protocol: {}},
        default_protocol=evaluation.protocol,
    )


def detail_lines(evaluation: Evaluation) -> list[str]:
    """What stands beside the score: figures and the mean of each column, the noise floor, what all of it depends on."""
    lines: list[str] = []
    if evaluation.unit not in ("episode", "game"):
        figures = [f"{name} {value:.4g}" for name, value in evaluation.detail_means().items()]
        lines += [f"{'metrics':11}{'  '.join(figures)}"] if figures else []
    for name in ("floor", "signature"):
        if name in evaluation.settings:
            lines.append(f"{name:11}{evaluation.settings[name]}")
    return lines


def _figure(value: float, places: int = 2) -> str:
    """Two places after the point or as many as the benchmark deserves, four below a tenth."""
    return f"{value:.{max(2, places)}f}" if abs(value) >= 0.1 or value == 0 else f"{value:.4f}"
