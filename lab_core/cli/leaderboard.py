"""``lab leaderboard`` and ``lab compare``: methods against each other, and two runs side by side."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from lab_core.cli import complete
from lab_core.cli.common import Json, RunsDir, emit, registry, say
from lab_core.errors import UsageError, unknown

if TYPE_CHECKING:
    from lab_core.comparison import Side
    from lab_core.results import Result


def _benchmark_ids(incomplete: str) -> list[str]:
    return [one.id for one in registry().benchmarks() if "{" not in one.id and one.id.startswith(incomplete)]


def _suite_names(incomplete: str) -> list[str]:
    return sorted({name for one in registry().benchmarks() for name in one.suites if name.startswith(incomplete)})


Protocol = Annotated[str | None, typer.Option(help="Only this protocol.")]


def leaderboard(
    benchmark: Annotated[
        str | None, typer.Option(metavar="ID", help="Only this benchmark.", autocompletion=_benchmark_ids)
    ] = None,
    suite: Annotated[
        str | None, typer.Option(metavar="NAME", help="The benchmarks of a suite, put together.", autocompletion=_suite_names)
    ] = None,
    protocol: Protocol = None,
    everything: Annotated[bool, typer.Option("--all", help="Also runs whose settings were changed by --set.")] = False,
    runs_dir: RunsDir = Path("runs"),
    json: Json = False,
) -> None:
    """Every method on every benchmark, over all its completed runs, with intervals."""
    from lab_core.cli.leaderboard_page import print_suites, print_tables
    from lab_core.leaderboard import aggregate
    from lab_core.leaderboard import leaderboard as tables_of
    from lab_core.results import find_benchmark

    if benchmark is not None and suite is not None:
        raise UsageError("--benchmark and --suite exclude each other.", "Give one of them.")
    members = {one.id for one in registry().benchmarks() if suite in one.suites}
    if suite is not None and not members:
        raise unknown("suite", suite, {name for one in registry().benchmarks() for name in one.suites})
    every = _results(runs_dir)
    results = [result for result in every if benchmark in (None, result.benchmark) and protocol in (None, result.protocol)]
    results = [result for result in results if suite is None or result.benchmark in members]
    if not results:
        _check_names(benchmark, protocol, every)
    benchmarks = {result.benchmark: find_benchmark(result.benchmark, result.protocol, registry()) for result in results}
    tables = tables_of(results, benchmarks, everything=everything)
    suites = aggregate(tables, suite, registry().benchmarks()) if suite is not None else []
    if json:
        emit({"tables": tables, "suites": suites})
    elif not tables:
        print(f"No scored run in {runs_dir}. Train one: lab run TASK")
    elif suite is not None:
        print_suites(suites)
    else:
        print_tables(tables)


def compare(
    a: Annotated[str, typer.Argument(metavar="A", help="A run, or a task.", autocompletion=complete.runs_and_tasks)],
    b: Annotated[str, typer.Argument(metavar="B", help="A run, or a task.", autocompletion=complete.runs_and_tasks)],
    metric: Annotated[str | None, typer.Option(help="The figure whose curves are drawn.")] = None,
    plot: Annotated[Path | None, typer.Option(metavar="FILE", help="Also draw the curves as .png, .pdf or .svg.")] = None,
    runs_dir: RunsDir = Path("runs"),
    json: Json = False,
) -> None:
    """Two runs, or the runs of two tasks, side by side: settings, scores, curves, speed."""
    from lab_core.cli.leaderboard_page import print_comparison
    from lab_core.comparison import compare as put_together
    from lab_core.comparison import document, save_plot
    from lab_core.results import find_benchmark

    results = _results(runs_dir)
    protocols = {result.benchmark: result.protocol for result in results}
    found = put_together(
        _side(a, runs_dir, results),
        _side(b, runs_dir, results),
        lambda benchmark: find_benchmark(benchmark, protocols[benchmark], registry()),
        metric=metric,
    )
    if plot is not None:
        save_plot(plot, found)
        say(f"plot       {plot}")
    if json:
        emit(document(found))
    else:
        print_comparison(found, lambda benchmark: find_benchmark(benchmark, protocols[benchmark], registry()).score)


def _results(runs_dir: Path) -> "list[Result]":
    from lab_core.results import stored_results
    from lab_core.store import Store

    return stored_results(Store(runs_dir), registry()) if runs_dir.is_dir() else []


def _check_names(benchmark: str | None, protocol: str | None, results: "list[Result]") -> None:
    """Tell a name that doesn't exist from one that nothing was scored on yet."""
    scored = {result.benchmark for result in results}
    if benchmark is not None and benchmark not in scored:
        registered = {one.id for one in registry().benchmarks()}
        if benchmark not in registered:
            raise unknown("benchmark", benchmark, registered | scored)
    known = {name for one in registry().benchmarks() if benchmark in (None, one.id) for name in one.protocols}
    known |= {result.protocol for result in results}
    if protocol is not None and known and protocol not in known:
        raise unknown("protocol", protocol, known)


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
            return row.preset, row.budget_steps, row.benchmark

        same = [row for row in rows if group(row) == group(rows[0])]
        if same:
            what = "1 completed run" if len(same) == 1 else f"{len(same)} completed runs"
            say(f"{text}: {what} of preset {same[0].preset}, {same[0].budget_steps:,} {same[0].step_unit}")
            return side(text, [Run.open(runs_dir / row.id) for row in same], results)
    run = find_run(text, runs_dir, registry(), say=say)
    return side(run.record.id, [run], results)
