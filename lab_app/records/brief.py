"""Recorded runs at a glance: their course, time and scores, read without NumPy. ``lab info`` imports this."""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import msgspec

from lab_core.benchmark import Benchmark
from lab_core.registry.registry import Registry
from lab_core.task import Task

Points = Sequence[tuple[int, float]]  # (step, wall seconds since the start), ascending


class Curve(msgspec.Struct, frozen=True):
    """What is read of :class:`lab_app.records.record.Curve`."""

    step: tuple[int, ...]
    wall_seconds: tuple[float, ...]
    scalars: Mapping[str, tuple[float | None, ...]] = {}


class BriefScore(msgspec.Struct, frozen=True):
    """What is read of an evaluation."""

    benchmark: str
    protocol: str
    value: float


class BriefRun(msgspec.Struct, frozen=True):
    """What is read of :class:`lab_app.records.record.RecordedRun`."""

    task: str
    preset: str
    changed: Mapping[str, Any]
    device: str
    precision: str
    threads: int
    machine: Mapping[str, Any]
    step: int
    wall_seconds: float
    curve: Curve
    selection: Mapping[int, float] = {}
    selection_seconds: Mapping[int, float] = {}
    evaluations: tuple[BriefScore, ...] = ()

    @property
    def points(self) -> Points:
        return list(zip(self.curve.step, self.curve.wall_seconds, strict=True)) or [(self.step, self.wall_seconds)]


def brief_runs(task: Task) -> Iterable[BriefRun]:
    """The recorded runs that a plugin ships for a task, in its package or beside it; none where there are none."""
    package = (task.trainer or task.model).partition(":")[0].partition(".")[0]
    with suppress(ImportError, ValueError):
        spec = find_spec(package)
        if spec is not None and spec.origin is not None:
            for folder in (Path(spec.origin).parent, Path(spec.origin).parents[1]):
                for path in sorted((folder / "results").glob(f"runs-{task.id}*.json")):
                    yield from (run for run in _read(path) if run.task == task.id)


def _read(path: Path) -> list[BriefRun]:
    """The runs of a file, one or a list; none of a file that can't be read, which ``lab doctor`` names."""
    with suppress(OSError, msgspec.MsgspecError, UnicodeDecodeError):
        data = path.read_bytes()
        return (
            msgspec.json.decode(data, type=list[BriefRun])
            if data.lstrip()[:1] == b"["
            else [msgspec.json.decode(data, type=BriefRun)]
        )
    return []


def recorded_score(task: Task, benchmark: Benchmark) -> float | None:
    """The best recorded score of a task under the benchmark's default protocol; None where none is recorded."""
    wanted = (benchmark.id, benchmark.default_protocol)
    found = [one.value for run in brief_runs(task) for one in run.evaluations if (one.benchmark, one.protocol) == wanted]
    return (max if benchmark.score.higher_is_better else min)(found, default=None)


def best_baseline(registry: Registry, benchmark: Benchmark, protocol: str) -> tuple[float, str] | None:
    """The best recorded score of a baseline (a task with that tag) under a protocol, and its task; None where there is none."""
    found = [
        (one.value, task.id)
        for task in registry.tasks()
        if "baseline" in task.tags
        for run in brief_runs(task)
        for one in run.evaluations
        if (one.benchmark, one.protocol) == (benchmark.id, protocol)
    ]
    return (max if benchmark.score.higher_is_better else min)(found, default=None)
