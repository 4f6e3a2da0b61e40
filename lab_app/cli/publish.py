"""``lab publish``: a trained model as a folder for others, and the check on the other side."""

from pathlib import Path
from typing import Annotated

import typer

from lab_app.cli import any_case, complete
from lab_app.cli.common import Json, RunsDir, emit, registry, say
from lab_app.cli.output import runnable
from lab_core.errors import UsageError, word


def publish(
    target: Annotated[
        str,
        typer.Argument(
            metavar="RUN|TASK|DIR",
            callback=any_case.target,
            autocompletion=complete.runs_and_tasks,
            help="A run or a task; with --check, a published folder.",
        ),
    ],
    to: Annotated[Path | None, typer.Option("--to", metavar="DIR", help="New folder.")] = None,
    check: Annotated[
        bool, typer.Option("--check", help="Check every file of a published folder by its checksum; with --to, also copy it.")
    ] = False,
    runs_dir: RunsDir = Path("runs"),
    json: Json = False,
) -> None:
    """Write a folder with the best model of a run, its card, record, picture and checksums, ready to be shared."""
    from lab_app.publishing.folder import check_folder, copy_checked, write_folder
    from lab_app.runs.target import find_run

    if check:
        found = check_folder(Path(target)) if to is None else copy_checked(Path(target), to)
        folder = Path(target) if to is None else to
        if json:
            emit({"folder": str(folder), "checked": found})
            return
        print(f"{found.files} files, {found.size / 1e6:.1f} MB, all as published: {found.task}, from run {found.run}")
        if not registry().has_task(found.task):
            say(f"No installed plugin has task {found.task}: its package is needed to use the model.")
        return
    if to is None:
        raise UsageError("Where to publish is missing.", f"lab publish {word(target)} --to DIR")
    found = write_folder(find_run(target, runs_dir, registry(), say=say), to, registry())
    if json:
        emit({"folder": str(to), "checked": found})
        return
    print(f"{found.run} -> {to} ({found.files} files, {found.size / 1e6:.1f} MB)")
    print(f"card       {to / 'README.md'}")
    print(runnable(f"check      lab publish {word(str(to))} --check"))
