"""``lab run`` and ``lab resume``."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from lab_app.cli import any_case, complete
from lab_app.cli.common import Import, Json, RunsDir, command_line, display_place, emit, registry, say, seconds
from lab_app.cli.output import runnable
from lab_app.display.choice import On as DisplayOn
from lab_core.errors import UsageError, word
from lab_core.imports import allow, flags, typed_in

if TYPE_CHECKING:
    from lab_app.observers.setup import Watchers
    from lab_core.registry.registry import Registry
    from lab_core.task import Task
    from lab_core.training.job import JobResult
    from lab_core.training.spec import JobSpec

Set = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="KEY=VALUE", help="Change a setting; repeatable.", autocompletion=complete.settings),
]
Time = Annotated[str | None, typer.Option("--time", metavar="TIME", help="Stop after this wall time: 90s, 10m, 1.5h.")]
Display = Annotated[bool, typer.Option("--display", help="Show the newest model at work while it learns.")]
DisplayWhere = Annotated[
    str, typer.Option("--display-on", help="window, terminal, web, or auto.", autocompletion=complete.places)
]
VideoBest = Annotated[
    bool, typer.Option("--video-best", help="Record a video of a greedy episode of each new best model in the run's media/.")
]
Observers = Annotated[
    list[str] | None,
    typer.Option("--observer", metavar="MODULE:FUNCTION", help="Observer of your own that watches the training; repeatable."),
]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="No progress, only the result.")]
Eval = Annotated[bool, typer.Option("--eval/--no-eval", help="Score the best model at the end.")]


def run(
    task_id: Annotated[
        str, typer.Argument(metavar="TASK", callback=any_case.task, autocompletion=complete.tasks, help="See lab list.")
    ],
    preset: Annotated[
        str | None,
        typer.Option(help="Named settings of the task; see lab info.", show_default="default", autocompletion=complete.presets),
    ] = None,
    overrides: Set = None,
    config: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="Settings between preset and --set: JSON, TOML or a run's run.json; see lab info --show-config."
        ),
    ] = None,
    steps: Annotated[int | None, typer.Option(help="Length of the training and of its schedules.")] = None,
    time: Time = None,
    seed: Annotated[int, typer.Option(help="Root of every random stream.", min=0, max=2**31 - 1)] = 0,
    seeds: Annotated[
        str | None,
        typer.Option(metavar="N", help="Run a sweep over seeds: 5 (0 to 4), 3-7, or 1,4,9; side by side as cores allow."),
    ] = None,
    device: Annotated[str, typer.Option(help="auto, cpu, gpu or gpu:N.", autocompletion=complete.devices)] = "auto",
    precision: Annotated[str, typer.Option(help="auto, float32 or bfloat16.", autocompletion=complete.precisions)] = "auto",
    threads: Annotated[int | None, typer.Option(help="Processor threads; all cores by default.", min=1)] = None,
    display: Display = False,
    display_on: DisplayWhere = "auto",
    video_best: VideoBest = False,
    evaluate: Eval = True,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show settings, memory and time, and stop.")] = False,
    observers: Observers = None,
    imports: Import = None,
    quiet: Quiet = False,
    runs_dir: RunsDir = Path("runs"),
    json: Json = False,
) -> None:
    """Train a task, keep its best model, score it."""
    from lab_app.cli.settings_file import read_settings
    from lab_core.config import changed, resolve, to_dict
    from lab_core.registry.registry import config_type
    from lab_core.training.spec import JobSpec

    if task_id.endswith("@pretrained"):
        raise UsageError(f"{task_id} is a trained model.", f"Watch it: lab play {task_id}")
    task = registry().task(task_id)
    if task.trainer is None:
        raise UsageError(f"Task {task_id} has nothing to train.", at_once(task, registry()))
    kind = config_type(task)
    allow(*(imports or ()), *typed_in(overrides or ()))
    given = read_settings(config, kind) if config is not None else None
    if given is not None and given.task not in (None, task_id):
        raise UsageError(
            f"Config file {config} is of task {given.task}, not {task_id}.", f"lab run {given.task} --config {word(config)}"
        )
    if preset is None:
        preset = (given.preset if given is not None else None) or "default"
    layers = [task.preset(preset), given.settings if given is not None else {}]
    if steps is not None:
        if any(text.partition("=")[0].strip() == "steps" for text in overrides or ()):
            raise UsageError("--steps and --set steps= both say how long to train.", "Give one of them.")
        if steps < 1:
            raise UsageError(f"--steps is {steps}; at least 1 is expected.")
        layers.append({"steps": steps})
    settings = resolve(kind, *layers, overrides=overrides or ())
    named = {text.partition("=")[0].strip() for text in overrides or ()}
    named |= set[str]() if given is None else set(given.settings)
    if task.parameter and task.parameter not in named and not (quiet or json):
        value = word(str(getattr(settings, task.parameter)))
        say(f"{task_id} uses {task.parameter}={value}, its default. Another one: --set {task.parameter}=...")
    spec = JobSpec(
        task=task_id,
        preset=preset,
        config=to_dict(settings),
        changed={key: value for key, value in changed(settings, task.preset(preset)).items() if key != "steps"},
        seed=seed,
        device=device,
        precision=precision,
        threads=threads,
        runs_dir=str(runs_dir),
        seconds=seconds(time),
        evaluate=evaluate,
        command=command_line(),
    )
    if seeds is not None:
        _over_seeds(spec, seeds, display=display or display_on != "auto" or video_best, dry_run=dry_run, json=json)
        return
    if dry_run:
        from lab_app.cli.plan import show_plan

        show_plan(spec, registry(), json=json)
        return
    watchers = _watchers(_display(display, display_on), observers, video_best=video_best, quiet=quiet or json)
    _execute(spec, watchers, quiet=quiet or json, json=json)


def _over_seeds(spec: "JobSpec", seeds: str, *, display: bool, dry_run: bool, json: bool) -> None:
    """The same run under several seeds, as a sweep."""
    from lab_app.cli.sweep import start
    from lab_app.sweeping.jobs import over_seeds, read_seeds
    from lab_app.sweeping.sweep import new_name

    if spec.seed:
        raise UsageError("--seed and --seeds exclude each other.", f"One seed of your choice: --seeds {spec.seed}-{spec.seed}")
    if display:
        raise UsageError(
            "Runs side by side can't be shown or recorded as videos.", "Leave out --display and --video-best, or --seeds."
        )
    name = new_name()
    specs = over_seeds(spec, read_seeds(seeds), name=name)
    start(name, specs, Path(spec.runs_dir), threads=spec.threads, dry_run=dry_run, json=json)


def at_once(task: "Task", known: "Registry") -> str:
    """How a task without a trainer is used."""
    from lab_core.config import resolve
    from lab_core.registry.registry import config_type

    benchmark = known.benchmark_of(task, resolve(config_type(task), task.preset("default")))
    verb = benchmark.needs if benchmark is not None else "apply"
    command = {"act": f"lab play {task.id}", "sample": f"lab sample {task.id}"}.get(verb, f"lab apply {task.id} INPUT")
    return f"It is ready at once: {command}{f', and lab eval {task.id} to score it' if benchmark is not None else ''}"


def resume(
    target: Annotated[str, typer.Argument(metavar="RUN|SWEEP", callback=any_case.target, autocompletion=complete.runs_and_tasks)],
    steps: Annotated[int | None, typer.Option(help="New length in all; the schedules end there, too.", max=2**53)] = None,
    time: Time = None,
    overrides: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="Change the learning rate or its schedule from here on; repeatable."),
    ] = None,
    display: Display = False,
    display_on: DisplayWhere = "auto",
    video_best: VideoBest = False,
    evaluate: Eval = True,
    observers: Observers = None,
    imports: Import = None,
    quiet: Quiet = False,
    runs_dir: RunsDir = Path("runs"),
    json: Json = False,
) -> None:
    """Continue a run from its newest complete checkpoint, or score one that is trained and has no score yet."""
    from lab_app.runs.target import find_resumable
    from lab_app.sweeping import sweep as sweeps
    from lab_core.config import parse_overrides
    from lab_core.registry.registry import config_type
    from lab_core.training.spec import JobSpec

    allow(*(imports or ()))
    if sweeps.is_sweep(target, runs_dir):
        from lab_app.cli.sweep import carry_out

        if steps is not None or time is not None or overrides:
            raise UsageError(f"{target} is a sweep; lengths and settings of its runs are fixed.", f"lab resume {target}")
        carry_out(sweeps.load(target, runs_dir), runs_dir, json=json)
        return
    found = find_resumable(target, runs_dir, registry(), say=say)
    changed: dict[str, Any] = {}
    if overrides:
        task = registry().stored_task(found.record.task, found.record.plugin, f"Run {found.record.id}")
        changed = parse_overrides(config_type(task), overrides)
    spec = JobSpec(
        task=found.record.task,
        changed=changed,
        resume=str(found.folder),
        runs_dir=str(found.runs_dir),
        steps=steps,
        seconds=seconds(time),
        evaluate=evaluate,
        command=command_line(),
    )
    watchers = _watchers(_display(display, display_on), observers, video_best=video_best, quiet=quiet or json)
    _execute(spec, watchers, quiet=quiet or json, json=json)


def _watchers(display: DisplayOn | None, observers: list[str] | None, *, video_best: bool, quiet: bool) -> "Watchers":
    from lab_app.observers.plugins import named
    from lab_app.observers.setup import Watchers

    makers = [*registry().observers(), *named(observers or ())]
    return Watchers(display=display, video_best=video_best, quiet=quiet, makers=makers)


def _execute(spec: "JobSpec", watchers: "Watchers", *, quiet: bool, json: bool) -> None:
    from lab_app.cli.reports import EvaluationBar
    from lab_app.runs.process import document
    from lab_core.training.job import execute

    if not quiet and sys.stderr.isatty():
        say("Loading the libraries and building the model ...")
    try:
        result = execute(spec, registry(), observers=watchers.make, progress=EvaluationBar(quiet=quiet))
    finally:
        watchers.finish()
    if json:
        emit(document(result))
    else:
        _report(result)
    if result.outcome.status == "interrupted":
        raise typer.Exit(130)


def _report(result: "JobResult") -> None:
    from lab_app.cli.reports import detail_lines, evaluation_line
    from lab_app.cli.verdict import verdict
    from lab_app.results.results import find_benchmark

    record = result.run.record
    print(f"run        {record.id}")
    print(f"trained    {result.outcome.step:,} {record.step_unit}, stopped by: {result.outcome.reason}")
    if record.best_score is not None:
        print(f"selected   step {record.best_step:,} (selection score {record.best_score:g})")
    if result.evaluation is not None:
        benchmark = find_benchmark(result.evaluation.benchmark, result.evaluation.protocol, registry())
        print(f"score      {evaluation_line(result.evaluation, benchmark)}")
        for line in detail_lines(result.evaluation):
            print(line)
        if found := verdict(result.evaluation, benchmark, registry()):
            print(f"verdict    {found}")
    if (result.run.folder / "report.html").is_file():
        print(f"report     {result.run.folder / 'report.html'}")
    if result.outcome.status == "interrupted":
        print(runnable(f"resume     lab resume {_shown(result)}"))
    else:
        print(runnable(f"watch      lab play {_shown(result)}"))
        needs = (record.benchmark or {}).get("needs")
        if needs in ("sample", "apply"):
            print(runnable(f"{needs:11}lab {needs} {_shown(result)}{' INPUT' if needs == 'apply' else ''}"))


def _shown(result: "JobResult") -> str:
    """The run as the next command needs it: its id, then --runs-dir and --import where they are needed."""
    record, folder = result.run.record, result.run.runs_dir
    parts = [word(record.id)] if folder == Path("runs") else [word(record.id), f"--runs-dir {word(folder)}"]
    return " ".join(parts) + flags(record.config)


def _display(wanted: bool, where: str) -> DisplayOn | None:
    place = display_place(where)
    return place if wanted or place != "auto" else None
