"""``lab leaderboard``: methods against each other, on what they scored and on how soon."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lab_app.cli import any_case, complete
from lab_app.cli.common import Json, RunsDir, emit, registry, say, seconds
from lab_app.cli.leaderboard_filters import (
    Wanted,
    check_benchmark,
    check_protocol,
    read_budget,
    read_date,
    scored_under,
    suite_members,
)
from lab_app.cli.output import runnable
from lab_app.cli.scores import registered_only, results_in, trained_only
from lab_app.cli.scores import shipped as shipped_files
from lab_app.cli.table_forms import Csv, Form, Html, Markdown, form_of
from lab_core.errors import UsageError, unknown

if TYPE_CHECKING:
    from lab_app.records.shipped import ShippedFile
    from lab_app.results.leaderboard import Table
    from lab_core.benchmark import Benchmark


def _benchmark_ids(incomplete: str) -> list[str]:
    return [one.id for one in registry().benchmarks() if "{" not in one.id and one.id.startswith(incomplete)]


def _suite_names(incomplete: str) -> list[str]:
    from lab_app.suites.suite import suite_files

    names = {name for one in registry().benchmarks() for name in one.suites} | set(suite_files())
    return sorted(name for name in names if name.startswith(incomplete))


def _families(incomplete: str) -> list[str]:
    return sorted({task.family for task in registry().tasks() if task.family.startswith(incomplete)})


def _tags(incomplete: str) -> list[str]:
    return sorted({tag for task in registry().tasks() for tag in task.tags if tag.startswith(incomplete)})


def _methods(incomplete: str) -> list[str]:
    return sorted({task.method for task in registry().tasks() if task.method.startswith(incomplete)})


@dataclass(frozen=True)
class _View:
    """What is shown of the scores."""

    suite: str | None
    members: "tuple[Benchmark, ...]"
    method: str | None
    overview: bool
    pareto: bool
    profile: Path | None
    plot: Path | None
    form: Form


def leaderboard(
    benchmark: Annotated[
        str | None,
        typer.Option(metavar="ID", help="Only this benchmark.", callback=any_case.benchmark, autocompletion=_benchmark_ids),
    ] = None,
    suite: Annotated[
        str | None,
        typer.Option(
            metavar="NAME", help="Aggregate over the benchmarks of a suite (or TOML file).", autocompletion=_suite_names
        ),
    ] = None,
    overview: Annotated[bool, typer.Option("--overview", help="One line per benchmark: its best method.")] = False,
    method: Annotated[
        str | None, typer.Option(metavar="NAME", help="One line per benchmark: how good this method is.", autocompletion=_methods)
    ] = None,
    pareto: Annotated[bool, typer.Option("--pareto", help="Score against training time.")] = False,
    within: Annotated[
        str | None, typer.Option(metavar="TIME", help="Scores reached after this training time: 90s, 30m, 2h.")
    ] = None,
    family: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="Only benchmarks that tasks of this family are scored on.",
            callback=any_case.family,
            autocompletion=_families,
        ),
    ] = None,
    tag: Annotated[str | None, typer.Option(help="Only runs of tasks with this tag.", autocompletion=_tags)] = None,
    protocol: Annotated[str | None, typer.Option(help="Only this protocol.", autocompletion=complete.protocols)] = None,
    budget: Annotated[
        str | None, typer.Option(metavar="STEPS", help="Only runs with a budget of at most this many steps: 400k, 1M.")
    ] = None,
    since: Annotated[str | None, typer.Option(metavar="DATE", help="Only scores from this day on: 2026-11-29.")] = None,
    until: Annotated[str | None, typer.Option(metavar="DATE", help="Only scores up to this day.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="Also runs whose settings were changed by --set.")] = False,
    shipped: Annotated[
        bool, typer.Option("--shipped/--no-shipped", help="Include the recorded runs that ship with the plugins.")
    ] = True,
    profile: Annotated[
        Path | None, typer.Option(metavar="FILE", help="With --suite: draw performance profiles as .png, .pdf or .svg.")
    ] = None,
    plot: Annotated[
        Path | None, typer.Option(metavar="FILE", help="With --within or --pareto: draw them as .png, .pdf or .svg.")
    ] = None,
    runs_dir: RunsDir = Path("runs"),
    csv: Csv = False,
    markdown: Markdown = False,
    html: Html = False,
    json: Json = False,
) -> None:
    """Every method on every benchmark, over all its completed runs, with intervals."""
    form = form_of(json=json, csv=csv, markdown=markdown, html=html)
    if benchmark is not None and suite is not None:
        raise UsageError("--benchmark and --suite exclude each other.", "Give one of them.")
    if sum((overview, method is not None, pareto, within is not None)) > 1:
        raise UsageError("--overview, --method, --pareto and --within exclude each other.", "Give one of them.")
    if profile is not None and suite is None:
        raise UsageError("--profile draws the scores of a --suite.", "Name it: --suite atari-57")
    if plot is not None and within is None and not pareto:
        raise UsageError("--plot draws --within and --pareto.", "Give one of them: --within 30m, --pareto")
    members = suite_members(suite) if suite is not None else []
    names = {benchmark} if benchmark is not None else {one.id for one in members}
    wanted = Wanted(names, family, tag, read_date(since, "--since"), read_date(until, "--until"), read_budget(budget))
    files = shipped_files() if shipped else []
    if within is not None:
        if protocol is not None or profile is not None:
            raise UsageError("--within shows selections, which are made under each benchmark's default protocol.")
        if wanted.since or wanted.until:
            raise UsageError("--within and dates exclude each other.", "Leave out --since and --until.")
        limit = seconds(within, option="--within")
        assert limit is not None
        _by_time(limit, wanted, files, everything=everything, plot=plot, runs_dir=runs_dir, form=form)
    else:
        view = _View(suite, tuple(members), method, overview, pareto, profile, plot, form)
        _by_score(view, wanted, protocol, files, everything=everything, runs_dir=runs_dir)


def _by_score(
    view: _View, wanted: Wanted, protocol: str | None, files: "list[ShippedFile]", *, everything: bool, runs_dir: Path
) -> None:
    """The tables of scores, or the view that the options name."""
    from lab_app.results.leaderboard import leaderboard as tables_of
    from lab_app.results.results import find_benchmark

    every = results_in(runs_dir, files)
    names = wanted.among((one.task, one.benchmark) for one in every)
    mine = [one for one in every if one.benchmark in names]
    mine = mine if everything else trained_only(mine, runs_dir)
    here = registered_only(mine)
    results = wanted.runs([one for one in here if protocol in (None, one.protocol)])
    if not results:
        check_benchmark(wanted, every)
        if protocol is not None:
            check_protocol(protocol, names if wanted.names or wanted.family else set(), here)
    protocols = {result.benchmark: result.protocol for result in results}  # each once, of ten thousand results
    benchmarks = {name: find_benchmark(name, one, registry()) for name, one in protocols.items()}
    tables = tables_of(results, benchmarks, everything=everything)
    if view.form != "json" and not tables and here and not wanted.selects_runs:
        _tell(view.form, f"No score{wanted.of()} under {protocol}, but under {scored_under(here)}.")
        _tell(view.form, f"To score a run under it: lab eval RUN --protocol {protocol}")
    elif view.form != "json" and not results and (not mine or wanted.selects_runs):
        _tell(view.form, f"No scored run{wanted.of()} in {runs_dir}. Train one: lab run TASK")
    elif results or view.form == "json":
        _show(view, tables, names)


def _tell(form: Form, text: str) -> None:
    """A message instead of a table; beside the document where another program reads it."""
    if form == "text":
        print(runnable(text))
    else:
        say(text)


def _show(view: _View, tables: "list[Table]", names: set[str]) -> None:
    """One of the views of the tables."""
    if view.method is not None:
        _method(view.method, tables, view.form)
    elif view.overview:
        _overview(tables, view.form)
    elif view.pareto:
        _pareto(view, tables)
    elif view.suite is not None:
        _suite(view, tables, names)
    elif view.form == "json":
        emit({"tables": tables, "suites": [], "profiles": []})
    elif view.form == "csv":
        from lab_app.cli.leaderboard_csv import print_tables as print_csv

        print_csv(tables)
    else:
        from lab_app.cli.leaderboard_page import print_tables

        print_tables(tables, view.form)
        if view.form == "text" and len(tables) > 5:
            print(runnable("shorter    lab leaderboard --overview (or --method NAME, --suite NAME)"))


def _suite(view: _View, tables: "list[Table]", names: set[str]) -> None:
    from lab_app.results.profiles import profiles, save_profiles
    from lab_app.results.suites import aggregate

    assert view.suite is not None
    suites = aggregate(tables, view.suite, [one for one in view.members if one.id in names])
    if view.profile is not None:
        for left in save_profiles(view.profile, suites):
            say(f"not drawn: {left}")
        say(f"profiles   {view.profile}")
    if view.form == "json":
        emit({"tables": tables, "suites": suites, "profiles": [profiles(one) for one in suites]})
    elif view.form == "csv":
        from lab_app.cli.leaderboard_csv import print_suites as print_csv

        print_csv(suites)
    else:
        from lab_app.cli.leaderboard_page import print_suites

        if suites:
            print_suites(suites, view.form)
        else:
            _tell(view.form, f"No benchmark of suite {view.suite} has both a random and a reference score and a completed run.")


def _overview(tables: "list[Table]", form: Form) -> None:
    from lab_app.results.views import overview

    found = overview(tables)
    if form == "json":
        emit({"overview": found})
    elif form == "csv":
        from lab_app.cli.leaderboard_csv import print_overview as print_csv

        print_csv(found)
    else:
        from lab_app.cli.leaderboard_views import print_overview

        print_overview(found, form)


def _method(method: str, tables: "list[Table]", form: Form) -> None:
    from lab_app.results.views import places

    known = {entry.method for table in tables for entry in table.entries} | {task.method for task in registry().tasks()}
    if method not in known:
        raise unknown("method", method, known)
    found = places(tables, method)
    if form == "json":
        emit({"method": method, "places": found})
    elif form == "csv":
        from lab_app.cli.leaderboard_csv import print_places as print_csv

        print_csv(found)
    elif found:
        from lab_app.cli.leaderboard_views import print_places

        print_places(method, found, form)
    else:
        _tell(form, f"No scored run of method {method}. Its tasks: lab list --json")


def _pareto(view: _View, tables: "list[Table]") -> None:
    from lab_app.results.views import fronts, save_fronts

    found = fronts(tables)
    if view.plot is not None:
        for left in save_fronts(view.plot, found):
            say(f"not drawn: {left} (--benchmark {left})")
        say(f"plot       {view.plot}")
    if view.form == "json":
        emit({"fronts": found})
    elif view.form == "csv":
        from lab_app.cli.leaderboard_csv import print_fronts as print_csv

        print_csv(found)
    else:
        from lab_app.cli.leaderboard_views import print_fronts

        print_fronts(found, view.form)


def _by_time(
    limit: float,
    wanted: Wanted,
    files: "list[ShippedFile]",
    *,
    everything: bool,
    plot: Path | None,
    runs_dir: Path,
    form: Form,
) -> None:
    """The tables of what was reached within a time."""
    from lab_app.results.courses import shipped_courses, stored_courses
    from lab_app.results.results import find_benchmark
    from lab_app.results.wallclock import save_curves
    from lab_app.results.wallclock import within as tables_within
    from lab_app.runs.store import Store

    courses = stored_courses(Store(runs_dir), registry()) if runs_dir.is_dir() else []
    courses += shipped_courses(files, registry())
    names = wanted.among((course.task, course.benchmark) for course in courses)
    mine = wanted.runs([course for course in courses if course.benchmark in names])
    courses = registered_only(mine)
    if not mine:
        check_benchmark(wanted, [])
    benchmarks = {course.benchmark: find_benchmark(course.benchmark, course.protocol, registry()) for course in courses}
    tables = tables_within(courses, benchmarks, limit, everything=everything)
    if plot is not None:
        save_curves(plot, tables)
        say(f"plot       {plot}")
    if form == "json":
        emit({"within": limit, "tables": tables})
    elif form == "csv":
        from lab_app.cli.leaderboard_csv import print_timed as print_csv

        print_csv(tables)
    elif not mine:
        _tell(form, f"No run with a score{wanted.of()} in {runs_dir}. Train one: lab run TASK")
    elif tables:
        from lab_app.cli.leaderboard_page import print_timed

        print_timed(tables, form)
