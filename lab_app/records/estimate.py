"""How long a training should take, from runs like it."""

from contextlib import suppress
from pathlib import Path

from lab_app.records.timing import Estimate, Pace, estimate_from, kind_of, pace, recorded_pace
from lab_app.runs.store import Store
from lab_core.errors import LabError
from lab_core.runs.run import Run
from lab_core.task import Task


def estimate_time(
    task: Task, preset: str, steps: int, *, runs_dir: Path, device: str, precision: str, threads: int
) -> Estimate | None:
    """How long ``steps`` should take here: from the most similar run in ``runs_dir``, else from a recorded one.

    Both must be of the same task and preset, on the same kind of device; None where there is none.
    """
    found = _own(task, preset, runs_dir, device=device, precision=precision, threads=threads)
    found = found or recorded_pace(task, preset, device=device, precision=precision, threads=threads)
    return None if found is None else estimate_from(*found, steps)


def _own(task: Task, preset: str, runs_dir: Path, *, device: str, precision: str, threads: int) -> tuple[Pace, str] | None:
    if not runs_dir.is_dir():
        return None
    best: tuple[tuple[bool, ...], Run] | None = None
    for row in Store(runs_dir).runs(task=task.id):  # newest first: of equally similar ones the newest stays
        if row.preset != preset or not row.step or not row.wall_seconds or kind_of(row.device) != kind_of(device):
            continue
        try:
            run = Run.open(runs_dir / row.id)
        except LabError:
            continue
        like = (not run.record.changed, run.record.precision == precision, run.record.threads == threads)
        if best is None or like > best[0]:
            best = (like, run)
    if best is None:
        return None
    record = best[1].record
    lines: list[tuple[int, float]] = []
    with suppress(LabError):
        lines = [(int(line["step"]), float(line["wall_seconds"])) for line in best[1].metrics.read()]
    found = pace(lines or [(record.step, record.wall_seconds)])
    return None if found is None else (found, f"your run {record.id}")
