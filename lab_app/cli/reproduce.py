"""``lab reproduce``: train again from a record, and say whether it comes out as recorded."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lab_app.cli import any_case, complete
from lab_app.cli.common import Import, Json, RunsDir, command_line, emit, registry, say, seconds
from lab_core.errors import LabError, UsageError
from lab_core.imports import allow

if TYPE_CHECKING:
    from lab_core.runs.run import Run
    from lab_core.score import Score
    from lab_core.training.spec import JobSpec


def reproduce(
    target: Annotated[
        str,
        typer.Argument(
            metavar="RUN|TASK|RECORD.json",
            callback=any_case.target,
            autocompletion=complete.runs_and_tasks,
            help="What was recorded.",
        ),
    ],
    seed: Annotated[int | None, typer.Option(help="Recorded seed to train again, or another.", min=0, max=2**31 - 1)] = None,
    time: Annotated[
        str | None, typer.Option("--time", metavar="TIME", help="Stop after this wall time and compare as far as that: 10m.")
    ] = None,
    run: Annotated[
        str | None, typer.Option("--run", metavar="RUN", help="Compare this run with the record instead of training.")
    ] = None,
    metric: Annotated[str | None, typer.Option(help="The metric whose curve is compared.")] = None,
    tolerance: Annotated[
        float, typer.Option(help="Half width of the band, as a share of the curve's height, if fewer than 3 runs are recorded.")
    ] = 0.25,
    plot: Annotated[Path | None, typer.Option(metavar="FILE", help="Draw both curves as .png, .pdf or .svg.")] = None,
    imports: Import = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress, only the result.")] = False,
    runs_dir: RunsDir = Path("runs"),
    json: Json = False,
) -> None:
    """Train again from a record: does the curve fall inside the recorded band? Exit code 1 if not."""
    from lab_app.cli.reproduce_page import print_reproduction, save_plot
    from lab_app.durations import duration
    from lab_app.records.lookup import alike, changes_since, find_records, job_of
    from lab_app.records.publish import summary
    from lab_app.records.reproduce import document, judge
    from lab_app.results import charts
    from lab_core.files import encode_json, write_atomic

    allow(*(imports or ()))
    if plot is not None:
        charts.check_path(plot)
    if not 0 < tolerance < 10:
        raise UsageError(f"--tolerance is {tolerance:g}; a share above 0 is expected, such as 0.25.")
    if run is not None and (time is not None or seed is not None):
        raise UsageError("--run compares an existing run; --time and --seed are for a new one.")
    records = find_records(target, runs_dir, registry(), say=say)
    held = None if run is None else _existing(run, records[0].task, runs_dir)
    wanted = seed if held is None else held.record.seed
    chosen = next((one for one in records if one.seed == wanted), records[0])
    changes = changes_since(chosen, registry())
    for line in changes:
        say(f"warning: {line}")
    warnings: list[str] = []
    if held is None:
        spec, warnings = job_of(
            chosen,
            registry(),
            runs_dir=runs_dir,
            seed=chosen.seed if wanted is None else wanted,
            seconds=seconds(time),
            command=command_line(),
        )
        for line in warnings:
            say(f"warning: {line}")
        say(f"{chosen.task}, preset {chosen.preset}, seed {spec.seed}: {duration(chosen.wall_seconds)} of training was recorded")
        held = _train(spec, quiet=quiet or json)
    task = registry().task(chosen.task)
    found = judge(
        records,
        summary(held, registry()),
        held.metrics.read(),
        _score_of(held),
        exact_expected=task.deterministic and not changes and alike(chosen, held),
        metric=metric,
        tolerance=tolerance,
        warnings=(*warnings, *changes),
    )
    write_atomic(held.folder / "reproduction.json", encode_json(document(found), indent=2))
    if plot is not None:
        save_plot(plot, found)
        say(f"plot       {plot}")
    if json:
        emit({**document(found), "run": held.record.id, "folder": str(held.folder)})
    else:
        print_reproduction(found)
    if not found.reproduced:
        raise typer.Exit(1)


def _train(spec: "JobSpec", *, quiet: bool) -> "Run":
    from lab_app.cli.reports import EvaluationBar
    from lab_app.observers.setup import Watchers
    from lab_core.runs.run import in_command
    from lab_core.training.job import execute

    watchers = Watchers(quiet=quiet, makers=registry().observers())
    result = execute(spec, registry(), observers=watchers.make, progress=EvaluationBar(quiet=quiet))
    if result.outcome.status == "interrupted":
        name = in_command(result.run.record)
        say(f"interrupted; continue with: lab resume {name}, then: lab reproduce RECORD --run {name}")
        raise typer.Exit(130)
    return result.run


def _existing(text: str, task: str, runs_dir: Path) -> "Run":
    from lab_app.runs.target import find_run
    from lab_core.runs.run import in_command

    run = find_run(text, runs_dir, registry(), say=say)
    if run.record.task != task:
        raise UsageError(f"Run {run.record.id} is of task {run.record.task}; the record is of {task}.")
    if run.record.step == 0:
        raise LabError(f"Run {run.record.id} has not been trained yet.", f"lab resume {in_command(run.record)}")
    return run


def _score_of(run: "Run") -> "Score | None":
    from lab_core.config import from_dict
    from lab_core.registry.registry import config_type

    task = registry().task(run.record.task)
    benchmark = registry().benchmark_of(task, from_dict(config_type(task), run.record.config))
    return benchmark.score if benchmark is not None else None
