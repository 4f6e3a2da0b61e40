"""One run, from a plain description to a trained and scored model.

``python -m lab_core.training.job SPEC.json`` executes a :class:`JobSpec` in a process of its own and prints a JSON document; the
command line calls :func:`execute` directly.
"""

import sys
import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, cast

import msgspec

from lab_core.benchmark import Benchmark
from lab_core.config import TrainConfig, from_dict, to_dict
from lab_core.context import Context
from lab_core.errors import LabError, UsageError
from lab_core.evaluator import Evaluation, Tick
from lab_core.files import remove_tree
from lab_core.imports import load_object
from lab_core.machine import devices
from lab_core.machine.versions import library_versions, machine, plugin_version
from lab_core.model import Model
from lab_core.registry.discovery import discover
from lab_core.registry.registry import Registry, config_type
from lab_core.runs.model_folder import load_model_info
from lab_core.runs.opening import load_model, prepare, ready_model
from lab_core.runs.run import PERSON, Run, RunRecord
from lab_core.runs.store import Store
from lab_core.task import Task
from lab_core.trainer import Trainer
from lab_core.training.evaluation import evaluate
from lab_core.training.loop import Budget, Loop, Observer, Outcome, Selector, Stop
from lab_core.training.memory import check_memory
from lab_core.training.spec import JobSpec


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """What a job left: its run, how training ended, and the reported evaluation if there was one."""

    run: Run
    outcome: Outcome
    evaluation: Evaluation | None


def execute(
    spec: JobSpec,
    registry: Registry,
    *,
    observers: Callable[[Run, Task, Benchmark | None], Sequence[Observer]] = lambda run, task, benchmark: (),
    progress: Tick | None = None,
    stop: Stop | None = None,
) -> Result:
    """Train (or go on with) one run, select and keep its best model, score it, and record all of it.

    A task without a trainer has its model made from its config, kept and scored: a completed run of no steps.

    ``observers`` makes the watchers once the run's folder exists; ``progress`` follows the final evaluation. A failure
    is written into the run before it is raised; an exception from a plugin becomes a LabError that names the plugin.
    """
    run = _open(spec, registry) if spec.resume else _create(spec, registry)
    record = run.record
    task = registry.task(record.task)
    store = Store(run.runs_dir)
    with run.lock():
        try:
            with _blame(registry.plugin_of(task.id), run):
                if task.trainer is None:
                    result = _keep(spec, registry, run, task, progress)
                else:
                    result = _train(spec, registry, run, task, observers, progress, stop or Stop())
        except BaseException as error:
            status = "interrupted" if isinstance(error, KeyboardInterrupt) else "failed"
            text = str(error) or type(error).__name__
            if isinstance(error, UsageError) and run.record.status != "running":  # refused before it began
                if run.record.status == "created":
                    remove_tree(run.folder)  # nothing to keep
                raise
            with suppress(LabError):  # a full disk must not hide what happened
                run.update(status=status, error=text)
            raise
        finally:
            if run.folder.is_dir():
                store.record(run)
    return result


def _create(spec: JobSpec, registry: Registry) -> Run:
    task = registry.task(spec.task)
    config = from_dict(config_type(task), spec.config)
    device = devices.resolve_device(spec.device)
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
    return Run.create(Path(spec.runs_dir), record)


def _keep(spec: JobSpec, registry: Registry, run: Run, task: Task, progress: Tick | None) -> Result:
    """A run of a task without a trainer: its model, and its score."""
    record = run.record
    config = from_dict(config_type(task), record.config)
    device = devices.resolve_device(record.device)
    prepare(task, device=device, threads=record.threads)
    start = time.monotonic()
    model = ready_model(task, config, device=device)
    for which in ("best", "last"):
        run.save_model(which, model, step=0)
    outcome = Outcome("completed", 0, time.monotonic() - start, "nothing to train")
    run.update(status="completed", wall_seconds=outcome.wall_seconds)
    benchmark = registry.benchmark_of(task, config)
    evaluation = None
    if spec.evaluate and benchmark is not None:
        evaluation = evaluate(benchmark, model, seed=record.seed, progress=progress)
        run.add_evaluation(evaluation, step=0)
    return Result(run=run, outcome=outcome, evaluation=evaluation)


def _open(spec: JobSpec, registry: Registry) -> Run:
    assert spec.resume is not None
    run = Run.open(Path(spec.resume))
    if run.record.task == PERSON:
        raise UsageError(f"Run {run.record.id} was played by a person: there is nothing to go on with.")
    if registry.task(run.record.task).trainer is None:
        raise UsageError(f"Run {run.record.id} has nothing to train.", f"Score it: lab eval {run.record.id}")
    _check_length(spec.steps, run.record)
    return run


def _check_length(steps: int | None, record: RunRecord) -> None:
    """Raises UsageError where a run that is to go on has got as far as ``steps``, or, without any, is complete."""
    if steps is not None and steps < 1:
        raise UsageError(f"--steps is {steps}; at least 1 is expected.")
    done, unit = record.step, record.step_unit
    longer = f"lab resume {record.id} --steps {record.budget_steps if record.budget_steps > done else 2 * done}"
    if steps is not None and steps <= done:
        raise UsageError(f"Run {record.id} has been trained for {done:,} {unit}; --steps {steps} is not more in all.", longer)
    if steps is None and record.status == "completed" and done >= record.budget_steps:
        raise UsageError(f"Run {record.id} already has its {done:,} {unit}.", f"To train on: {longer}")


def _train(
    spec: JobSpec,
    registry: Registry,
    run: Run,
    task: Task,
    observers: Callable[[Run, Task, Benchmark | None], Sequence[Observer]],
    progress: Tick | None,
    stop: Stop,
) -> Result:
    record = run.record
    config = from_dict(config_type(task), record.config)
    benchmark = registry.benchmark_of(task, config)
    context = Context(
        seed=record.seed,
        device=devices.resolve_device(record.device),
        precision=record.precision,
        threads=record.threads,
        folder=run.folder,
    )
    prepare(task, device=context.device, threads=context.threads)
    assert task.trainer is not None
    trainer_type = cast(type[Trainer[Any]], load_object(task.trainer, what=f"Task {task.id}"))
    memory = check_memory(trainer_type, config, resuming=bool(spec.resume))
    budget = Budget(
        steps=(record.budget_steps if spec.steps is None else spec.steps) if spec.resume else config.steps,
        seconds=spec.seconds,
        score=config.stop_at_score,
    )
    trainer = trainer_type(task, config, context)
    try:
        run.update(budget_steps=budget.steps, budget_seconds=_time_limit(spec, record), memory_bytes=memory.need, error=None)
        watching = observers(run, task, benchmark)
        selector = _selector(benchmark, config, context)
        loop = Loop(run, trainer, observers=watching, selector=selector, stop=stop)
        if spec.resume:
            loop.restore()
        outcome = loop.train(budget)
    finally:
        trainer.close()
    evaluation = None
    if spec.evaluate and benchmark is not None and outcome.status == "completed":
        model = load_model(task, run.model_folder("best"), device=context.device)
        evaluation = evaluate(benchmark, model, seed=record.seed, progress=progress)
        run.add_evaluation(evaluation, step=load_model_info(run.model_folder("best")).step)
    return Result(run=run, outcome=outcome, evaluation=evaluation)


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


class _blame:
    """Turns an exception of a plugin's code into a LabError that names the plugin; the traceback goes into the run."""

    def __init__(self, plugin: str, run: Run) -> None:
        self.plugin = plugin
        self.run = run

    def __enter__(self) -> None: ...

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        if error is None or isinstance(error, LabError) or not isinstance(error, Exception):
            return
        path = self.run.folder / "error.txt"
        where = f"The traceback is in {path}."
        try:
            path.write_text("".join(traceback.format_exception(error)))
        except OSError:
            where = ""
        raise LabError(f"Plugin {self.plugin!r} failed: {type(error).__name__}: {error}.", where) from error


def document(result: Result) -> Mapping[str, Any]:
    """A job's result as the JSON document that commands print."""
    return {
        "run": msgspec.to_builtins(result.run.record),
        "folder": str(result.run.folder),
        "outcome": {
            "status": result.outcome.status,
            "step": result.outcome.step,
            "wall_seconds": result.outcome.wall_seconds,
            "reason": result.outcome.reason,
        },
        "evaluation": msgspec.to_builtins(result.evaluation) if result.evaluation else None,
    }


def main(arguments: Sequence[str]) -> int:
    """Run the spec in the file named by the only argument; the exit code is the command line's."""
    if len(arguments) != 1:
        print("usage: python -m lab_core.training.job SPEC.json", file=sys.stderr)
        return 2
    try:
        spec = msgspec.json.decode(Path(arguments[0]).read_bytes(), type=JobSpec)
        registry, _ = discover()
        result = execute(spec, registry)
    except LabError as error:
        print(f"error: {error}", file=sys.stderr)
        return error.exit_code
    except (OSError, msgspec.ValidationError, msgspec.DecodeError) as error:
        print(f"error: {arguments[0]} is not a job: {error}", file=sys.stderr)
        return 2
    print(msgspec.json.encode(document(result)).decode())
    return 130 if result.outcome.status == "interrupted" else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
