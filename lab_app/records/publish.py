"""From a run to its record (:class:`lab_app.records.record.RecordedRun`)."""

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from lab_app.records.record import Curve, RecordedRun
from lab_core.errors import LabError
from lab_core.evaluator import Evaluation
from lab_core.files import encode_json
from lab_core.registry.registry import Registry
from lab_core.runs.run import Run, in_command

MOST_STATISTICS = 2_000  # numbers of one evaluation that a record keeps; beyond, the interval that they give
SELECTION = "selection_score"
_POINTS = 100
_MANY_UNITS = 200
CLOCKS = ("seconds", "per_second")  # ends of the names of figures that no second run can repeat


def publish(run: Run, registry: Registry) -> RecordedRun:
    """The record of a completed and scored run; raises LabError for any other."""
    record = run.record
    if record.status != "completed":
        raise LabError(f"Run {record.id} is {run.state}; only a completed run is recorded.", f"lab resume {in_command(record)}")
    if not run.evaluations():
        raise LabError(f"Run {record.id} has no score to record.", f"Score it: lab eval {in_command(record)}")
    return summary(run, registry)


def independent(records: Sequence[RecordedRun]) -> list[RecordedRun]:
    """The records without those that repeat an earlier one: the same task, settings and seed, and the same scores."""
    kept: dict[bytes, RecordedRun] = {}
    for one in records:
        scores = [(found.benchmark, found.protocol, found.seed, found.scores) for found in one.evaluations]
        kept.setdefault(encode_json([one.task, one.config, one.seed, scores]), one)
    return list(kept.values())


def summary(run: Run, registry: Registry) -> RecordedRun:
    """What a run has come to, in the form of a record, whatever its state."""
    record = run.record
    lines = run.metrics.read()
    chosen = [line for line in lines if SELECTION in line]
    return RecordedRun(
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
        evaluations=tuple(compact(one, registry) for one in run.evaluations()),
        budget_steps=record.budget_steps,
        budget_seconds=record.budget_seconds,
        fingerprint=fingerprint(lines),
    )


def compact(evaluation: Evaluation, registry: Registry) -> Evaluation:
    """An evaluation as a record keeps it: with its 95 % interval over units, and without large statistics.

    The interval stands there so that a leaderboard of hundreds of records resamples none of them. Scores stay as they are,
    because a reproduction compares them bit for bit; further figures of many units keep six digits.
    """
    from lab_app.results.results import find_benchmark, run_score, summary_of

    details, statistics = evaluation.details, evaluation.statistics
    if len(evaluation.scores) > _MANY_UNITS:
        details = {name: tuple(float(f"{value:.6g}") for value in column) for name, column in details.items()}
    benchmark = find_benchmark(evaluation.benchmark, evaluation.protocol, registry)
    summary = summary_of([run_score(evaluation)], benchmark)
    interval = (summary.low, summary.high) if summary.kind == "units" else None
    if sum(map(len, statistics)) > MOST_STATISTICS:
        statistics = ()
    return msgspec.structs.replace(evaluation, statistics=statistics, interval=interval, details=details)


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
