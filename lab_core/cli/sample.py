"""``lab sample``: what a model makes of nothing but a seed."""

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from lab_core.cli import complete
from lab_core.cli.common import Import, Json, RunsDir, emit, model_choice, registry, say
from lab_core.errors import UsageError
from lab_core.imports import allow

if TYPE_CHECKING:
    from lab_core.model import Sample
    from lab_core.target import Target

Out = Annotated[
    str | None,
    typer.Option(metavar="FILE|DIR/", help=".png, .npz or a folder of numbered pictures.", show_default="samples-TASK-seedN.png"),
]
With = Annotated[
    list[str] | None,
    typer.Option("--with", metavar="KEY=VALUE", help="What to ask of the model; repeatable."),
]
_COUNT = 64


def sample(
    target: Annotated[
        str,
        typer.Argument(
            metavar="RUN|TASK",
            autocompletion=complete.runs_and_tasks,
            help="A run, a task (its best run), TASK@pretrained, or a model's folder.",
        ),
    ],
    count: Annotated[int | None, typer.Option(help="How many.", min=1, show_default="64, of texts 1")] = None,
    seed: Annotated[int, typer.Option(help="Root of what is drawn; the same seed, the same samples.", min=0, max=2**31 - 1)] = 0,
    out: Out = None,
    pairs: With = None,
    label: Annotated[str | None, typer.Option(help="Class to draw: its number or its name.")] = None,
    columns: Annotated[int | None, typer.Option(help="Columns of the grid; nearly square without it.", min=1)] = None,
    scale: Annotated[
        int | None, typer.Option(help="Enlarge by this whole factor; up to about 900 pixels without it.", min=1, max=64)
    ] = None,
    model: Annotated[str, typer.Option("--model", help="best or last.")] = "best",
    device: Annotated[str, typer.Option(help="auto, cpu, gpu or gpu:N.")] = "auto",
    imports: Import = None,
    runs_dir: RunsDir = Path("runs"),
    json: Json = False,
) -> None:
    """Draw samples from a model: a grid, numbered pictures, an array; a text goes to standard output."""
    from lab_core.model import Kind
    from lab_core.sampling.models import classes_of, open_sampler, read_options
    from lab_core.target import find_target

    which = model_choice(model)
    allow(*(imports or ()))
    found = find_target(target, runs_dir, registry(), which=which, say=say)
    opened = open_sampler(found, device=device)
    options = read_options(opened, pairs or (), label, lambda: classes_of(opened, registry()))
    about = _about(found, seed, options)
    if opened.produces == Kind.TEXT:
        written = _texts(opened, about, count or 1, out, json=json)
    else:
        written = _grid(opened, about, count or _COUNT, out, columns, scale, json=json)
    if json:
        emit({**about, "files": [str(path) for path in written]})


def _about(found: "Target", seed: int, options: Any) -> dict[str, Any]:
    """What decided the samples, for ``--json`` and samples.json."""
    from lab_core.run import load_model_info

    info = load_model_info(found.folder)
    return {"model": found.label, "task": found.task.id, "run": info.run, "step": info.step, "seed": seed, "options": options}


def _grid(
    model: "Sample", about: dict[str, Any], count: int, out: str | None, columns: int | None, scale: int | None, *, json: bool
) -> list[Path]:
    from lab_core import pictures
    from lab_core.cli import sample_files as files
    from lab_core.sampling.models import draw

    name = out or f"samples-{about['task']}-seed{about['seed']}.png"
    form = files.form_of(name, ("picture", "folder", "array"), what="Samples")
    if form != "picture" and (columns is not None or scale is not None):
        raise UsageError("--columns and --scale are for a grid.", "Name a picture with --out: grid.png")
    images = draw(model, count, seed=about["seed"], options=about["options"], watch=lambda items: _watched(items, count))
    about["count"] = count
    path = Path(name)
    if form == "folder":
        written = files.write_folder(path, images, about)
        say(f"samples    {path}/  ({count} pictures, samples.json)")
        return written
    if form == "array":
        files.write_array(path, images)
    else:
        whole = pictures.grid(images, columns=columns)
        files.write_picture(path, whole, scale)
        if out is None and not json:
            files.show_in_terminal(whole)
    say(f"samples    {path}")
    return [path]


def _texts(model: "Sample", about: dict[str, Any], count: int, out: str | None, *, json: bool) -> list[Path]:
    from lab_core.cli import sample_files as files
    from lab_core.sampling.models import draw_texts

    form = files.form_of(out, ("text", "folder"), what="Texts") if out else None
    texts: list[str] = []
    for number, chunks in enumerate(draw_texts(model, count, seed=about["seed"], options=about["options"])):
        stream = form is None and not json
        if stream and number:
            print()
        parts: list[str] = []
        for chunk in chunks:
            parts.append(chunk)
            if stream:
                print(chunk, end="", flush=True)
        texts.append("".join(parts))
        if stream and not texts[-1].endswith("\n"):
            print()
    about["count"] = count
    if out is None or form is None:
        about["texts"] = texts
        return []
    path = Path(out)
    if form == "folder":
        written = files.write_texts(path, texts, about)
    else:
        files.write_text(path, "\n".join(text if text.endswith("\n") else text + "\n" for text in texts))
        written = [path]
    say(f"samples    {path}")
    return written


def _watched(items: Iterable[Any], total: int) -> Iterable[Any]:
    """The items with a progress bar on standard error, where that is a terminal."""
    from rich.console import Console
    from rich.progress import track

    console = Console(stderr=True)
    return track(items, "sampling", total=total, console=console, transient=True, disable=not console.is_terminal)
