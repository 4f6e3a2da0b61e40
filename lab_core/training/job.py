"""One run, from a plain description to a trained and scored model."""

import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

import msgspec

from lab_core.benchmark import Benchmark
from lab_core.config import TrainConfig, from_dict, to_dict
from lab_core.context import Context, seed_globals
from lab_core.errors import LabError, UsageError, word
from lab_core.evaluator import Evaluation, Tick
from lab_core.files import remove_tree
from lab_core.imports import flags, load_object
from lab_core.machine import devices
from lab_core.machine.versions import library_versions, machine, plugin_version
from lab_core.model import Model
from lab_core.registry.registry import Registry, config_type
from lab_core.runs.model_folder import load_model_info
from lab_core.runs.opening import load_model, prepare, ready_model
from lab_core.runs.run import PERSON, RECORD, Run, RunRecord, in_command
from lab_core.task import Task
from lab_core.trainer import Trainer
from lab_core.training.blame import blame
from lab_core.training.evaluation import evaluate
from lab_core.training.loop import Loop, Selector
from lab_core.training.memory import check_memory
from lab_core.training.observing import Budget, Observer, Outcome
from lab_core.training.spec import JobSpec
from lab_core.training.stopping import Stop

Watchers = Callable[[Run, Task, Benchmark | None], Sequence[Observer]]


class JobResult(msgspec.Struct, frozen=True, kw_only=True):
    """What a job left: its run, how training ended, and the reported evaluation if there was one."""

    run: Run
    outcome: Outcome
    evaluation: Evaluation | None


def execute(
    spec: JobSpec,
    registry: Registry,
    *,
    observers: Watchers = lambda run, task, benchmark: (),
    progress: Tick | None = None,
    stop: Stop | None = None,
) -> JobResult:
    """Train (or go on with) one run, select and keep its best model, score it, and record all of it.

    A task without a trainer has its model made from its config, kept and scored: a completed run of no steps.

    ``observers`` makes the watchers once the run's folder exists; ``progress`` follows the final evaluation. A failure
    is written into the run before it is raised; an exception from a plugin becomes a LabError that names the plugin.
    """
    stop = stop or Stop()
    job = _resumed(spec, registry) if spec.resume else _created(spec, registry)
    run = job.run
    with run.lock(), stop.on_signals():
        try:
            with blame(run.record.plugin, run.folder):
                result = _scored(job, _outcome(job, observers, stop), progress, stop)
        except BaseException as error:
            if isinstance(error, UsageError) and run.record.status != "running":  # refused before it began
                if run.record.status == "created":
                    remove_tree(run.folder)  # nothing to keep
                raise
            with suppress(LabError):  # a full disk must not hide what happened
                run.update(**_ending(run.record, error, stop))
            raise
    return result


@dataclass(frozen=True)
class _Job:
    """A run with its task, and its config and benchmark, resolved once.

    planned  the length that its schedules were made for before this process; ``config.steps`` is the new one
    """

    spec: JobSpec
    run: Run
    task: Task
    config: TrainConfig
    benchmark: Benchmark | None
    planned: int

    @property
    def is_scored(self) -> bool:
        """Whether it ends with a reported score."""
        return self.spec.evaluate and self.benchmark is not None


def _ending(record: RunRecord, error: BaseException, stop: Stop) -> dict[str, Any]:
    """What an error leaves in the record. Training that is over stays over, whatever happens to its scoring."""
    if isinstance(error, KeyboardInterrupt):
        return {"status": "interrupted", "error": stop.reason or "KeyboardInterrupt"}
    return {"status": "unscored" if record.status == "unscored" else "failed", "error": str(error) or type(error).__name__}


def _created(spec: JobSpec, registry: Registry) -> _Job:
    task = registry.task(spec.task)
    config = from_dict(config_type(task), spec.config)
    device = devices.resolve_device(spec.device, most=task.max_devices)
    benchmark = registry.benchmark_of(task, config)
    record = RunRecord(
        task=task.id,
        plugin=registry.plugin_of(task.id),
        plugin_version=plugin_version(registry.plugin_of(task.id)),
        method=task.method,
        preset=spec.preset,
        config=to_dict(config),
        changed=dict(spec.changed),
        benchmark=msgspec.to_builtins(benchmark) if benchmark else None,
        seed=spec.seed,
        device=device,
        precision=devices.resolve_precision(spec.precision, task.precisions, device),
        threads=devices.resolve_threads(spec.threads),
        budget_steps=config.steps if task.trainer is not None else 0,
        step_unit=task.step_unit,
        machine=machine(),
        versions=library_versions(),
        command=list(spec.command),
    )
    run = Run.create(Path(spec.runs_dir), record, name=spec.name)
    return _Job(spec=spec, run=run, task=task, config=config, benchmark=benchmark, planned=config.steps)


def _outcome(job: _Job, observers: Watchers, stop: Stop) -> Outcome:
    """Train, or where training is over already and only the score is missing, nothing."""
    record, spec = job.run.record, job.spec
    if spec.resume and record.status == "unscored" and spec.steps is None and spec.seconds is None:
        return Outcome("completed", record.step, record.wall_seconds, "trained before, only its score was missing")
    return _keep(job) if job.task.trainer is None else _train(job, observers, stop)


def _keep(job: _Job) -> Outcome:
    """A run of a task without a trainer: its model, made from its config."""
    run, record = job.run, job.run.record
    device = devices.resolve_device(record.device)
    prepare(job.task, device=device, threads=record.threads)
    start = time.monotonic()
    model = ready_model(job.task, job.config, device=devices.first(device))
    for which in ("best", "last"):
        run.save_model(which, model, step=0)
    outcome = Outcome("completed", 0, time.monotonic() - start, "nothing to train")
    run.update(status="unscored" if job.is_scored else "completed", wall_seconds=outcome.wall_seconds, error=None)
    return outcome


def _scored(job: _Job, outcome: Outcome, progress: Tick | None, stop: Stop) -> JobResult:
    """The reported evaluation of a run that is trained, unless its score is there already; then the run is complete."""
    run, task, benchmark, record = job.run, job.task, job.benchmark, job.run.record
    if record.status != "unscored" or not job.spec.evaluate:
        return JobResult(run=run, outcome=outcome, evaluation=None)
    folder = run.model_folder("best")
    step = load_model_info(folder).step
    evaluation = _kept_score(run, benchmark, step)
    if benchmark is not None and evaluation is None:
        try:
            device = devices.resolve_device(record.device)
            prepare(task, device=device, threads=record.threads)
            if stop.reason is not None:  # during the last save
                raise KeyboardInterrupt
            model = load_model(task, folder, device=devices.first(device))
            evaluation = evaluate(benchmark, model, seed=record.seed, progress=progress)
        except KeyboardInterrupt:
            stopped = replace(outcome, status="interrupted", reason=f"{stop.reason or 'Ctrl-C'}, before it was scored")
            return JobResult(run=run, outcome=stopped, evaluation=None)
        try:
            run.add_evaluation(evaluation, step=step)
        except LabError as error:
            raise LabError(f"{error.message} Its score was {evaluation.value:g}.", error.hint) from error
    run.update(status="completed", error=None)
    return JobResult(run=run, outcome=outcome, evaluation=evaluation)


def _kept_score(run: Run, benchmark: Benchmark | None, step: int) -> Evaluation | None:
    """The score of the best model under the default protocol, where a process kept it and ended before it said so."""
    if benchmark is None:
        return None
    for saved in run.saved_evaluations():
        found = (saved.evaluation.benchmark, saved.evaluation.protocol, saved.model, saved.step)
        if found == (benchmark.id, benchmark.default_protocol, "best", step) and saved.evaluation.seed == run.record.seed:
            return saved.evaluation
    return None


def _resumed(spec: JobSpec, registry: Registry) -> _Job:
    run = _open(spec, registry)
    task = registry.stored_task(run.record.task, run.record.plugin, f"Run {run.record.id}")
    kind = config_type(task)
    config = from_dict(kind, run.record.config)
    planned = config.steps
    new = {name: value for name, value in spec.changed.items() if run.record.config.get(name) != value}
    for name in new:
        if name not in kind.resumable:
            raise UsageError(
                f"{name} can't be changed when run {run.record.id} is resumed; {', '.join(kind.resumable) or 'nothing'} can.",
                f"Start a new run: lab run {task.id} --set {name}=...",
            )
    if spec.steps is not None:  # schedules end with the training: one that had reached 0 would train nothing
        new["steps"] = spec.steps
    if new:
        config = from_dict(kind, {**run.record.config, **new})
    benchmark = registry.benchmark_of(task, config)
    return _Job(spec=spec, run=run, task=task, config=config, benchmark=benchmark, planned=planned)


def _open(spec: JobSpec, registry: Registry) -> Run:
    assert spec.resume is not None
    run = Run.open(Path(spec.resume))
    if run.record.task == PERSON:
        raise UsageError(f"Run {run.record.id} was played by a human: there is nothing to resume.")
    record = run.record
    if registry.stored_task(record.task, record.plugin, f"Run {record.id}").trainer is None:
        if record.status == "completed" or spec.steps is not None:
            raise UsageError(f"Run {record.id} has nothing to train.", f"Score it: lab eval {in_command(record)}")
        return run
    _check_length(spec.steps, record)
    if record.step and not run.checkpoints.steps() and (record.status != "unscored" or spec.steps or spec.seconds):
        raise UsageError(
            f"Run {record.id} was trained for {record.step:,} {record.step_unit}, but has no checkpoint to resume from.",
            f"Its model can still be used: lab eval {in_command(record)}; for a new run with its settings: "
            f"lab run {record.task} --config {word(run.folder / RECORD)}{flags(record.config)}",
        )
    return run


def _check_length(steps: int | None, record: RunRecord) -> None:
    """Raises UsageError where a run that is to go on has got as far as ``steps``, or, without any, is complete."""
    if steps is not None and steps < 1:
        raise UsageError(f"--steps is {steps}; at least 1 is expected.")
    done, unit = record.step, record.step_unit
    longer = f"lab resume {in_command(record)} --steps {record.budget_steps if record.budget_steps > done else 2 * done}"
    if steps is not None and steps <= done:
        raise UsageError(f"Run {record.id} has been trained for {done:,} {unit}; --steps {steps} is not more in all.", longer)
    if steps is None and record.status == "completed" and done >= record.budget_steps:
        raise UsageError(f"Run {record.id} already has its {done:,} {unit}.", f"To train on: {longer}")


def _train(job: _Job, observers: Watchers, stop: Stop) -> Outcome:
    spec, run, task, config, benchmark, record = job.spec, job.run, job.task, job.config, job.benchmark, job.run.record
    steps = (record.budget_steps if spec.steps is None else spec.steps) if spec.resume else config.steps
    context = Context(
        seed=record.seed,
        device=devices.resolve_device(record.device),
        precision=record.precision,
        threads=record.threads,
        folder=run.folder,
    )
    prepare(task, device=context.device, threads=context.threads)
    seed_globals(context, record.step if spec.resume else 0)
    assert task.trainer is not None
    trainer_type = cast(type[Trainer[Any]], load_object(task.trainer, what=f"Task {task.id}"))
    memory = check_memory(trainer_type, config, resuming=bool(spec.resume))
    budget = Budget(steps=steps, seconds=spec.seconds, score=config.stop_at_score)
    trainer = trainer_type(task, config, context)
    try:
        run.update(
            config=to_dict(config),
            changed={**record.changed, **spec.changed} if spec.resume else record.changed,
            budget_steps=budget.steps,
            budget_seconds=_time_limit(spec, record),
            memory_bytes=memory.need,
            parameters=dict(trainer.parameters()),
            error=None,
        )
        watching = observers(run, task, benchmark)
        selector = _selector(benchmark, config, context)
        loop = Loop(run, trainer, observers=watching, selector=selector, stop=stop, scored_later=job.is_scored)
        for line in config.remarks():
            loop.say(line)
        if spec.resume:
            loop.restore()
            if config.steps != job.planned:
                loop.say(f"Schedules that last as long as the training end at {config.steps:,} {record.step_unit} now.")
            for name, value in spec.changed.items():
                loop.say(f"{name} is {value} from {record.step:,} {record.step_unit} on; it was {record.config.get(name)}.")
        return loop.train(budget)
    finally:
        trainer.close()


def _time_limit(spec: JobSpec, record: RunRecord) -> float | None:
    """Wall seconds, over all processes of the run, at which its time is up: what was given for each part, added up."""
    if spec.seconds is None:
        return None
    earlier = record.budget_seconds if record.status == "completed" else None
    return spec.seconds + (record.wall_seconds if earlier is None else earlier)


def _selector(benchmark: Benchmark | None, config: TrainConfig, context: Context) -> Selector | None:
    if benchmark is None or not config.selection_every:
        return None
    seed = context.integer("selection")

    def score(model: Model) -> Evaluation:
        protocol = benchmark.selection_protocol
        return evaluate(benchmark, model, protocol=protocol, count=config.selection_count, seed=seed, purpose="selection")

    return Selector(score, benchmark.score, config.selection_every)
