"""``lab runs export``, ``archive``, ``import`` and ``prune``: runs between machines, and space back."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lab_app.cli import any_case, complete
from lab_app.cli.common import Json, RunsDir, emit, registry, say
from lab_core.errors import LabError, UsageError, unknown

if TYPE_CHECKING:
    from lab_core.runs.run import Run

Targets = Annotated[
    list[str],
    typer.Argument(
        metavar="RUN|TASK...",
        help="Runs, or all runs of a task.",
        callback=any_case.target,
        autocompletion=complete.runs_and_tasks,
    ),
]
To = Annotated[Path, typer.Option("--to", metavar="FILE", help="New archive: .tar, .tar.gz or .tgz.")]
NoCheckpoints = Annotated[
    bool, typer.Option("--no-checkpoints", help="Leave out checkpoints: models and scores stay, but training can't be resumed.")
]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Don't ask.")]


def export_runs(
    targets: Targets, to: To, no_checkpoints: NoCheckpoints = False, runs_dir: RunsDir = Path("runs"), json: Json = False
) -> None:
    """Copy runs into one file with checksums, for lab runs import on another machine."""
    _write(targets, to, runs_dir, no_checkpoints=no_checkpoints, json=json)


def archive_runs(
    targets: Targets,
    to: To,
    no_checkpoints: NoCheckpoints = False,
    yes: Yes = False,
    runs_dir: RunsDir = Path("runs"),
    json: Json = False,
) -> None:
    """Move runs into one file, which is read back and compared before the folders are deleted."""
    import tempfile

    from lab_app.runs.archive import read_archive
    from lab_app.runs.store import Store
    from lab_core.files import disk_errors
    from lab_core.runs.locking import FileLock

    found = _runs(targets, runs_dir)
    _ask(f"Move {len(found)} runs into {to} and remove their folders?", yes)
    _write(targets, to, runs_dir, no_checkpoints=no_checkpoints, json=json)
    with tempfile.TemporaryDirectory(dir=runs_dir, prefix=".archive-") as folder:
        kept = read_archive(to, Path(folder)).runs
    for run in found:
        if run.record.id not in kept:
            raise LabError(f"{to} lacks run {run.record.id}; no folder was removed further.")
        with FileLock(run.folder / "lock", what=f"Run {run.record.id}").held(), disk_errors("The removal", run.folder):
            import shutil

            shutil.rmtree(run.folder)
        Store(runs_dir).remove(run.record.id)
    say(f"removed {len(found)} folders; back again: lab runs import {to}")


def import_runs(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="What lab runs export or archive wrote.")],
    runs_dir: RunsDir = Path("runs"),
    json: Json = False,
) -> None:
    """Import the runs of an archive into the runs folder after verifying all checksums; existing runs are not changed."""
    from lab_app.runs.archive import read_archive
    from lab_app.runs.store import Store

    found = read_archive(file, runs_dir, say=say)
    Store(runs_dir).runs()  # index them now
    if json:
        emit(found)
    else:
        print(f"{len(found.runs)} runs imported" + (f", {len(found.present)} were there already" if found.present else ""))


def prune_runs(
    targets: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[RUN|TASK...]", show_default="all", callback=any_case.target, autocompletion=complete.runs_and_tasks
        ),
    ] = None,
    keep: Annotated[
        str, typer.Option(help="best: without checkpoints and last models; scores: without any model, picture or event file.")
    ] = "best",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would be deleted, and stop.")] = False,
    yes: Yes = False,
    runs_dir: RunsDir = Path("runs"),
    json: Json = False,
) -> None:
    """Free disk space: delete those parts of completed runs that only resuming needs. Records, curves and scores stay."""
    from lab_app.runs.pruning import Pruned, prune

    if keep not in ("best", "scores"):
        raise unknown("part to keep", keep, ("best", "scores"))
    runs = [run for run in _runs(targets or [], runs_dir) if run.record.status == "completed"]
    if not dry_run:
        _ask(f"Of {len(runs)} completed runs delete all but {'the best model' if keep == 'best' else 'the scores'}?", yes)
    found: list[Pruned] = []
    for run in runs:
        try:
            pruned = prune(run, keep, dry=dry_run)
        except LabError as error:
            say(f"left out: {error.message}")
            continue
        if pruned is not None:
            found.append(pruned)
    size = sum(one.size for one in found)
    if json:
        emit({"keep": keep, "dry_run": dry_run, "bytes": size, "runs": found})
        return
    if dry_run:
        for one in found:
            print(f"{one.run}  {one.size / 1e6:.1f} MB  {', '.join(one.parts)}")
    print(f"{len(found)} runs, {size / 1e6:.1f} MB {'would be freed' if dry_run else 'freed'}")


def _write(targets: list[str], to: Path, runs_dir: Path, *, no_checkpoints: bool, json: bool) -> None:
    from lab_app.runs.archive import write_archive

    found = _runs(targets, runs_dir)
    contents = write_archive(to, [run.folder for run in found], leave_out=("checkpoints",) if no_checkpoints else ())
    size = to.stat().st_size
    if json:
        emit({"file": str(to), "bytes": size, "runs": list(contents.runs)})
    else:
        print(f"{len(found)} runs -> {to} ({size / 1e6:.1f} MB)")


def _runs(targets: list[str], runs_dir: Path) -> "list[Run]":
    """The runs that are named, each once; all there are where none is."""
    from lab_app.runs.folders import list_runs
    from lab_app.runs.target import find_run
    from lab_core.runs.run import Run

    if not runs_dir.is_dir():
        raise UsageError(f"There is no folder {runs_dir}.", "Name it with --runs-dir.")
    found: list[Run] = []
    for target in targets:
        if registry().has_task(target) and not (runs_dir / target / "run.json").is_file():
            found += [run for run in list_runs(runs_dir)[0] if run.record.task == target]
        else:
            found.append(find_run(target, runs_dir, registry(), say=say))
    if not targets:
        found = list_runs(runs_dir)[0]
    inside = {run.folder.resolve(): run for run in found}
    if not inside:
        raise UsageError(f"There is no such run in {runs_dir}.", "See lab runs list.")
    return list(inside.values())


def _ask(question: str, yes: bool) -> None:
    if yes:
        return
    if not sys.stdin.isatty():
        raise UsageError(f"{question} This needs confirmation.", "Add --yes.")
    typer.confirm(question, abort=True)
