"""``lab compare``: two runs, or two groups of runs, side by side."""

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from lab_app.cli import any_case, complete
from lab_app.cli.common import Json, RunsDir, emit, registry, say
from lab_app.cli.scores import registered_only, results_in
from lab_core.errors import UsageError, unknown

if TYPE_CHECKING:
    from lab_app.records.record import RecordedRun
    from lab_app.results.comparison import Axis, Side
    from lab_app.results.results import Result
    from lab_core.benchmark import Benchmark


SIDE = "A run, a task, or a file of records."


def compare(
    a: Annotated[str, typer.Argument(metavar="A", help=SIDE, callback=any_case.target, autocompletion=complete.runs_and_tasks)],
    b: Annotated[str, typer.Argument(metavar="B", help=SIDE, callback=any_case.target, autocompletion=complete.runs_and_tasks)],
    metric: Annotated[str | None, typer.Option(help="The metric whose curves are drawn.")] = None,
    over: Annotated[str, typer.Option(help="Horizontal axis of the curves: steps, or time (seconds of training).")] = "steps",
    plot: Annotated[Path | None, typer.Option(metavar="FILE", help="Also draw the curves as .png, .pdf or .svg.")] = None,
    runs_dir: RunsDir = Path("runs"),
    json: Json = False,
) -> None:
    """Two runs, the runs of two tasks, or recorded runs, side by side: settings, scores, curves, speed."""
    from lab_app.cli.comparison_page import print_comparison
    from lab_app.results.comparison import compare as put_together
    from lab_app.results.comparison import document, save_plot
    from lab_app.results.results import find_benchmark

    results = results_in(runs_dir, [])
    axis = _axis(over)
    left, right = (_on_registered(_side(text, runs_dir, results)) for text in (a, b))
    protocols = {result.benchmark: result.protocol for one in (left, right) for result in one.results}

    @cache  # asked for each score
    def benchmark_of(name: str) -> "Benchmark":
        return find_benchmark(name, protocols[name], registry())

    found = put_together(left, right, benchmark_of, metric=metric, axis=axis)
    if plot is not None:
        save_plot(plot, found)
        say(f"plot       {plot}")
    if json:
        emit(document(found))
    else:
        print_comparison(found, lambda name: benchmark_of(name).score)


def _on_registered(side: "Side") -> "Side":
    """A side without the scores on benchmarks whose plugin is gone."""
    import msgspec

    return msgspec.structs.replace(side, results=tuple(registered_only(side.results)))


def _axis(text: str) -> "Axis":
    """A checked value of ``--over``; raises UsageError."""
    if text == "steps":
        return "step"
    if text == "time":
        return "wall_seconds"
    raise unknown("axis", text, ("steps", "time"))


def _side(text: str, runs_dir: Path, results: "list[Result]") -> "Side":
    """A run; for a task, its completed runs with the newest one's preset and budget, unchanged by --set; or a file's records.

    For a task without any whole training of its own, those that its plugin ships; without these its newest runs.
    """
    from lab_app.records.lookup import shipped_records
    from lab_app.records.shipped import read_record, results_of
    from lab_app.results.comparison import recorded_side, side
    from lab_app.results.results import naming_fields
    from lab_app.runs.store import Store
    from lab_app.runs.target import find_run
    from lab_app.runs.whole import is_whole

    def recorded(name: str, runs: "Sequence[RecordedRun]") -> "Side":
        return recorded_side(name, runs, [result for run in runs for result in results_of(run, registry())])

    file = Path(text)
    if file.suffix == ".json" and file.name != "run.json":
        return recorded(file.stem, read_record(file))
    if "@" in text:
        raise UsageError(f"{text} has no training run to compare.", "Name a run or a task.")
    is_task = registry().has_task(text) and not (Path(text) / "run.json").is_file()
    if is_task:
        naming = naming_fields(text, registry())
        every = Store(runs_dir).runs(task=text) if runs_dir.is_dir() else []
        rows = [row for row in every if row.status == "completed" and not set(row.changed) - naming]
        whole = [row for row in rows if is_whole(row, registry().task(text))]
        shipped = () if whole or (every and not rows) else shipped_records(text, registry(), say=say)
        if shipped:
            if rows:
                say(f"{text}: of your own there are short runs only, to be named: lab runs list --task {text}")
            return recorded(text, shipped)
        rows = whole or rows

        def group(row: Any) -> tuple[Any, ...]:
            return row.preset, row.budget_steps, row.time_limit, row.benchmark

        same = [row for row in rows if group(row) == group(rows[0])]
        if same:
            what = "1 completed run" if len(same) == 1 else f"{len(same)} completed runs"
            limit = "" if same[0].time_limit is None else f", stopped after {same[0].time_limit:g} seconds"
            say(f"{text}: {what} of preset {same[0].preset}, {same[0].budget_steps:,} {same[0].step_unit}{limit}")
            return side(text, [runs_dir / row.id for row in same], results)
    run = find_run(text, runs_dir, registry(), say=say)
    return side(run.record.id, [run.folder], results)
