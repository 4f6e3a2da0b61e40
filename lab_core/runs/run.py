"""One training on disk: its record, metrics, checkpoints, models and evaluations.

runs/dqn-breakout/20261121-143000-seed0/
  run.json  metrics.jsonl  checkpoints/  model/best  model/last  evaluations/*.json  media/  lock
"""

import os
from collections.abc import Generator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any, Literal, get_args

import msgspec

from lab_core.errors import LabError, UsageError, printable, word
from lab_core.evaluator import Evaluation
from lab_core.files import (
    decode_record,
    disk_errors,
    encode_json,
    make_folder,
    read_file,
    remove_leftovers,
    sync_folder,
    write_atomic,
)
from lab_core.imports import flags
from lab_core.model import Model
from lab_core.runs.checkpoint import Checkpoints
from lab_core.runs.locking import FileLock
from lab_core.runs.metrics_log import MetricsLog
from lab_core.runs.model_folder import ModelInfo, newest_model, save_model
from lab_core.runs.model_folder import load_model_info as load_model_info
from lab_core.runs.plain import check_plain

FORMAT = 1
RECORD = "run.json"
PERSON = "human"  # stands for the task in the record of what a user played: there is no model, nothing to go on with
# unscored: trained, but its reported score is still missing
Status = Literal["created", "running", "unscored", "completed", "interrupted", "failed"]
State = Literal[Status, "killed"]  # what commands show
STATES: tuple[State, ...] = get_args(State)
LARGEST_NUMBER = 1 << 53  # steps, bytes and seconds beyond are damage; all up to here are exact in JSON and SQLite
UNDER_WAY: tuple[Status, ...] = ("created", "running")  # as long as its process lives
Which = Literal["best", "last"]


def _now() -> datetime:
    return datetime.now(UTC)


class RunRecord(msgspec.Struct, kw_only=True):
    """``run.json``: everything that decided this run, and how far it has come.

    config         every setting, resolved
    changed        the settings that were given on top of the preset
    benchmark      the whole benchmark record with its fields filled in, None for a task without one
    parameters     how many trained numbers each network has
    memory_bytes   what training was expected to hold at its peak; 0 where its trainer doesn't say
    wall_seconds   training time, over all processes that went on with the run
    budget_seconds wall time at which the run was to stop, over all its processes; None without a time limit
    best_score     of the selection evaluations, at ``best_step``; reported scores are in ``evaluations/``
    """

    id: str = ""
    task: str
    plugin: str
    plugin_version: str = ""
    method: str = ""
    preset: str = "default"
    config: dict[str, Any] = {}
    changed: dict[str, Any] = {}
    benchmark: dict[str, Any] | None = None
    seed: int = 0
    device: str = "cpu"
    precision: str = "float32"
    threads: int = 1
    parameters: dict[str, int] = {}
    memory_bytes: int = 0
    machine: dict[str, Any] = {}
    versions: dict[str, str] = {}
    command: list[str] = []
    created: datetime = msgspec.field(default_factory=_now)
    status: Status = "created"
    error: str | None = None
    step: int = 0
    step_unit: str = "steps"
    budget_steps: int = 0
    budget_seconds: float | None = None
    wall_seconds: float = 0.0
    best_score: float | None = None
    best_step: int | None = None
    format: int = FORMAT


def in_command(record: RunRecord) -> str:
    """The run as commands in messages name it: its id, and the modules that its settings may import."""
    return word(record.id) + flags(record.config)


def _sound(record: RunRecord) -> RunRecord:
    """The record, if its numbers can be; raises msgspec.ValidationError for what only damage or malice writes."""
    for name in ("seed", "threads", "memory_bytes", "step", "budget_steps", "best_step"):
        value = getattr(record, name)
        if value is not None and not 0 <= value <= LARGEST_NUMBER:
            raise msgspec.ValidationError(f"{name} is {value}")
    for name in ("wall_seconds", "budget_seconds"):
        value = getattr(record, name)
        if value is not None and not 0 <= value <= LARGEST_NUMBER:  # false for NaN, too
            raise msgspec.ValidationError(f"{name} is {value}")
    benchmark = record.benchmark
    if benchmark is not None and not (isinstance(benchmark.get("id"), str) and isinstance(benchmark.get("score"), dict)):
        raise msgspec.ValidationError("its benchmark has no id or no score")
    return record


class SavedEvaluation(msgspec.Struct, frozen=True, kw_only=True):
    """One file of ``evaluations/``: the evaluation, which model it scored, and when."""

    evaluation: Evaluation
    model: Which = "best"
    step: int | None = None
    created: datetime
    format: int = FORMAT


class Run:
    """A run's folder. Made by :meth:`create` or :meth:`open`; whoever trains holds :meth:`lock`."""

    def __init__(self, folder: Path, record: RunRecord, *, kept: bool = True) -> None:
        self.folder = folder
        self.record = record
        self._kept = kept  # whether its record has been written

    @classmethod
    def create(cls, runs_dir: Path, record: RunRecord, *, name: str = "") -> "Run":
        """Make ``runs_dir/TASK/20261121-143000-seed0`` (suffixed when taken), or ``runs_dir/TASK/NAME``; fills in ``record.id``.

        Raises LabError naming the folder and ``--runs-dir`` when it can't be written.
        """
        if name and (name.startswith(".") or not all(letter.isalnum() or letter in "-_." for letter in name)):
            raise UsageError(f"{name!r} is not a valid run name.", "Letters, digits, '-', '_' and '.' are expected.")
        stamp = f"{datetime.now():%Y%m%d-%H%M%S}-seed{record.seed}"
        names = [name] if name else [stamp, *(f"{stamp}-{attempt}" for attempt in range(2, 1000))]
        with disk_errors("The run", runs_dir):
            make_folder(runs_dir / record.task)
            for name in names:
                folder = runs_dir / record.task / name
                with suppress(FileExistsError):
                    folder.mkdir()
                    break
            else:
                raise UsageError(f"There is a run {record.task}/{name} already.", f"lab resume {word(f'{record.task}/{name}')}")
            sync_folder(folder.parent)
        run = cls(folder, msgspec.structs.replace(record, id=f"{record.task}/{name}"), kept=False)
        try:
            run.update()
        except BaseException:
            with suppress(OSError):
                folder.rmdir()
            raise
        return run

    @classmethod
    def open(cls, folder: Path) -> "Run":
        """The run in ``folder``; raises UsageError when it is none, LabError when it is damaged or from a newer version."""
        path = folder / RECORD
        try:
            data = read_file(path)
        except (FileNotFoundError, NotADirectoryError):
            raise UsageError(f"{folder} is not a run: it has no {RECORD}.", "See lab runs list.") from None
        except OSError as error:
            raise LabError(f"{path} can't be read ({os.strerror(error.errno or 0).lower()}).") from None
        check_plain(folder, f"Run {printable(str(folder))}")
        try:
            plain = decode_record(data)
            if isinstance(plain, dict) and isinstance(newer := plain.get("format"), int) and newer > FORMAT:  # pyright: ignore
                raise LabError(
                    f"Run {folder} was written by a newer version (format {newer}, this one reads {FORMAT}).",
                    "Update lab-runner.",
                )
            return cls(folder, _sound(msgspec.convert(plain, RunRecord)))
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            raise LabError(f"{path} is damaged: {error}.", "Its checkpoints and models are still in the folder.") from None

    @property
    def runs_dir(self) -> Path:
        return self.folder.parent.parent

    @cached_property
    def metrics(self) -> MetricsLog:
        """The curve; see :class:`MetricsLog`."""
        return MetricsLog(self.folder / "metrics.jsonl")

    @cached_property
    def checkpoints(self) -> Checkpoints:
        """The saved states. Metrics are flushed to the disk before a checkpoint that they belong to."""
        return Checkpoints(self.folder / "checkpoints", before_save=lambda: self.metrics.sync())

    def update(self, **fields: Any) -> None:
        """Change fields of the record, in ``run.json`` first (replaced atomically) and then here."""
        changed = msgspec.structs.replace(self.record, **fields)
        msgspec.convert(msgspec.to_builtins(changed), RunRecord)  # what can't be read back is never written
        if self._kept:
            self.check_there()
        write_atomic(self.folder / RECORD, encode_json(changed, indent=2))
        self.record, self._kept = changed, True

    def check_there(self) -> None:
        """Raise LabError where the folder was deleted or moved since it was made or opened."""
        if not (self.folder / RECORD).is_file():
            raise LabError(f"{self.folder} is gone: the run was deleted or moved.")

    @contextmanager
    def lock(self) -> Generator[None]:
        """Hold the run against other processes; raises LabError naming the process that holds it.

        The operating system lets go of it when the process ends, however it ends.
        """
        with FileLock(self.folder / "lock", what=f"Run {self.record.id or self.folder}").held():
            remove_leftovers(self.folder)
            try:
                yield
            finally:
                self.metrics.close()

    def locked_by(self) -> int | None:
        """The id of the process that is training this run now, None if there is none."""
        return FileLock(self.folder / "lock", what="").owner()

    @property
    def state(self) -> State:
        """How it stands now: its status; "killed" where that says it is under way and no process holds the run any more."""
        if self.record.status not in UNDER_WAY or self.locked_by() is not None:
            return self.record.status
        status = Run.open(self.folder).record.status  # it may have ended since it was read
        return "killed" if status in UNDER_WAY else status

    def save_model(self, which: Which, model: Model, *, step: int, score: float | None = None) -> Path:
        """Replace ``model/best`` or ``model/last`` atomically; raises LabError when the disk refuses, the earlier one kept."""
        record = self.record
        folder = self.folder / "model" / which
        info = ModelInfo(
            task=record.task,
            plugin=record.plugin,
            plugin_version=record.plugin_version,
            config=record.config,
            benchmark=record.benchmark["id"] if record.benchmark else None,
            run=record.id,
            seed=record.seed,
            step=step,
            score=score,
        )
        save_model(folder, model, info)
        return folder

    def model_folder(self, which: str = "best") -> Path:
        """Where the best or last model is; the folder may not exist yet."""
        return newest_model(self.folder / "model" / which)

    def add_evaluation(self, evaluation: Evaluation, *, model: Which = "best", step: int | None = None) -> Path:
        """Keep a reported evaluation in a file of its own; returns it."""
        folder = self.folder / "evaluations"
        saved = SavedEvaluation(evaluation=evaluation, model=model, step=step, created=datetime.now(UTC))
        stamp = f"{saved.created:%Y%m%d-%H%M%S-%f}"
        with disk_errors("The evaluation", folder):
            make_folder(folder)
        path = folder / f"{stamp}.json"
        write_atomic(path, encode_json(saved, indent=2))
        return path

    def complete(self) -> None:
        """Call a trained run that lacked only its score complete, now that it has one. Not while another process has it."""
        with suppress(LabError), self.lock():
            now = Run.open(self.folder)
            if now.record.status == "unscored":
                now.update(status="completed", error=None)
            self.record = now.record

    def saved_evaluations(self) -> list[SavedEvaluation]:
        """The reported evaluations with their origin, oldest first; files that can't be read are left out."""
        found: list[SavedEvaluation] = []
        for path in sorted((self.folder / "evaluations").glob("*.json")):
            with suppress(OSError, LabError, msgspec.MsgspecError, UnicodeDecodeError):
                found.append(msgspec.convert(decode_record(read_file(path)), SavedEvaluation))
        return found

    def evaluations(self) -> list[Evaluation]:
        """The reported evaluations, oldest first."""
        return [saved.evaluation for saved in self.saved_evaluations()]
