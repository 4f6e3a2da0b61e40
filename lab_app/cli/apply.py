"""``lab apply``: a model on inputs of any kind."""

from pathlib import Path
from typing import Annotated

import typer

from lab_app.cli import any_case, complete
from lab_app.cli.common import Import, Json, RunsDir, emit, model_choice, registry, say
from lab_core.errors import UsageError
from lab_core.imports import allow


def apply(
    target: Annotated[
        str,
        typer.Argument(
            metavar="RUN|TASK|MODEL",
            callback=any_case.target,
            autocompletion=complete.runs_and_tasks,
            help="A run, a task (its best run), TASK@pretrained, a model's folder, or a task without a trainer.",
        ),
    ],
    inputs: Annotated[
        list[str] | None,
        typer.Argument(metavar="[INPUT...|-]", help="Files, folders, patterns, texts; - is standard input."),
    ] = None,
    out: Annotated[
        str | None, typer.Option(metavar="DIR/|FILE", help="Where results go; texts to standard output by default.")
    ] = None,
    pairs: Annotated[
        list[str] | None, typer.Option("--with", metavar="KEY=VALUE", help="Option of the model; repeatable.")
    ] = None,
    overrides: Annotated[
        list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="Setting of a task without a trainer; repeatable.")
    ] = None,
    goal: Annotated[
        Path | None, typer.Option("--target", metavar="DIR|FILE", help="Expected results, shown beside the results.")
    ] = None,
    watch: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Apply files as they arrive in a folder, until Ctrl-C.")
    ] = None,
    whole: Annotated[bool, typer.Option("--whole", help="A text file is one item, not one item per line.")] = False,
    form: Annotated[str, typer.Option("--format", help="Format of images in a folder of results: png, jpg or webp.")] = "png",
    distances: Annotated[
        bool, typer.Option("--distances", help="Print the distances between the result vectors as a matrix.")
    ] = False,
    fps: Annotated[float, typer.Option(help="Frames per second of a video of the results.", min=1, max=60)] = 25.0,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace earlier results; inputs are never replaced.")] = False,
    options: Annotated[bool, typer.Option("--options", help="Show the options that --with can set, and stop.")] = False,
    model: Annotated[str, typer.Option("--model", help="best or last.")] = "best",
    device: Annotated[str, typer.Option(help="auto, cpu, gpu or gpu:N.", autocompletion=complete.devices)] = "auto",
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress on standard error.")] = False,
    imports: Import = None,
    runs_dir: RunsDir = Path("runs"),
    json: Json = False,
) -> None:
    """Apply a model to files, folders or texts: translate, restore, classify, forecast ..."""
    which = model_choice(model)
    allow(*(imports or ()))
    if form not in ("png", "jpg", "webp"):
        raise UsageError(f"--format is {form!r}.", "Choose png, jpg or webp.")
    if options:
        from lab_app.applying.options import listed

        for line in listed(target, runs_dir, registry(), say=say):
            print(line)
        return
    from lab_app.applying.applying import Request
    from lab_app.applying.applying import apply as run
    from lab_app.applying.opening import open_applier

    opened = open_applier(
        target, runs_dir, registry(), which=which, overrides=overrides or (), pairs=pairs or (), device=device, say=say
    )
    done = run(
        Request(
            model=opened.model, options=opened.options, label=opened.label, task=opened.task, plugin=opened.plugin,
            about=opened.about, inputs=inputs or (), out=out, target=goal, watch=watch, whole=whole, form=form, fps=fps,
            overwrite=overwrite, distances=distances, json=json, quiet=quiet,
        ),
        say=say,
    )  # fmt: skip
    if json:
        emit(done.document)
    if done.failures:
        raise typer.Exit(1)
