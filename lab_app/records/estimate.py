"""How long a training should take, from runs like it."""

from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path

import msgspec

from lab_app.records.record import RecordedRun
from lab_app.records.shipped import read_record
from lab_app.runs.store import Store
from lab_core.config import TrainConfig
from lab_core.errors import LabError
from lab_core.runs.run import Run
from lab_core.task import Task


class Estimate(msgspec.Struct, frozen=True, kw_only=True):
    """How long a training should take; ``rate`` in steps a second, ``source`` says whose."""

    seconds: float
    rate: float
    source: str


def estimate_time(
    task: Task, preset: str, config: TrainConfig, *, runs_dir: Path, device: str, precision: str, threads: int
) -> Estimate | None:
    """How long ``config`` should take here: from the most similar run in ``runs_dir``, else from a recorded one.

    Both must be of the same task and preset, on the same kind of device; None where there is none.
    """
    found = _own(task, preset, runs_dir, device=device, precision=precision, threads=threads)
    found = found or _recorded(task, preset, device=device, precision=precision, threads=threads)
    if found is None:
        return None
    rate, source = found
    return Estimate(seconds=config.steps / rate, rate=rate, source=source)


def _own(task: Task, preset: str, runs_dir: Path, *, device: str, precision: str, threads: int) -> tuple[float, str] | None:
    if not runs_dir.is_dir():
        return None
    best: tuple[tuple[bool, ...], float, str] | None = None
    for row in Store(runs_dir).runs(task=task.id):  # newest first: of equally similar ones the newest stays
        if row.preset != preset or not row.step or not row.wall_seconds or _kind(row.device) != _kind(device):
            continue
        try:
            record = Run.open(runs_dir / row.id).record
        except LabError:
            continue
        like = (not record.changed, record.precision == precision, record.threads == threads)
        if best is None or like > best[0]:
            best = (like, row.step / row.wall_seconds, f"your run {row.id}")
    return None if best is None else best[1:]


def _recorded(task: Task, preset: str, *, device: str, precision: str, threads: int) -> tuple[float, str] | None:
    runs = [run for run in _published(task) if run.preset == preset and run.step and run.wall_seconds > 0]
    runs = [run for run in runs if _kind(run.device) == _kind(device)]
    if not runs:
        return None
    chosen = max(runs, key=lambda run: (not run.changed, run.precision == precision, -abs(run.threads - threads)))
    source = f"recorded with {chosen.threads} threads of {chosen.machine.get('processor', 'another machine')}"
    return chosen.step / chosen.wall_seconds, source


def _published(task: Task) -> list[RecordedRun]:
    """The recorded runs that a plugin ships for a task, in its package or beside it; none where there are none."""
    package = (task.trainer or task.model).partition(":")[0].partition(".")[0]
    with suppress(ImportError, ValueError):
        spec = find_spec(package)
        if spec is not None and spec.origin is not None:
            for folder in (Path(spec.origin).parent, Path(spec.origin).parents[1]):
                with suppress(LabError):
                    return list(read_record(folder / "results" / f"runs-{task.id}.json"))
    return []


def _kind(device: str) -> str:
    return device.partition(":")[0]
