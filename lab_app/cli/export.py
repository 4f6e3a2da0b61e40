"""``lab export``: a model folder that stands alone."""

import shutil
from pathlib import Path
from typing import Annotated

import typer

from lab_app.cli import complete
from lab_app.cli.common import RunsDir, model_choice, registry, say
from lab_core.errors import LabError, UsageError


def export(
    target: Annotated[str, typer.Argument(metavar="RUN|TASK", autocompletion=complete.runs_and_tasks)],
    to: Annotated[Path, typer.Option("--to", metavar="DIR", help="New folder for the model.")],
    model: Annotated[str, typer.Option("--model", help="best or last.")] = "best",
    runs_dir: RunsDir = Path("runs"),
) -> None:
    """Copy a trained model into a folder of its own, ready for lab play, lab eval or another machine."""
    from lab_core.runs.target import find_target

    which = model_choice(model)
    if to.exists() and (not to.is_dir() or any(to.iterdir())):
        raise UsageError(f"{to} exists already; an empty or new folder is expected.")
    found = find_target(target, runs_dir, registry(), which=which, say=say)
    try:
        shutil.copytree(found.folder, to, dirs_exist_ok=True)
    except OSError as error:
        raise LabError(f"The model could not be written to {to}: {error}.") from None
    size = sum(path.stat().st_size for path in to.rglob("*") if path.is_file())
    print(f"{found.label} -> {to} ({size / 1e6:.1f} MB)")
    print(f"watch it: lab play {to}")
