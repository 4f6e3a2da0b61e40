"""Records of runs, small enough to be kept in a repository: settings, curve, scores, time, machine."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from lab_core.errors import LabError
from lab_core.evaluator import Evaluation
from lab_core.run import Run

FORMAT = 1
_POINTS = 100


class Curve(msgspec.Struct, frozen=True, kw_only=True):
    """The course of a training, thinned to about a hundred points; ``scalars`` are as long as ``step``, None where unknown."""

    step: tuple[int, ...]
    wall_seconds: tuple[float, ...]
    scalars: Mapping[str, tuple[float | None, ...]]


class PublishedRun(msgspec.Struct, frozen=True, kw_only=True):
    """All that a reader needs to believe a score, and to try for it again."""

    task: str
    method: str
    preset: str
    plugin_version: str
    config: Mapping[str, Any]
    changed: Mapping[str, Any]
    seed: int
    device: str
    precision: str
    threads: int
    machine: Mapping[str, Any]
    versions: Mapping[str, str]
    command: tuple[str, ...]
    created: str
    step: int
    step_unit: str
    wall_seconds: float
    best_step: int | None
    selection: Mapping[int, float]
    curve: Curve
    evaluations: tuple[Evaluation, ...]
    format: int = FORMAT


def publish(run: Run) -> PublishedRun:
    """The record of a completed and scored run; raises LabError for any other."""
    record = run.record
    evaluations = tuple(run.evaluations())
    if record.status != "completed":
        raise LabError(f"Run {record.id} is {record.status}; only a completed run is recorded.", f"lab resume {record.id}")
    if not evaluations:
        raise LabError(f"Run {record.id} has no score to record.", f"Score it: lab eval {record.id}")
    lines = run.metrics.read()
    return PublishedRun(
        task=record.task,
        method=record.method,
        preset=record.preset,
        plugin_version=record.plugin_version,
        config=record.config,
        changed=record.changed,
        seed=record.seed,
        device=record.device,
        precision=record.precision,
        threads=record.threads,
        machine=record.machine,
        versions=record.versions,
        command=_portable(record.command),
        created=record.created.isoformat(),
        step=record.step,
        step_unit=record.step_unit,
        wall_seconds=round(record.wall_seconds, 1),
        best_step=record.best_step,
        selection={int(line["step"]): float(line["selection_score"]) for line in lines if "selection_score" in line},
        curve=thin([line for line in lines if "selection_score" not in line]),
        evaluations=evaluations,
    )


def thin(lines: Sequence[Mapping[str, Any]], points: int = _POINTS) -> Curve:
    """At most about ``points`` of the lines of a metrics file, evenly spaced, the last always among them."""
    every = max(1, -(-len(lines) // points))
    kept = list(lines[every - 1 :: every])
    if lines and (not kept or kept[-1] is not lines[-1]):
        kept.append(lines[-1])
    names = sorted({name for line in kept for name in line} - {"step", "wall_seconds"})
    return Curve(
        step=tuple(int(line["step"]) for line in kept),
        wall_seconds=tuple(round(float(line["wall_seconds"]), 1) for line in kept),
        scalars={name: tuple(_rounded(line.get(name)) for line in kept) for name in names},
    )


def _portable(command: Sequence[str]) -> tuple[str, ...]:
    """The command without the folder of this machine's runs, which is nobody else's."""
    kept: list[str] = []
    words = iter(command)
    for word in words:
        if word == "--runs-dir":
            next(words, None)
        elif not word.startswith("--runs-dir="):
            kept.append(word)
    return tuple(kept)


def _rounded(value: float | None) -> float | None:
    return None if value is None else float(f"{value:.4g}")
