"""Records of runs, small enough to be kept in a repository: settings, curve, scores, time, machine."""

import hashlib
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from lab_core.errors import LabError, word
from lab_core.evaluator import Evaluation
from lab_core.files import encode_json
from lab_core.runs.run import Run

FORMAT = 1
MOST_STATISTICS = 2_000  # numbers of one evaluation that a record keeps; beyond, the interval that they give
SELECTION = "selection_score"
_POINTS = 100
_MANY_UNITS = 200
CLOCKS = ("seconds", "per_second")  # ends of the names of figures that no second run can repeat


class Curve(msgspec.Struct, frozen=True, kw_only=True):
    """The course of a training, thinned to about a hundred points; ``scalars`` are as long as ``step``, None where unknown."""

    step: tuple[int, ...]
    wall_seconds: tuple[float, ...]
    scalars: Mapping[str, tuple[float | None, ...]]


class PublishedRun(msgspec.Struct, frozen=True, kw_only=True):
    """All that a reader needs to believe a score, and to try for it again.

    budget_steps, budget_seconds   what it was given; 0 steps in old records, whose ``config`` says it
    selection, selection_seconds   by step: the score of each selection, and the wall seconds of training at that moment,
                                   this and every earlier selection included; the seconds are missing in old records
    fingerprint                    of every figure at full precision, what tells the time left out; empty in old records
    """

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
    selection_seconds: Mapping[int, float] = {}
    curve: Curve
    evaluations: tuple[Evaluation, ...]
    budget_steps: int = 0
    budget_seconds: float | None = None
    fingerprint: str = ""
    format: int = FORMAT

    @property
    def name(self) -> str:
        """What stands for a run id."""
        return f"{self.task}/{self.created[:19]}-seed{self.seed}"

    @property
    def budget(self) -> int:
        """The steps that it was given."""
        return self.budget_steps or int(self.config.get("steps", self.step))

    def selections(self) -> list[tuple[int, float, float]]:
        """(step, wall seconds, score) of each selection; wall seconds of old records from the nearest later slice."""
        return [(step, self._seconds(step), score) for step, score in sorted(self.selection.items())]

    def _seconds(self, step: int) -> float:
        known = self.selection_seconds.get(step)
        if known is not None:
            return known
        at = bisect_left(self.curve.step, step)
        return self.curve.wall_seconds[at] if at < len(self.curve.step) else self.wall_seconds


def publish(run: Run) -> PublishedRun:
    """The record of a completed and scored run; raises LabError for any other."""
    record = run.record
    if record.status != "completed":
        raise LabError(f"Run {record.id} is {run.state}; only a completed run is recorded.", f"lab resume {word(record.id)}")
    if not run.evaluations():
        raise LabError(f"Run {record.id} has no score to record.", f"Score it: lab eval {word(record.id)}")
    return summary(run)


def summary(run: Run) -> PublishedRun:
    """What a run has come to, in the form of a record, whatever its state."""
    record = run.record
    lines = run.metrics.read()
    chosen = [line for line in lines if SELECTION in line]
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
        selection={int(line["step"]): float(line[SELECTION]) for line in chosen},
        selection_seconds={int(line["step"]): round(float(line["wall_seconds"]), 1) for line in chosen},
        curve=thin([line for line in lines if SELECTION not in line]),
        evaluations=tuple(map(compact, run.evaluations())),
        budget_steps=record.budget_steps,
        budget_seconds=record.budget_seconds,
        fingerprint=fingerprint(lines),
    )


def compact(evaluation: Evaluation) -> Evaluation:
    """An evaluation as a record keeps it: of large statistics only the 95 % interval over units that they give.

    Scores stay as they are, because a reproduction compares them bit for bit; further figures of many units keep six digits.
    """
    details = evaluation.details
    if len(evaluation.scores) > _MANY_UNITS:
        details = {name: tuple(float(f"{value:.6g}") for value in column) for name, column in details.items()}
    if sum(map(len, evaluation.statistics)) <= MOST_STATISTICS:
        return msgspec.structs.replace(evaluation, details=details)
    from lab_app.results.results import find_benchmark, run_score, summary_of
    from lab_core.registry.discovery import discover

    benchmark = find_benchmark(evaluation.benchmark, evaluation.protocol, discover()[0])
    summary = summary_of([run_score(evaluation)], benchmark)
    interval = (summary.low, summary.high) if summary.kind == "units" else None
    return msgspec.structs.replace(evaluation, statistics=(), interval=interval, details=details)


def fingerprint(lines: Sequence[Mapping[str, Any]]) -> str:
    """SHA-256 of all figures of a metrics file, bit for bit; what only tells the time is left out."""
    digest = hashlib.sha256()
    for line in lines:
        digest.update(encode_json({name: line[name] for name in sorted(line) if not name.endswith(CLOCKS)}) + b"\n")
    return digest.hexdigest()


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
        scalars={name: tuple(rounded(line.get(name)) for line in kept) for name in names},
    )


def _portable(command: Sequence[str]) -> tuple[str, ...]:
    """The command as ``lab ...``, without the folder of this machine's runs, which is nobody else's."""
    kept = ["lab"]
    words = iter(command[1:])
    for one in words:
        if one == "--runs-dir":
            next(words, None)
        elif not one.startswith("--runs-dir="):
            kept.append(one)
    return tuple(kept)


def rounded(value: float | None) -> float | None:
    """A figure to the four digits that a record keeps."""
    return None if value is None else float(f"{value:.4g}")
