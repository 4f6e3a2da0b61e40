"""The lab from Python: train, load, evaluate, apply, sample. The same engine and run folders as the command line.

    import lab_app as lab

    run = lab.train("dqn-cartpole", seed=1, steps=20_000)
    model = lab.load(run)
    print(lab.evaluate(run).value)
    for picture in lab.apply(lab.load("superres-photos-x3"), pictures):
        ...

Everything raises LabError (or UsageError, for what was given wrong) with one clear line.
"""

import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, cast

from lab_app.observers import plugins
from lab_app.packages.probation import Watch
from lab_app.runs import folders
from lab_app.runs.store import Store
from lab_app.runs.target import Target, find_target, open_target
from lab_core import guard
from lab_core.benchmark import Benchmark
from lab_core.config import changed, from_dict, resolve, to_dict
from lab_core.errors import LabError, UsageError
from lab_core.evaluator import Evaluation
from lab_core.imports import allow, named_in
from lab_core.items import module_of
from lab_core.model import ABILITIES, Apply, Item, Kind, Model, Sample, abilities
from lab_core.registry.discovery import discover
from lab_core.registry.registry import Registry, config_type
from lab_core.runs.model_folder import load_model_info
from lab_core.runs.run import Run, Which
from lab_core.task import Task
from lab_core.training.evaluation import evaluate as score
from lab_core.training.job import Watchers, execute
from lab_core.training.observing import Observer
from lab_core.training.spec import JobSpec

RUNS = Path("runs")


@cache
def registry() -> Registry:
    """The tasks, benchmarks and data sets of everything installed; loaded once a process."""
    guard.use(Watch())
    return discover()[0]


def train(
    task: str,
    *,
    preset: str = "default",
    steps: int | None = None,
    seconds: float | None = None,
    seed: int = 0,
    settings: Mapping[str, Any] | None = None,
    device: str = "auto",
    precision: str = "auto",
    threads: int | None = None,
    evaluate: bool = True,
    observers: Sequence[Observer] = (),
    runs_dir: str | Path = RUNS,
) -> Run:
    """Train a task, keep its best model, score it (``lab run``).

    ``settings`` are fields of the task's config on top of the preset; a module that one of them names (``network="mine:make"``)
    may be imported. ``steps`` and ``seconds`` limit the training; ``observers`` are called for slices, scores and best models.
    Raises UsageError for an unknown task, preset or setting, LabError for a training that failed.
    """
    record = registry().task(task)
    if record.trainer is None:
        raise UsageError(f"Task {task} has nothing to train.", f"Its model is ready: lab_app.load({task!r})")
    allow(*named_in((settings or {}).values()))
    length = {} if steps is None else {"steps": steps}
    config = resolve(config_type(record), record.preset(preset), settings or {}, length)
    changes = {key: value for key, value in changed(config, record.preset(preset)).items() if key != "steps"}
    spec = JobSpec(
        task=task,
        preset=preset,
        config=to_dict(config),
        changed=changes,
        seed=seed,
        device=device,
        precision=precision,
        threads=threads,
        runs_dir=str(runs_dir),
        seconds=seconds,
        evaluate=evaluate,
        command=("lab", "run", task, "--preset", preset, "--seed", str(seed)),
    )
    return execute(spec, registry(), observers=_watching(observers)).run


def resume(
    run: Run | str,
    *,
    steps: int | None = None,
    seconds: float | None = None,
    evaluate: bool = True,
    runs_dir: str | Path = RUNS,
) -> Run:
    """Continue a run from its newest checkpoint (``lab resume``); ``steps`` is the new length in all."""
    folder = run.folder if isinstance(run, Run) else _find(run, runs_dir).folder
    spec = JobSpec(resume=str(folder), steps=steps, seconds=seconds, evaluate=evaluate)
    return execute(spec, registry(), observers=_watching(())).run


def _watching(own: Sequence[Observer]) -> Watchers:
    """A user's observers, and those that plugins bring."""
    makers = list(registry().observers())

    def watching(run: Run, task: Task, benchmark: Benchmark | None) -> Sequence[Observer]:
        return [*own, *plugins.make(makers, run, task, benchmark, report=lambda line: print(line, file=sys.stderr))]

    return watching


def list_runs(runs_dir: str | Path = RUNS) -> list[Run]:
    """Every run of a folder that can be read, oldest first."""
    return folders.list_runs(Path(runs_dir))[0]


def load(
    what: Run | str | Path,
    *,
    which: Which = "best",
    settings: Mapping[str, Any] | None = None,
    device: str = "auto",
    runs_dir: str | Path = RUNS,
) -> Any:
    """A model: of a run, of a run's id or folder, of a TASK (its best run, else the model that ships), of ``TASK@pretrained``,
    of an exported folder, or of a task without a trainer, made from ``settings``.

    It has the abilities that the task's model has: ``act``, ``sample``, ``apply`` (:mod:`lab_core.model`).
    """
    return open_target(_target(what, which, settings, runs_dir), device=device)


def evaluate(
    what: Run | Model | str | Path,
    *,
    benchmark: str | Benchmark | None = None,
    protocol: str | None = None,
    count: int | None = None,
    seed: int = 0,
    settings: Mapping[str, Any] | None = None,
    device: str = "auto",
    runs_dir: str | Path = RUNS,
) -> Evaluation:
    """A reported score (``lab eval``). A run's score is kept with the run.

    ``what`` as in :func:`load`, or an open model together with the id of a ``benchmark``. Raises LabError for a model that the
    benchmark can't score.
    """
    if isinstance(what, Model):
        if benchmark is None:
            raise UsageError("Which benchmark is the model to be scored on?", "evaluate(model, benchmark=ID): see lab info TASK.")
        return score(_benchmark(benchmark), what, protocol=protocol, count=count, seed=seed)
    found = _target(what, "best", settings, runs_dir)
    chosen = found.benchmark if benchmark is None else _benchmark(benchmark)
    if chosen is None:
        raise UsageError(f"Task {found.task.id} has no benchmark, so it can't be scored.")
    result = score(chosen, open_target(found, device=device), protocol=protocol, count=count, seed=seed)
    if found.run is not None and found.folder is not None and benchmark is None:
        found.run.add_evaluation(result, model=found.which, step=load_model_info(found.folder).step)
        Store(found.run.runs_dir).record(found.run)
    return result


def apply(model: Model, items: Iterable[Item], **options: Any) -> Iterator[Item]:
    """One checked result for each item, in order, lazily (``lab apply``); ``options`` are fields of ``model.options``.

    Raises UsageError for one item instead of a list, and, when its turn comes, for an item of another kind than the model takes.
    """
    from lab_app.applying.results import results

    applier = _able(model, "apply")
    assert isinstance(applier, Apply)
    if _is_one_item(items, applier.consumes):
        raise UsageError(
            f"{type(model).__name__} takes a list of items; this is one item.", "Put it into a list: apply(model, [item])"
        )
    return results(applier, _of_kind(items, applier.consumes), from_dict(applier.options, options))


def sample(model: Model, count: int, *, seed: int = 0, **options: Any) -> Iterator[Item]:
    """``count`` items from a seed (``lab sample``); ``options`` are fields of ``model.options``."""
    sampler = _able(model, "sample")
    assert isinstance(sampler, Sample)
    return sampler.sample(count, seed=seed, options=to_dict(from_dict(sampler.options, options)))


def _is_one_item(items: Any, kind: Kind) -> bool:
    """Whether ``items`` is a single item: a text, an array, a series."""
    if isinstance(items, str):
        return True
    if kind is Kind.TEXT or isinstance(items, list | tuple | Iterator):
        return False
    try:
        module_of(kind).check(items, "It")
    except LabError:
        return False
    return True


def _of_kind(items: Iterable[Any], kind: Kind) -> Iterator[Item]:
    """The items, each checked when it is taken; raises UsageError that names the item's number and its kind."""
    for number, item in enumerate(items, 1):
        try:
            yield module_of(kind).check(item, f"Item {number}")
        except LabError as error:
            raise UsageError(error.message, f"The model takes items of kind {kind}.") from None


def _able(model: Model, ability: str) -> Model:
    if not isinstance(model, ABILITIES[ability]):
        able = " and ".join(abilities(model)) or "nothing"
        raise UsageError(f"{type(model).__name__} can {able}, not {ability}.")
    return model


def _benchmark(benchmark: str | Benchmark) -> Benchmark:
    return benchmark if isinstance(benchmark, Benchmark) else registry().benchmark(benchmark)


def _find(text: str, runs_dir: str | Path) -> Run:
    from lab_app.runs.target import find_resumable

    return find_resumable(text, Path(runs_dir), registry())


def _target(what: Run | str | Path, which: Which, settings: Mapping[str, Any] | None, runs_dir: str | Path) -> Target:
    text = str(what.folder if isinstance(what, Run) else what)
    allow(*named_in((settings or {}).values()))
    overrides = [f"{key}={_text(value)}" for key, value in (settings or {}).items()]
    return find_target(text, Path(runs_dir), registry(), which=which, overrides=overrides)


def _text(value: Any) -> str:
    """A setting as the command line takes it."""
    if isinstance(value, bool) or value is None:
        return str(value).lower()
    return ",".join(str(one) for one in cast(list[Any], value)) if isinstance(value, list | tuple) else str(value)
