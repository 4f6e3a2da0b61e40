"""What a user means by RUN|RECORD.json of ``lab reproduce``, and how to train from it again."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from lab_app.records.publish import independent, publish
from lab_app.records.record import RecordedRun
from lab_app.records.shipped import ShippedFile, changes_to, read_record, shipped_files
from lab_app.runs.store import Store, time_limit
from lab_app.runs.target import find_run
from lab_core.config import from_dict, to_dict
from lab_core.errors import LabError, UsageError, unknown
from lab_core.machine import devices
from lab_core.machine.versions import library_versions, machine, plugin_version
from lab_core.registry.registry import Registry, config_type
from lab_core.runs.run import Run
from lab_core.training.spec import JobSpec

Say = Callable[[str], None]


def find_records(text: str, runs_dir: Path, registry: Registry, *, say: Say = lambda line: None) -> tuple[RecordedRun, ...]:
    """The recorded runs that ``text`` stands for, the one it names first.

    A JSON file of records; a task, if its plugin ships records of it; else a run, or a task's best run, with every other
    completed run of the same settings and budget. Raises UsageError or LabError where there is none that is completed and scored.
    """
    path = Path(text)
    if path.suffix == ".json" or (path.is_file() and path.name != "run.json"):
        return read_record(path)
    if registry.has_task(text) and not (path / "run.json").is_file():
        found = shipped_records(text, registry, say=say)
        if found:
            return found
    run = find_run(text, runs_dir, registry, say=say)
    first = publish(run, registry)
    return tuple(independent([first, *(publish(other, registry) for other in _siblings(run, first))]))


def shipped_records(task: str, registry: Registry, *, say: Say = lambda line: None) -> tuple[RecordedRun, ...]:
    """The recorded runs of a task that its plugin ships, empty where it ships none.

    Of several files the task's own, ``runs-TASK.json``, then one of the default preset, then one whose runs no time limit ended.
    Which file was taken, and which others there are, is named through ``say``.
    """

    def place(file: ShippedFile) -> tuple[bool, bool, bool, str]:
        first = file.runs[0]
        limit = time_limit(first.step, first.budget, first.wall_seconds, first.budget_seconds)
        return file.path.name != f"runs-{task}.json", first.preset != "default", limit is not None, file.path.name

    files, _ = shipped_files(registry)
    mine = sorted((file for file in files if file.runs[0].task == task), key=place)
    if not mine:
        return ()
    runs = "1 recorded run" if len(mine[0].runs) == 1 else f"{len(mine[0].runs)} recorded runs"
    say(f"{task}: {runs} in {mine[0].path.name}, which came with plugin {mine[0].plugin}")
    if mine[1:]:
        say(f"{task}: there are other records, to be named instead: {', '.join(_from_here(file.path) for file in mine[1:])}")
    return mine[0].runs


def _from_here(path: Path) -> str:
    """A path as it is typed from the current folder, where it is below that."""
    here = Path.cwd()
    return str(path.relative_to(here) if path.is_relative_to(here) else path)


def _siblings(run: Run, first: RecordedRun) -> list[Run]:
    """The other completed and scored runs with the same settings, budget and precision."""
    found: list[Run] = []
    for row in Store(run.runs_dir).runs(task=first.task, status="completed"):
        same = (row.preset, row.budget_steps, row.precision) == (first.preset, first.budget, first.precision)
        if row.id == run.record.id or not same or row.time_limit is not None:
            continue
        other = Run.open(run.runs_dir / row.id)
        if other.record.config == run.record.config and other.evaluations():
            found.append(other)
    return found


def job_of(
    record: RecordedRun, registry: Registry, *, runs_dir: Path, seed: int, seconds: float | None, command: Sequence[str]
) -> tuple[JobSpec, list[str]]:
    """The job that trains a record again, and warnings of what is not as it was.

    Raises UsageError where the task or a setting of it is gone.
    """
    if not registry.has_task(record.task):
        raise unknown("task", record.task, [task.id for task in registry.tasks()])
    task = registry.task(record.task)
    try:
        config = from_dict(config_type(task), dict(record.config))
    except LabError as error:
        raise UsageError(f"Task {task.id} no longer takes the recorded settings: {error.message}", error.hint) from None
    settings = to_dict(config)
    new = [f"{name}={value}" for name, value in settings.items() if name not in record.config]
    warnings = [f"settings that the record doesn't know yet stand at their defaults: {', '.join(new)}"] if new else []
    device = record.device
    try:
        devices.resolve_device(device)
    except LabError:
        device = "auto"
        warnings.append(f"recorded on {record.device}, which isn't here: training on {devices.resolve_device('auto')}")
    spec = JobSpec(
        task=record.task,
        preset=record.preset,
        config=settings,
        changed=dict(changes_to(record, registry)),
        seed=seed,
        device=device,
        precision=record.precision,
        threads=record.threads,
        runs_dir=str(runs_dir),
        seconds=record.budget_seconds if seconds is None else seconds,
        command=tuple(command),
    )
    return spec, warnings


def changes_since(record: RecordedRun, registry: Registry) -> list[str]:
    """What differs between the record's surroundings and these: processor, system, versions of libraries and plugin."""
    here: dict[str, Any] = machine()
    found = [
        f"{name}: {record.machine.get(name)} then, {here[name]} now"
        for name in ("processor", "system")
        if record.machine.get(name) != here[name]
    ]
    versions = library_versions()
    for name in sorted({*record.versions, *versions}):
        then, now = record.versions.get(name, "none"), versions.get(name, "none")
        if then != now:
            found.append(f"{name}: {then} then, {now} now")
    if registry.has_task(record.task):
        now = plugin_version(registry.plugin_of(record.task))
        if now != record.plugin_version:
            found.append(f"plugin {registry.plugin_of(record.task)}: {record.plugin_version or 'none'} then, {now or 'none'} now")
    return found


def alike(record: RecordedRun, run: Run) -> bool:
    """Whether a run was trained with every recorded setting, the seed, device, precision and threads of the record."""
    mine = run.record
    settings = all(name in mine.config and mine.config[name] == value for name, value in record.config.items())
    place = (mine.seed, mine.device, mine.precision, mine.threads)
    return settings and place == (record.seed, record.device, record.precision, record.threads)
