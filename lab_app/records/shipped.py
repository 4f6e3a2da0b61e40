"""Recorded runs that plugins ship: files ``results/runs-*.json``, written by ``lab runs record``.

They lie in the plugin's package, or beside it in the project that it is installed from. A plugin speaks for its own tasks only.
"""

from collections.abc import Iterable, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import msgspec

from lab_app.records.record import RecordedRun
from lab_app.results.results import SHIPPED, Result, naming_fields
from lab_app.runs.store import time_limit
from lab_core.config import from_dict, resolve, to_dict
from lab_core.errors import LabError, UsageError
from lab_core.registry.discovery import Found, installed
from lab_core.registry.registry import Registry, config_type

PATTERN = "runs-*.json"
Resolved = dict[tuple[str, str], Mapping[str, Any]]  # task and preset -> the settings of that preset today


class ShippedFile(msgspec.Struct, frozen=True):
    """One file of recorded runs, all of one task, and the plugin that ships it."""

    plugin: str
    path: Path
    runs: tuple[RecordedRun, ...]


def read_record(path: Path) -> tuple[RecordedRun, ...]:
    """The recorded runs of a file, one record or a list; raises UsageError when it can't be read or holds none."""
    try:
        data = path.read_bytes().lstrip()
        one = data.startswith(b"{")
        runs = [msgspec.json.decode(data, type=RecordedRun)] if one else msgspec.json.decode(data, type=list[RecordedRun])
    except OSError as error:
        raise UsageError(f"{path} can't be read: {error.strerror or error}.") from None
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} is not a record of runs: {error}.", "Make one: lab runs record RUN --to FILE") from None
    if not runs:
        raise UsageError(f"{path} holds no run.")
    if len({(run.task, run.preset) for run in runs}) > 1:
        raise UsageError(f"{path} mixes runs of different tasks or presets.", "Record each in a file of its own.")
    return tuple(runs)


def shipped_files(registry: Registry, plugins: Iterable[Found] | None = None) -> tuple[list[ShippedFile], list[str]]:
    """What the installed plugins ship for their own tasks, and one line for each file that is left out."""
    files: list[ShippedFile] = []
    problems: list[str] = []
    for plugin in installed() if plugins is None else plugins:
        for path in shipped_paths(plugin.value, "results", PATTERN):
            try:
                runs = read_record(path)
            except LabError as error:
                problems.append(f"{plugin.name}: {error.message}")
                continue
            task = runs[0].task
            if not registry.has_task(task) or registry.plugin_of(task) != plugin.name:
                problems.append(f"{plugin.name}: {path.name} is of task {task!r}, which is not its own")
            else:
                files.append(ShippedFile(plugin.name, path, runs))
    return files, problems


def shipped_results(files: Iterable[ShippedFile], registry: Registry) -> list[Result]:
    """The scores of shipped runs, one result an evaluation."""
    resolved: Resolved = {}
    return [result for file in files for run in file.runs for result in results_of(run, registry, resolved)]


def results_of(run: RecordedRun, registry: Registry, resolved: Resolved | None = None) -> list[Result]:
    """The scores of one recorded run as the leaderboard counts them; ``resolved`` as :func:`changes_to` has it."""
    naming, changes = naming_fields(run.task, registry), changes_to(run, registry, resolved)
    return [
        Result(
            run=run.name,
            task=run.task,
            method=run.method,
            preset=run.preset,
            budget=run.budget,
            step_unit=run.step_unit,
            changed={name: value for name, value in changes.items() if name not in naming},
            benchmark=evaluation.benchmark,
            protocol=evaluation.protocol,
            settings=evaluation.settings,
            seed=evaluation.seed,
            created=f"{run.created} {number:04}",
            unit=evaluation.unit,
            scores=evaluation.scores,
            statistics=evaluation.statistics,
            interval=evaluation.interval,
            value=evaluation.value,
            trained=run.step,
            wall_seconds=run.wall_seconds,
            time_limit=time_limit(run.step, run.budget, run.wall_seconds, run.budget_seconds),
            processor=str(run.machine.get("processor", "")),
            run_seed=run.seed,
            details=evaluation.detail_means(),
            source=SHIPPED,
        )
        for number, evaluation in enumerate(run.evaluations)
    ]


def changes_to(run: RecordedRun, registry: Registry, resolved: Resolved | None = None) -> Mapping[str, Any]:
    """The settings of a recorded run on top of what its preset says today, as a preset may have changed since.

    Those of its own day where the task, the preset or a setting is gone. Its length is no change.
    Whoever asks for many runs passes one ``resolved``, so that each preset is resolved once.
    """
    resolved = {} if resolved is None else resolved
    if not registry.has_task(run.task):
        return run.changed
    task = registry.task(run.task)
    key = (run.task, run.preset)
    try:
        kind = config_type(task)
        if key not in resolved:
            resolved[key] = to_dict(resolve(kind, task.preset(run.preset)))
        if run.config == resolved[key]:
            return {}
        now = to_dict(from_dict(kind, run.config))
    except LabError:
        return run.changed
    return {name: value for name, value in now.items() if name != "steps" and value != resolved[key][name]}


def shipped_paths(value: str, folder: str, pattern: str) -> list[Path]:
    """The files of a folder of the plugin whose entry point is ``value``: in its package, or beside it where it is installed in
    place, from its project. The plugin is not imported.
    """
    try:
        spec = find_spec(value.partition(":")[0].partition(".")[0])
    except (ImportError, ValueError):
        return []
    found: list[Path] = []
    for package in map(Path, (spec.submodule_search_locations or ()) if spec else ()):
        folders = [package / folder]
        if (package.parent / "pyproject.toml").is_file():
            folders.append(package.parent / folder)
        found += [path for one in folders for path in sorted(one.glob(pattern))]
    return found
