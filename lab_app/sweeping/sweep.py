"""A sweep: its jobs, in one file under ``.sweeps`` of the runs folder, and how each stands.

A job's run has a name that is known before it starts (``TASK/SWEEP-003-seed1``), so that how a sweep stands is read from the run
folders alone, whatever process died when.
"""

from datetime import datetime
from pathlib import Path
from typing import Literal

import msgspec

from lab_core.errors import LabError, UsageError, nearest
from lab_core.files import disk_errors, encode_json, make_folder, read_file, write_atomic
from lab_core.runs.run import RECORD, Run
from lab_core.training.spec import JobSpec

FOLDER = ".sweeps"
JobState = Literal["waiting", "running", "completed", "stopped", "failed", "pruned"]


class Proposal(msgspec.Struct, frozen=True, kw_only=True):
    """The settings of a trial of a search, and its ``count`` jobs from place ``first`` on."""

    task: str
    values: dict[str, str]
    first: int
    count: int


class Search(msgspec.Struct, frozen=True, kw_only=True):
    """What further trials of a sweep are made from: ``trials`` of each task, ``settings`` as ``--set`` gives them."""

    tasks: tuple[str, ...]
    trials: int
    settings: tuple[str, ...]
    seeds: tuple[int, ...]
    preset: str
    steps: int | None
    seconds: float | None
    device: str
    threads: int | None
    runs_dir: str


class Sweep(msgspec.Struct, frozen=True, kw_only=True):
    """``SWEEP.json``: the jobs in the order in which they start, and how many run at a time.

    jobs       processes side by side
    retries    how often a failed job is tried again, from its newest checkpoint
    prune      whether hopeless runs are ended early
    engine     where jobs run, with ``address`` for those that need one
    search     what further jobs are made from; ``proposals`` are the trials that it has made so far
    """

    name: str
    specs: tuple[JobSpec, ...]
    jobs: int = 1
    retries: int = 1
    prune: bool = False
    engine: str = "local"
    address: str = ""
    search: Search | None = None
    proposals: tuple[Proposal, ...] = ()
    command: tuple[str, ...] = ()
    format: int = 1


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """How one job stands.

    state  "stopped": begun, under way in no process, and can go on from its checkpoint; "pruned": ended as hopeless
    """

    spec: JobSpec
    state: JobState
    step: int = 0
    budget: int = 0
    unit: str = "steps"
    wall_seconds: float = 0.0
    error: str = ""
    run: Run | None = None

    @property
    def id(self) -> str:
        return f"{self.spec.task}/{self.spec.name}"

    @property
    def higher_is_better(self) -> bool:
        """Of its benchmark's score; True before its run has begun."""
        benchmark = self.run.record.benchmark if self.run is not None else None
        return bool(benchmark["score"].get("higher_is_better", True)) if benchmark else True


def new_name() -> str:
    """A name from the clock."""
    return f"sweep-{datetime.now():%Y%m%d-%H%M%S}"


def path_of(name: str, runs_dir: Path) -> Path:
    """The file of a sweep."""
    return runs_dir / FOLDER / f"{name}.json"


def save(sweep: Sweep, runs_dir: Path, *, again: bool = False) -> Path:
    """Write a sweep's file; raises UsageError where one of this name is there, unless this is it ``again``."""
    path = path_of(sweep.name, runs_dir)
    if path.exists() and not again:
        raise UsageError(f"There is a sweep {sweep.name!r} already.", f"lab resume {sweep.name}, or give another --name.")
    with disk_errors("The sweep", runs_dir):
        make_folder(path.parent)
    write_atomic(path, encode_json(sweep, indent=2))
    return path


def is_sweep(name: str, runs_dir: Path) -> bool:
    """Whether ``name`` is that of a sweep; a path or an odd name is none."""
    return bool(name) and "/" not in name and "\0" not in name and len(name) < 200 and path_of(name, runs_dir).is_file()


def load(name: str, runs_dir: Path) -> Sweep:
    """The sweep of a name; raises UsageError where there is none, LabError where its file is damaged."""
    path = path_of(name, runs_dir)
    if not is_sweep(name, runs_dir):
        known = [one.stem for one in sorted((runs_dir / FOLDER).glob("*.json"))]
        close = nearest(name, known) or known[-1:]
        raise UsageError(f"There is no sweep {name!r} in {runs_dir}.", f"Did you mean {close[0]}?" if close else None)
    try:
        return msgspec.json.decode(read_file(path), type=Sweep)
    except (OSError, UnicodeDecodeError, msgspec.MsgspecError) as error:
        raise LabError(f"{path} is damaged: {error}.", "The runs themselves are in lab runs list.") from None


def standing(spec: JobSpec) -> Standing:
    """How a job stands, from the folder of its run."""
    folder = Path(spec.runs_dir) / spec.task / spec.name
    budget = int(spec.config.get("steps", 0))
    if not (folder / RECORD).is_file():
        return Standing(spec=spec, state="waiting", budget=budget)
    try:
        run = Run.open(folder)
    except LabError as error:
        return Standing(spec=spec, state="failed", budget=budget, error=error.message)
    record = run.record
    states: dict[str, JobState] = {"completed": "completed", "running": "running", "created": "running", "failed": "failed"}
    state = states.get(run.state, "stopped")
    return Standing(
        spec=spec,
        state=state,
        step=record.step,
        budget=record.budget_steps or budget,
        unit=record.step_unit,
        wall_seconds=record.wall_seconds,
        error=record.error or "",
        run=run,
    )
