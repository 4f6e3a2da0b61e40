"""What a user means by RUN: a run, a task, a shipped model or an exported folder. Finds the model and its benchmark."""

from collections.abc import Callable, Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import msgspec

from lab_app.records.brief import recorded_score
from lab_app.runs.store import RunRow, Store
from lab_app.runs.whole import is_whole
from lab_core.benchmark import Benchmark
from lab_core.config import TrainConfig, from_dict, resolve
from lab_core.errors import LabError, UsageError, nearest, printable
from lab_core.machine import devices
from lab_core.model import Model
from lab_core.registry.registry import Registry, config_type
from lab_core.runs.model_folder import load_model_info
from lab_core.runs.opening import load_model, prepare, ready_model
from lab_core.runs.plain import check_plain
from lab_core.runs.run import PERSON, UNDER_WAY, Run, Which, in_command
from lab_core.task import Task


class Target(msgspec.Struct, frozen=True, kw_only=True):
    """A model folder with its task and benchmark; ``run`` when it belongs to one, as its best or last model.

    ``label`` names it in messages.

    The model of a task without a trainer has no folder: it is made from ``config``.
    """

    task: Task
    folder: Path | None
    benchmark: Benchmark | None
    label: str
    run: Run | None = None
    which: Which = "best"
    config: TrainConfig | None = None


def has_file(folder: Path, name: str) -> bool:
    """Whether a folder holds a file; False, too, for a text that can't be a folder's name (too long, a zero byte)."""
    try:
        return (folder / name).is_file()
    except (OSError, ValueError):
        return False


def find_run(text: str, runs_dir: Path, registry: Registry, *, say: Callable[[str], None] = lambda line: None) -> Run:
    """The run of an id, a folder or a task (its best, else its newest; named through ``say``); raises UsageError."""
    for folder in (Path(text), runs_dir / text):
        if has_file(folder, "run.json"):
            return Run.open(folder)
    store = Store(runs_dir)
    rows = store.runs()
    ending = [row for row in rows if row.id.endswith(f"/{text}")]
    if len(ending) == 1:
        return Run.open(runs_dir / ending[0].id)
    if registry.has_task(text):
        return _best_run(text, rows, runs_dir, store, say)
    close = nearest(text, [*(row.id for row in rows), *(task.id for task in registry.tasks())])
    hint = f"Did you mean {' or '.join(close)}?" if close else "See lab runs list, or lab list for tasks."
    raise UsageError(f"There is no run or task {text!r} in {runs_dir}.", hint)


def find_resumable(text: str, runs_dir: Path, registry: Registry, *, say: Callable[[str], None] = lambda line: None) -> Run:
    """Like :func:`find_run`, but for a task the newest run that stopped before its budget was used up."""
    if registry.has_task(text):
        rows = [row for row in Store(runs_dir).runs(task=text) if row.status != "completed"]
        if rows:
            say(f"{text}: resuming {rows[0].id}")
            return Run.open(runs_dir / rows[0].id)
    return find_run(text, runs_dir, registry, say=say)


def find_target(
    text: str,
    runs_dir: Path,
    registry: Registry,
    *,
    which: Which = "best",
    overrides: Sequence[str] = (),
    say: Callable[[str], None] = lambda line: None,
) -> Target:
    """The model that ``text`` stands for: ``TASK@pretrained``, a model folder, or whatever :func:`find_run` takes.

    A task without a trainer is ready as it is, with its default preset and ``overrides`` (``KEY=VALUE``). A task without a
    scored run is the model that ships with it, where one does. A run that hasn't chosen a best model yet gives its newest one.
    """
    folder = Path(text)
    exported = has_file(folder, "model.json")
    if not exported and registry.has_task(text) and registry.task(text).trainer is None:
        return untrained(registry.task(text), registry, overrides)
    if overrides:
        raise UsageError(f"{text} is a saved model; its settings can't be changed.", "--set is for tasks without a trainer.")
    name, at, what = text.partition("@")
    if at:
        if what != "pretrained":
            raise UsageError(f"{text!r}: only {name}@pretrained is known after '@'.")
        return pretrained(registry.task(name), registry)
    if exported:
        return from_model_folder(folder, registry)
    if registry.has_task(text) and registry.task(text).pretrained is not None:
        shipped, own = pretrained(registry.task(text), registry), _own_best(registry.task(text), runs_dir)
        if own is None:
            say(f"{text}: the model that ships with it (no run is scored)")
            return shipped
        elsewhere = shipped.benchmark is not None and own.benchmark != shipped.benchmark.id  # on the user's own data, say
        if not elsewhere and not is_whole(own, shipped.task) and not _beats(own, shipped):
            say(f"{text}: the model that ships with it; your run {own.id} is a short one, with a lower score: name it to use it")
            return shipped
    run = find_run(text, runs_dir, registry, say=say)
    if run.record.task == PERSON:
        raise UsageError(f"Run {run.record.id} was played by a human: it has no model.", "Its score: lab leaderboard")
    task = registry.stored_task(run.record.task, run.record.plugin, f"Run {run.record.id}")
    model = run.model_folder(which)
    if which == "best" and not (model / "model.json").is_file() and (run.model_folder("last") / "model.json").is_file():
        model, which = run.model_folder("last"), "last"
        say(f"{run.record.id}: its newest model; none is chosen as the best yet")
    if not (model / "model.json").is_file():
        state = run.state
        more = "It is still training: its first checkpoint brings one." if state in UNDER_WAY else None
        raise LabError(
            f"Run {run.record.id} has no {which} model yet (status: {state}).",
            more or f"Continue its training: lab resume {in_command(run.record)}",
        )
    benchmark = _benchmark(run.record.config, task, registry)
    return Target(task=task, folder=model, benchmark=benchmark, label=run.record.id, run=run, which=which)


def _own_best(task: Task, runs_dir: Path) -> RunRow | None:
    """The best scored run of a task: of the whole trainings if there are any, else of the tries."""
    store = Store(runs_dir)
    best = store.best(task.id)
    if best is None:
        return None
    rows = [row for row in store.runs(task=task.id) if row.score is not None]
    newest = rows[0].benchmark  # as Store.best has it
    rows = [row for row in rows if row.benchmark == newest]
    whole = [row for row in rows if is_whole(row, task)]
    sign = 1 if rows[0].higher_is_better else -1
    return max(whole or rows, key=lambda row: sign * (row.score or 0.0))


def _beats(row: RunRow, shipped: Target) -> bool:
    """Whether a run scores at least what the plugin recorded, on the benchmark of the shipped model."""
    recorded = None if shipped.benchmark is None else recorded_score(shipped.task, shipped.benchmark)
    if recorded is None or row.score is None:
        return False
    return row.score >= recorded if row.higher_is_better else row.score <= recorded


def pretrained(task: Task, registry: Registry) -> Target:
    """The model that ships with a task's plugin; raises UsageError where there is none."""
    if task.pretrained is None:
        raise UsageError(f"Task {task.id} ships no model.", f"Train one: lab run {task.id}")
    package, _, inside = task.pretrained.partition(":")
    spec = find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise LabError(f"Task {task.id} ships its model in package {package!r}, which is not installed.")
    folder = Path(spec.submodule_search_locations[0]) / inside
    benchmark = _benchmark(load_model_info(folder).config, task, registry)
    return Target(task=task, folder=folder, benchmark=benchmark, label=f"{task.id}@pretrained")


def untrained(task: Task, registry: Registry, overrides: Sequence[str] = ()) -> Target:
    """The model of a task without a trainer, from its default preset and ``KEY=VALUE`` texts."""
    config = resolve(config_type(task), task.preset("default"), overrides=overrides)
    return Target(task=task, folder=None, benchmark=registry.benchmark_of(task, config), label=task.id, config=config)


def open_target(found: Target, *, device: str = "auto") -> Model:
    """The model of a target on a device ("auto", "cpu", "gpu:0"), loaded or, for a task without a trainer, made."""
    where = devices.resolve_device(device)
    prepare(found.task, device=where, threads=devices.resolve_threads())
    if found.folder is not None:
        return load_model(found.task, found.folder, device=where)
    assert found.config is not None
    return ready_model(found.task, found.config, device=where)


def from_model_folder(folder: Path, registry: Registry) -> Target:
    """A model folder, exported or inside a run. The task comes from the registry under the name the folder gives."""
    check_plain(folder, f"Model {printable(str(folder))}")
    info = load_model_info(folder)
    task = registry.stored_task(info.task, info.plugin, f"Model {folder}")
    return Target(task=task, folder=folder, benchmark=_benchmark(info.config, task, registry), label=str(folder))


def _benchmark(config: Mapping[str, Any], task: Task, registry: Registry) -> Benchmark | None:
    """The benchmark from the registry: a run or model folder only says with which settings it was trained."""
    return registry.benchmark_of(task, from_dict(config_type(task), config))


def _best_run(task_id: str, rows: list[Any], runs_dir: Path, store: Store, say: Callable[[str], None]) -> Run:
    best = store.best_scores().get(task_id)
    mine = [row.id for row in rows if row.task == task_id]
    if best is not None:
        say(f"{task_id}: best run {best[1]} (score {best[0]:g})")
        return Run.open(runs_dir / best[1])
    if mine:
        say(f"{task_id}: newest run {mine[0]} (none is scored yet)")
        return Run.open(runs_dir / mine[0])
    raise UsageError(f"Task {task_id} has no run in {runs_dir}.", f"Train it: lab run {task_id}")
