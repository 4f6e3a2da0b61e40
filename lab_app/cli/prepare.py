"""``lab data make``, ``split``, ``combine``, ``clean``: preparing the user's own images. Commands of :mod:`lab_app.cli.data`."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer

from lab_app.cli.common import Json, emit, say
from lab_core.errors import UsageError

Folder = Annotated[Path, typer.Argument(metavar="DIR", help="Folder of images; sub-folders count.")]
Out = Annotated[Path, typer.Option("--out", metavar="DIR", help="A new or empty folder for the results.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="No progress on standard error.")]


def make(
    folder: Folder,
    out: Out,
    operation: Annotated[str, typer.Option(help="blur, grey, edges, blank, resize, crop or pad.")],
    size: Annotated[int, typer.Option(help="Side of the square that resize, crop and pad make, in pixels.")] = 0,
    factor: Annotated[int, typer.Option(help="blur: shrunk by this, then enlarged again.")] = 4,
    share: Annotated[float, typer.Option(help="blank: side of the square, as a share of the shorter side.")] = 0.3,
    quiet: Quiet = False,
    json: Json = False,
) -> None:
    """Make another version of every image: the other side of pairs, or images of one size. Inputs are not changed."""
    from lab_app.preparing.making import make as run
    from lab_app.preparing.operations import Sizes

    _report(run(folder, out, operation, Sizes(size=size, factor=factor, share=share), quiet=quiet), json=json, out=out)


def split(
    folder: Folder,
    out: Out,
    fractions: Annotated[str, typer.Option(help="Shares of train, validation and test.")] = "0.8,0.1,0.1",
    seed: Annotated[int, typer.Option(help="Seed of the random order.")] = 0,
    quiet: Quiet = False,
    json: Json = False,
) -> None:
    """Copy a folder's images into train, validation and test; pairs of one name stay together."""
    from lab_app.preparing.splitting import fractions_of
    from lab_app.preparing.splitting import split as run

    _report(run(folder, out, fractions_of(fractions), seed=seed, quiet=quiet), json=json, out=out)


def combine(
    first: Annotated[Path, typer.Argument(metavar="A", help="Folder of the left images.")],
    second: Annotated[Path, typer.Argument(metavar="B", help="Folder of the right images, of the same names.")],
    out: Out,
    quiet: Quiet = False,
    json: Json = False,
) -> None:
    """Put images of two folders side by side, one file per pair."""
    from lab_app.preparing.combining import combine as run

    _report(run(first, second, out, quiet=quiet), json=json, out=out)


def clean(
    folder: Folder,
    channels: Annotated[int, typer.Option(help="1: images must be grey; 3: in colour; 0: either.")] = 0,
    move_to: Annotated[
        Path | None, typer.Option("--move-to", metavar="DIR", help="Move bad files there; by default they are only listed.")
    ] = None,
    quiet: Quiet = False,
    json: Json = False,
) -> None:
    """List images that can't be decoded or have the wrong channels, and move them away if asked."""
    from lab_app.preparing.cleaning import clean as run

    if channels not in (0, 1, 3):
        raise UsageError(f"--channels {channels} is not 0, 1 or 3.")
    done = run(folder, channels=channels, move_to=move_to, quiet=quiet)
    if done.failed:
        say(f"{len(done.failed):,} moved to {move_to}" if move_to else "nothing was moved; --move-to DIR moves these files away")
    if json:
        emit(msgspec.to_builtins(done))
    raise typer.Exit(1 if done.failed and move_to is None else 0)


COMMANDS: dict[str, Callable[..., Any]] = {"make": make, "split": split, "combine": combine, "clean": clean}


def _report(done: Any, *, json: bool, out: Path) -> None:
    """The document, or where the results are; exit code 1 where something failed."""
    if json:
        emit(msgspec.to_builtins(done))
    elif done.files:
        print(out)
    if done.failed:
        raise typer.Exit(1)
