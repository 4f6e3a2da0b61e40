"""``lab sample``: what a model makes of nothing but a seed."""

from pathlib import Path
from typing import Annotated, Any

import typer

from lab_app.cli import any_case, complete
from lab_app.cli.common import Import, Json, RunsDir, emit, model_choice, registry, say
from lab_core.errors import UsageError
from lab_core.imports import allow

Out = Annotated[
    str | None,
    typer.Option(
        metavar="FILE|DIR/",
        help=".png, .npz, a folder of numbered pictures; a walk also .mp4 or .gif.",
        show_default="samples-TASK-seedN.png",
    ),
]
With = Annotated[list[str] | None, typer.Option("--with", metavar="KEY=VALUE", help="Option of the model; repeatable.")]
Code = Annotated[
    list[str] | None,
    typer.Option("--code", metavar="NAME=LOW:HIGH", help="Sweep a numeric option, one column per value; up to two."),
]
Walk = Annotated[
    tuple[int, int] | None,
    typer.Option(
        "--interpolate", metavar="A B", help="Walk from sample A to sample B of the batch, numbered from 1, as a video."
    ),
]
Terms = Annotated[
    str | None,
    typer.Option(
        "--arithmetic",
        metavar="TERMS",
        help="Latent arithmetic on samples by number, such as '1,2,3 - 4,5,6 + 7,8,9': groups are averaged.",
    ),
]
_PARTS = {  # an option -> the way of sampling that it belongs to; "" is plain sampling
    "--columns": "",
    "--numbers": "",
    "--steps": "--code",
    "--frames": "--interpolate",
    "--fps": "--interpolate",
    "--nearest": "--neighbours",
}


def sample(
    target: Annotated[
        str,
        typer.Argument(
            metavar="RUN|TASK",
            callback=any_case.target,
            autocompletion=complete.runs_and_tasks,
            help="A run, a task (its best run), TASK@pretrained, or a model's folder.",
        ),
    ],
    count: Annotated[
        int | None,
        typer.Option(help="Number of samples; sample numbers refer to this batch.", min=1, show_default="64, of texts 1"),
    ] = None,
    seed: Annotated[
        int, typer.Option(help="Seed of the samples; the same seed gives the same samples.", min=0, max=2**31 - 1)
    ] = 0,
    out: Out = None,
    pairs: With = None,
    label: Annotated[str | None, typer.Option(help="Class to generate: its number or its name.")] = None,
    columns: Annotated[int | None, typer.Option(help="Columns of the grid; nearly square without it.", min=1)] = None,
    numbers: Annotated[bool, typer.Option("--numbers", help="Write its number under each sample.")] = False,
    scale: Annotated[
        int | None, typer.Option(help="Enlarge by this whole factor; up to about 900 pixels without it.", min=1, max=64)
    ] = None,
    code: Code = None,
    steps: Annotated[int | None, typer.Option(help="Values of a swept code.", min=2, max=100, show_default="10")] = None,
    interpolate: Walk = None,
    frames: Annotated[
        int | None, typer.Option(help="Frames of a walk.", min=2, max=2000, show_default="60 there and back; 10 as .png")
    ] = None,
    fps: Annotated[float | None, typer.Option(help="Frames a second.", min=1, max=60, show_default="20")] = None,
    arithmetic: Terms = None,
    neighbours: Annotated[
        bool,
        typer.Option("--neighbours", help="Show the nearest training images under each sample: has the model memorised them?"),
    ] = False,
    nearest: Annotated[int | None, typer.Option(help="Neighbours of each sample.", min=1, max=20, show_default="3")] = None,
    model: Annotated[str, typer.Option("--model", help="best or last.")] = "best",
    device: Annotated[str, typer.Option(help="auto, cpu, gpu or gpu:N.", autocompletion=complete.devices)] = "auto",
    imports: Import = None,
    runs_dir: RunsDir = Path("runs"),
    json: Json = False,
) -> None:
    """Draw samples from a model: a grid, numbered pictures, an array; a text goes to standard output.

    With --code, --interpolate, --arithmetic or --neighbours: examine what it has learnt."""
    given = {"--columns": columns, "--numbers": numbers or None, "--steps": steps, "--frames": frames, "--fps": fps}
    way = _way(
        {"--code": code, "--interpolate": interpolate, "--arithmetic": arithmetic, "--neighbours": neighbours},
        {**given, "--nearest": nearest},
    )
    which = model_choice(model)
    allow(*(imports or ()))
    from lab_app.cli import sample_ways as ways
    from lab_app.runs.target import find_target
    from lab_app.sampling.arithmetic import read_terms
    from lab_app.sampling.models import classes_of, open_sampler, read_options
    from lab_core.model import Kind

    terms = read_terms(arithmetic) if arithmetic is not None else []
    found = find_target(target, runs_dir, registry(), which=which, say=say)
    name = ways.file_name(way, found.task.id, seed, interpolate)
    if out is not None:
        ways.check_out(way, out)
    opened = open_sampler(found, device=device)
    options = read_options(opened, pairs or (), label, lambda: classes_of(opened, registry()))
    asked = ways.Asked(
        model=opened, registry=registry(), about=ways.about(found, seed, options), seed=seed, options=options,
        count=count, out=out, name=name, scale=scale, json=json,
    )  # fmt: skip
    if opened.produces == Kind.TEXT:
        if way or columns or numbers or scale:
            raise UsageError(f"{way or '--columns, --numbers and --scale'}: this model writes texts, not pictures.")
        written = ways.texts(asked)
    elif way == "--code":
        written = ways.sweep(asked, code or (), steps or 10)
    elif way == "--interpolate":
        assert interpolate is not None
        written = ways.walk(asked, interpolate, frames, fps)
    elif way == "--arithmetic":
        written = ways.reckon(asked, terms)
    elif way == "--neighbours":
        written = ways.copies(asked, nearest or 3)
    else:
        written = ways.plain(asked, columns, numbers)
    if json:
        emit({**asked.about, "files": [str(path) for path in written]})


def _way(ways: dict[str, Any], parts: dict[str, Any]) -> str:
    """The one way of sampling that is asked for, "" for plain; raises UsageError for options that don't belong together."""
    chosen = [name for name, value in ways.items() if value]
    if len(chosen) > 1:
        raise UsageError(f"{' and '.join(chosen)} don't go together.", "Give one of them.")
    way = chosen[0] if chosen else ""
    for name, value in parts.items():
        if value is not None and _PARTS[name] != way:
            raise UsageError(f"{name} belongs to {_PARTS[name] or 'a plain grid'}{f', not to {way}' if way else ''}.")
    return way
