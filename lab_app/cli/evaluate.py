"""``lab eval``: a reported score."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lab_app.cli import any_case, complete
from lab_app.cli.common import Import, Json, RunsDir, command_line, emit, model_choice, registry, say
from lab_core.errors import LabError
from lab_core.imports import allow

if TYPE_CHECKING:
    from lab_core.benchmark import Benchmark
    from lab_core.evaluator import Evaluation

Video = Annotated[Path | None, typer.Option(metavar="FILE", help="Also record a video of the model: .mp4 or .gif.")]


def evaluate(
    target: Annotated[str, typer.Argument(metavar="RUN|TASK", callback=any_case.target, autocompletion=complete.runs_and_tasks)],
    protocol: Annotated[
        str | None, typer.Option(help="Named protocol of the benchmark; see lab info.", autocompletion=complete.protocols)
    ] = None,
    count: Annotated[
        int | None, typer.Option(help="Number of episodes or samples; the protocol's by default.", max=1_000_000_000)
    ] = None,
    seed: Annotated[int, typer.Option(help="Root of the evaluation's seeds.", min=0, max=2**31 - 1)] = 0,
    model: Annotated[str, typer.Option("--model", help="best or last.")] = "best",
    overrides: Annotated[
        list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="Setting of a task without a trainer; repeatable.")
    ] = None,
    video: Video = None,
    table: Annotated[
        int, typer.Option(metavar="N", help="Also print source, reference and output of the first N items; text only.", min=0)
    ] = 0,
    follow: Annotated[
        bool, typer.Option("--follow", help="Score the model of each new checkpoint while the run is trained elsewhere.")
    ] = False,
    device: Annotated[str, typer.Option(help="auto, cpu, gpu or gpu:N.", autocompletion=complete.devices)] = "auto",
    imports: Import = None,
    runs_dir: RunsDir = Path("runs"),
    json: Json = False,
) -> None:
    """Score a model on its task's benchmark and keep the score with the run."""
    from lab_app.cli.reports import EvaluationBar
    from lab_app.results.untrained import run_of
    from lab_app.runs.store import Store
    from lab_app.runs.target import find_target, open_target
    from lab_core.runs.model_folder import load_model_info
    from lab_core.training.evaluation import evaluate as score

    which = model_choice(model)
    allow(*(imports or ()))
    if follow:
        from lab_app.cli.follow import follow_run

        follow_run(target, runs_dir, protocol=protocol, count=count, seed=seed, device=device, json=json)
        return
    found = find_target(target, runs_dir, registry(), which=which, overrides=overrides or (), say=say)
    if found.benchmark is None:
        raise LabError(f"Task {found.task.id} has no benchmark, so it can't be scored.")
    found.benchmark.protocol(protocol)
    if found.folder is None:
        found = run_of(found, runs_dir, registry(), device=device, command=command_line())
        assert found.benchmark is not None
    loaded = open_target(found, device=device)
    result = score(found.benchmark, loaded, protocol=protocol, count=count, seed=seed, progress=EvaluationBar(quiet=json))
    if video is not None:
        from lab_app.display.watching import film

        film(found, loaded, video, protocol=result.protocol, seed=seed)
        say(f"video      {video}")
    lines: list[str] = []
    if table:
        from lab_app.cli.example_table import example_table

        lines = example_table(found.benchmark, loaded, table)
    if json:
        emit(
            {
                "target": found.label,
                "benchmark": result.benchmark,
                "protocol": result.protocol,
                "evaluation": result,
                "scores": result.scores,
            }
        )
    else:
        print("\n".join([*lines, found.label]))
        _print(result, found.benchmark)
    if found.run is not None and found.folder is not None:  # last: a disk that refuses must not hide the score
        sys.stdout.flush()
        found.run.add_evaluation(result, model=found.which, step=load_model_info(found.folder).step)
        if found.which == "best" and count is None and result.protocol == found.benchmark.default_protocol:
            found.run.complete()
        Store(found.run.runs_dir).record(found.run)


def _print(result: "Evaluation", benchmark: "Benchmark") -> None:
    from lab_app.cli.reports import detail_lines, evaluation_line

    if benchmark.needs == "act":
        best = max(result.scores)
        print(f"Best reward : {best:g}  ({result.scores.count(best)} of {len(result.scores)})")
    print(evaluation_line(result, benchmark))
    for line in detail_lines(result):
        print(line)
    normalised = benchmark.score.normalise(result.value)
    if normalised is not None:
        reference = benchmark.score.reference_name or "reference"
        print(f"{100 * normalised:.0f} % of the way from random to {reference}")
