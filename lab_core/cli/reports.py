"""What several commands print: an evaluation's figures, its progress bar, the plan before a run."""

import statistics
import sys
from typing import Any

from lab_core.cli.common import emit, say
from lab_core.evaluator import Evaluation
from lab_core.job import JobSpec
from lab_core.registry import Registry


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


def plan(spec: JobSpec, registry: Registry, *, json: bool) -> None:
    """Print the resolved settings, memory and expected time of a job without starting it."""
    from pathlib import Path

    from lab_core import devices
    from lab_core.config import from_dict
    from lab_core.job import prepare
    from lab_core.registry import config_type, load_object
    from lab_core.store import Store

    task = registry.task(spec.task)
    config = from_dict(config_type(task), spec.config)
    device = devices.resolve_device(spec.device)
    threads = devices.resolve_threads(spec.threads)
    prepare(task, device=device, threads=threads)
    memory = 0
    if task.trainer is not None:
        memory = load_object(task.trainer, what=f"Task {task.id}").memory(config)
    rate = None
    if Path(spec.runs_dir).is_dir():
        rate = Store(Path(spec.runs_dir)).rate(task.id, spec.preset)
    benchmark = registry.benchmark_of(task, config)
    facts: dict[str, Any] = {
        "task": task.id,
        "preset": spec.preset,
        "benchmark": benchmark.id if benchmark else None,
        "seed": spec.seed,
        "device": device,
        "precision": devices.resolve_precision(spec.precision, task.precisions, device),
        "threads": threads,
        "memory_bytes": memory,
        "memory_free_bytes": devices.memory()[1],
        "steps_per_second": rate,
        "seconds": config.steps / rate if rate else None,
        "config": spec.config,
    }
    if json:
        emit(facts)
        return
    for name in ("task", "preset", "benchmark", "seed", "device", "precision", "threads"):
        print(f"{name:12}{facts[name]}")
    free = facts["memory_free_bytes"]
    print(f"{'memory':12}{memory / 1e9:.2f} GB" + (f" of {free / 1e9:.1f} GB free" if free else ""))
    if rate:
        from lab_core.observers.progress import duration

        print(f"{'time':12}about {duration(config.steps / rate)} at {rate:,.0f} {task.step_unit} a second (your last run)")
    else:
        print(f"{'time':12}not known: no earlier run of {task.id} ({spec.preset}) here to estimate from")
    for name, value in spec.config.items():
        print(f"  {name:24}{value}" + ("   (changed)" if name in spec.changed else ""))
    if free and memory > free:
        say("warning: this run would need more memory than is free.")
