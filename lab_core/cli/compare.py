"""``lab compare``: two runs, or two methods over their runs, side by side."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from lab_core.cli import complete
from lab_core.cli.common import Json, RunsDir, emit, registry, say
from lab_core.cli.leaderboard import results_in
from lab_core.errors import UsageError, unknown

if TYPE_CHECKING:
    from lab_core.comparison import Axis, Side
    from lab_core.results import Result


def compare(
    a: Annotated[str, typer.Argument(metavar="A", help="A run, or a task.", autocompletion=complete.runs_and_tasks)],
    b: Annotated[str, typer.Argument(metavar="B", help="A run, or a task.", autocompletion=complete.runs_and_tasks)],
    metric: Annotated[str | None, typer.Option(help="The figure whose curves are drawn.")] = None,
    over: Annotated[str, typer.Option(help="What the curves run over: steps, or time (seconds of training).")] = "steps",
    plot: Annotated[Path | None, typer.Option(metavar="FILE", help="Also draw the curves as .png, .pdf or .svg.")] = None,
    runs_dir: RunsDir = Path("runs"),
    json: Json = False,
) -> None:
    """Two runs, or the runs of two tasks, side by side: settings, scores, curves, speed."""
    from lab_core.cli.comparison_page import print_comparison
    from lab_core.comparison import compare as put_together
    from lab_core.comparison import document, save_plot
    from lab_core.results import find_benchmark

    results = results_in(runs_dir, [])
    protocols = {result.benchmark: result.protocol for result in results}
    found = put_together(
        _side(a, runs_dir, results),
        _side(b, runs_dir, results),
        lambda benchmark: find_benchmark(benchmark, protocols[benchmark], registry()),
        metric=metric,
        axis=_axis(over),
    )
    if plot is not None:
        save_plot(plot, found)
        say(f"plot       {plot}")
    if json:
        emit(document(found))
    else:
        print_comparison(found, lambda benchmark: find_benchmark(benchmark, protocols[benchmark], registry()).score)


def _axis(text: str) -> "Axis":
    """A checked value of ``--over``; raises UsageError."""
    if text == "steps":
        return "step"
    if text == "time":
        return "wall_seconds"
    raise unknown("axis", text, ("steps", "time"))


def _side(text: str, runs_dir: Path, results: "list[Result]") -> "Side":
    """A run; or, for a task, its completed runs with the newest one's preset and budget, unchanged by --set."""
    from lab_core.comparison import side
    from lab_core.results import naming_fields
    from lab_core.run import Run
    from lab_core.store import Store
    from lab_core.target import find_run

    if "@" in text:
        raise UsageError(f"{text} has no training run to compare.", "Name a run or a task.")
    is_task = registry().has_task(text) and not (Path(text) / "run.json").is_file()
    if is_task and runs_dir.is_dir():
        naming = naming_fields(text, registry())
        rows = [row for row in Store(runs_dir).runs(task=text, status="completed") if not set(row.changed) - naming]

        def group(row: Any) -> tuple[Any, ...]:
            return row.preset, row.budget_steps, row.time_limit, row.benchmark

        same = [row for row in rows if group(row) == group(rows[0])]
        if same:
            what = "1 completed run" if len(same) == 1 else f"{len(same)} completed runs"
            limit = "" if same[0].time_limit is None else f", stopped after {same[0].time_limit:g} seconds"
            say(f"{text}: {what} of preset {same[0].preset}, {same[0].budget_steps:,} {same[0].step_unit}{limit}")
            return side(text, [Run.open(runs_dir / row.id) for row in same], results)
    run = find_run(text, runs_dir, registry(), say=say)
    return side(run.record.id, [run], results)
