"""``lab leaderboard``: methods against each other, on what they scored and on how soon."""

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from lab_app.cli.common import Json, RunsDir, emit, registry, say, seconds
from lab_app.cli.output import runnable
from lab_app.cli.scores import registered_only, results_in
from lab_app.cli.scores import shipped as shipped_files
from lab_core.errors import UsageError, unknown

if TYPE_CHECKING:
    from lab_app.records.shipped import ShippedFile
    from lab_app.results.results import Result


def _benchmark_ids(incomplete: str) -> list[str]:
    return [one.id for one in registry().benchmarks() if "{" not in one.id and one.id.startswith(incomplete)]


def _suite_names(incomplete: str) -> list[str]:
    return sorted({name for one in registry().benchmarks() for name in one.suites if name.startswith(incomplete)})


def _families(incomplete: str) -> list[str]:
    return sorted({task.family for task in registry().tasks() if task.family.startswith(incomplete)})


Protocol = Annotated[str | None, typer.Option(help="Only this protocol.")]
Picture = Annotated[Path | None, typer.Option(metavar="FILE", help="With --within: draw the curves as .png, .pdf or .svg.")]


def leaderboard(
    benchmark: Annotated[
        str | None, typer.Option(metavar="ID", help="Only this benchmark.", autocompletion=_benchmark_ids)
    ] = None,
    suite: Annotated[
        str | None, typer.Option(metavar="NAME", help="The benchmarks of a suite, put together.", autocompletion=_suite_names)
    ] = None,
    family: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Only benchmarks that tasks of this family are scored on.", autocompletion=_families),
    ] = None,
    protocol: Protocol = None,
    within: Annotated[
        str | None, typer.Option(metavar="TIME", help="What had been reached after this time of training: 90s, 30m, 2h.")
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="Also runs whose settings were changed by --set.")] = False,
    shipped: Annotated[
        bool, typer.Option("--shipped/--no-shipped", help="Also the recorded runs that came with the plugins.")
    ] = True,
    profile: Annotated[
        Path | None, typer.Option(metavar="FILE", help="With --suite: draw performance profiles as .png, .pdf or .svg.")
    ] = None,
    plot: Picture = None,
    runs_dir: RunsDir = Path("runs"),
    json: Json = False,
) -> None:
    """Every method on every benchmark, over all its completed runs, with intervals."""
    if benchmark is not None and suite is not None:
        raise UsageError("--benchmark and --suite exclude each other.", "Give one of them.")
    if profile is not None and suite is None:
        raise UsageError("--profile draws the scores of a --suite.", "Name it: --suite atari-57")
    if plot is not None and within is None:
        raise UsageError("--plot draws the curves of --within.", "Give a time: --within 30m")
    members = {one.id for one in registry().benchmarks() if suite in one.suites}
    if suite is not None and not members:
        raise unknown("suite", suite, {name for one in registry().benchmarks() for name in one.suites})
    files = shipped_files() if shipped else []
    wanted = _Wanted({benchmark} if benchmark is not None else members, family)
    if within is not None:
        if protocol is not None or profile is not None:
            raise UsageError("--within shows selections, which are made under each benchmark's default protocol.")
        limit = seconds(within, option="--within")
        assert limit is not None
        _by_time(limit, wanted, files, everything=everything, plot=plot, runs_dir=runs_dir, json=json)
    else:
        _by_score(suite, wanted, protocol, files, everything=everything, profile=profile, runs_dir=runs_dir, json=json)


class _Wanted(NamedTuple):
    """Which benchmarks: ``names``, all if empty, and of them those of a family."""

    names: set[str]
    family: str | None

    def among(self, scored: Iterable[tuple[str, str]]) -> set[str]:
        """Those that are wanted, of pairs of a task and the benchmark that it was scored on; raises UsageError."""
        from lab_app.results.results import family_benchmarks

        pairs = [*scored, *(("", name) for name in self.names)]
        found = {benchmark for _, benchmark in pairs if not self.names or benchmark in self.names}
        return found if self.family is None else found & family_benchmarks(self.family, pairs, registry())

    def of(self) -> str:
        family = "" if self.family is None else f" of family {self.family}"
        return f"{family} on {next(iter(self.names))}" if len(self.names) == 1 else family


def _by_score(
    suite: str | None,
    wanted: _Wanted,
    protocol: str | None,
    files: "list[ShippedFile]",
    *,
    everything: bool,
    profile: Path | None,
    runs_dir: Path,
    json: bool,
) -> None:
    """The tables of scores."""
    from lab_app.cli.leaderboard_page import print_suites, print_tables
    from lab_app.results.leaderboard import aggregate
    from lab_app.results.leaderboard import leaderboard as tables_of
    from lab_app.results.profiles import profiles, save_profiles
    from lab_app.results.results import find_benchmark

    every = results_in(runs_dir, files)
    names = wanted.among((one.task, one.benchmark) for one in every)
    mine = [one for one in every if one.benchmark in names]
    here = registered_only(mine)
    results = [one for one in here if protocol in (None, one.protocol)]
    if not results:
        _check_names(wanted, every)
        if protocol is not None:
            _check_protocol(protocol, names if wanted.names or wanted.family else set(), here)
    protocols = {result.benchmark: result.protocol for result in results}  # each once, of ten thousand results
    benchmarks = {name: find_benchmark(name, one, registry()) for name, one in protocols.items()}
    tables = tables_of(results, benchmarks, everything=everything)
    members = (one for one in registry().benchmarks() if one.id in names)
    suites = aggregate(tables, suite, members) if suite is not None else []
    if profile is not None:
        save_profiles(profile, suites)
        say(f"profiles   {profile}")
    if json:
        emit({"tables": tables, "suites": suites, "profiles": [profiles(one) for one in suites]})
    elif not tables and here:
        print(f"No score{wanted.of()} under {protocol}, but under {_scored_under(here)}.")
        print(runnable(f"To score a run under it: lab eval RUN --protocol {protocol}"))
    elif not mine:
        print(runnable(f"No scored run{wanted.of()} in {runs_dir}. Train one: lab run TASK"))
    elif suite is not None:
        print_suites(suites)
    elif tables:
        print_tables(tables)


def _by_time(
    limit: float,
    wanted: _Wanted,
    files: "list[ShippedFile]",
    *,
    everything: bool,
    plot: Path | None,
    runs_dir: Path,
    json: bool,
) -> None:
    """The tables of what was reached within a time."""
    from lab_app.cli.leaderboard_page import print_timed
    from lab_app.results.courses import shipped_courses, stored_courses
    from lab_app.results.results import find_benchmark
    from lab_app.results.wallclock import save_curves, within
    from lab_app.runs.store import Store

    courses = stored_courses(Store(runs_dir), registry()) if runs_dir.is_dir() else []
    courses += shipped_courses(files, registry())
    names = wanted.among((course.task, course.benchmark) for course in courses)
    mine = [course for course in courses if course.benchmark in names]
    courses = registered_only(mine)
    if not mine:
        _check_names(wanted, [])
    benchmarks = {course.benchmark: find_benchmark(course.benchmark, course.protocol, registry()) for course in courses}
    tables = within(courses, benchmarks, limit, everything=everything)
    if plot is not None:
        save_curves(plot, tables)
        say(f"plot       {plot}")
    if json:
        emit({"within": limit, "tables": tables})
    elif not mine:
        print(runnable(f"No run with a score{wanted.of()} in {runs_dir}. Train one: lab run TASK"))
    elif tables:
        print_timed(tables)


def _check_names(wanted: _Wanted, results: "list[Result]") -> None:
    """Tell a benchmark that doesn't exist from one that nothing was scored on yet."""
    benchmark = next(iter(wanted.names)) if len(wanted.names) == 1 else None
    scored = {result.benchmark for result in results}
    if benchmark is not None and benchmark not in scored:
        registered = {one.id for one in registry().benchmarks()}
        if benchmark not in registered:
            raise unknown("benchmark", benchmark, registered | scored)


def _check_protocol(protocol: str, names: set[str], scored: "list[Result]") -> None:
    """Tell a protocol that none of these benchmarks has, of all where there are none, from one without scores."""
    from lab_app.results.results import find_benchmark

    benchmarks = [find_benchmark(name, protocol, registry()) for name in names] or registry().benchmarks()
    known = {name for one in benchmarks if one.evaluator for name in one.protocols} | {result.protocol for result in scored}
    if known and protocol not in known:
        error = unknown("protocol", protocol, known)
        raise UsageError(error.message, error.hint or (f"There are scores under {_scored_under(scored)}." if scored else None))


def _scored_under(results: "list[Result]") -> str:
    """The protocols of some scores, and of how many runs each, the commonest first."""
    runs: dict[str, set[str]] = {}
    for result in results:
        runs.setdefault(result.protocol, set()).add(result.run)
    ordered = sorted(runs, key=lambda name: (-len(runs[name]), name))
    return ", ".join(f"{name} ({len(runs[name])} run{'' if len(runs[name]) == 1 else 's'})" for name in ordered)
