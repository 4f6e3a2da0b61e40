"""``lab runs report``: a run as one page."""

from pathlib import Path
from typing import Annotated

import typer

from lab_app.cli import any_case, complete
from lab_app.cli.common import Json, RunsDir, emit, registry, say
from lab_core.errors import UsageError


def report(
    target: Annotated[str, typer.Argument(metavar="RUN|TASK", callback=any_case.target, autocompletion=complete.runs_and_tasks)],
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="Page to write.", show_default="report.html in its folder")
    ] = None,
    runs_dir: RunsDir = Path("runs"),
    json: Json = False,
) -> None:
    """Write a run as one page that stands alone: scores, pictures over the steps, curves, settings, machine."""
    from lab_app.results.report import write_report
    from lab_app.runs.target import find_run

    if out is not None and (out.is_dir() or out.suffix.lower() not in (".html", ".htm")):
        raise UsageError(f"A page can't be written as {str(out)!r}.", "Give it a name that ends in .html.")
    run = find_run(target, runs_dir, registry(), say=say)
    path = write_report(run, out)
    if json:
        emit({"run": run.record.id, "file": str(path), "bytes": path.stat().st_size})
    else:
        print(path)
