"""``lab suite``: lists of tasks that one command trains and shows as one table."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from lab_app.cli import complete
from lab_app.cli.common import Json, RunsDir, command_line, emit, registry, say, seconds
from lab_app.cli.table_forms import Csv, Html, Markdown, form_of

if TYPE_CHECKING:
    from lab_app.suites.suite import Resolved

app = typer.Typer(no_args_is_help=True, help="Lists of tasks: list, show and run them.")


def _names(incomplete: str) -> list[str]:
    from lab_app.suites.suite import suite_files

    return [name for name in suite_files() if name.startswith(incomplete)]


Name = Annotated[
    str, typer.Argument(metavar="SUITE", help="Its name, or a TOML file of your own.", autocompletion=_names, show_default=False)
]


@app.command("list")
def list_suites(json: Json = False) -> None:
    """The installed suites."""
    from rich.console import Console

    from lab_app.cli.fitted_table import Column, print_fitted
    from lab_app.suites.suite import read_suite, suite_files

    found = [(read_suite(path), path) for path in suite_files().values()]
    if json:
        emit([{"name": one.name, "title": one.title, "tasks": len(one.entries), "file": str(path)} for one, path in found])
        return
    columns = (
        Column("suite", [one.name for one, _ in found], left=True),
        Column("tasks", [str(len(one.entries)) for one, _ in found]),
        Column("", [one.title for one, _ in found], left=True, cut=True),
    )
    print_fitted(Console(highlight=False), columns)


@app.command()
def show(
    name: Name,
    shipped: Annotated[
        bool, typer.Option("--shipped/--no-shipped", help="Include the recorded runs that ship with the plugins.")
    ] = True,
    runs_dir: RunsDir = Path("runs"),
    csv: Csv = False,
    markdown: Markdown = False,
    html: Html = False,
    json: Json = False,
) -> None:
    """Every entry of a suite with its recorded score and your own; for systems of a book, beside what the book states."""
    from lab_app.cli.scores import registered_only, results_in
    from lab_app.cli.scores import shipped as shipped_files
    from lab_app.cli.suite_page import document, print_rows
    from lab_app.suites.standing import rows
    from lab_app.suites.suite import find_suite

    form = form_of(json=json, csv=csv, markdown=markdown, html=html)
    suite = find_suite(name)
    entries = _resolved(name)
    results = registered_only(results_in(runs_dir, shipped_files() if shipped else []))
    found = rows(entries, results, registry())
    if form == "json":
        emit(document(suite, found))
    else:
        print_rows(suite, found, form)


@app.command("run")
def run_suite(
    name: Name,
    seeds: Annotated[str, typer.Option(help="How many seeds (3: 0 to 2), a range (3-7), or these (1,4,9).")] = "1",
    preset: Annotated[str | None, typer.Option(help="Preset of every entry, instead of its own.")] = None,
    time: Annotated[str | None, typer.Option("--time", metavar="TIME", help="Stop each training after this wall time.")] = None,
    jobs: Annotated[int | None, typer.Option(help="Runs side by side; default: as cores and memory allow.", min=1)] = None,
    threads: Annotated[int | None, typer.Option(help="Threads of each run; default: the cores shared.", min=1)] = None,
    retries: Annotated[int, typer.Option(help="How often a failed run is tried again.", min=0, max=10)] = 1,
    device: Annotated[str, typer.Option(help="auto, cpu, gpu or gpu:N.", autocompletion=complete.devices)] = "auto",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show the runs, their memory and time, and stop.")] = False,
    runs_dir: RunsDir = Path("runs"),
    json: Json = False,
) -> None:
    """Train what is missing of a suite, as many runs side by side as fit; called again, it continues where it stopped."""
    from lab_app.cli.sweep import start
    from lab_app.suites.jobs import suite_jobs
    from lab_app.sweeping.jobs import read_seeds
    from lab_core.errors import UsageError

    entries = _resolved(name, preset)
    title = f"suite-{Path(name).stem}"
    specs = suite_jobs(
        title,
        entries,
        seeds=read_seeds(seeds),
        seconds_of=seconds,
        seconds=seconds(time),
        device=device,
        runs_dir=runs_dir.absolute(),
        command=command_line(),
    )
    if not specs:
        raise UsageError(f"Suite {name} has nothing to train or to score.")
    start(title, specs, runs_dir, jobs=jobs, threads=threads, retries=retries, dry_run=dry_run, json=json, again=True)
    if not json and not dry_run:
        print(f"all of it  lab suite show {name}" + ("" if runs_dir == Path("runs") else f" --runs-dir {runs_dir}"))


def _resolved(name: str, preset: str | None = None) -> "list[Resolved]":
    """The entries of a suite whose tasks are installed; the others are named."""
    import msgspec

    from lab_app.suites.suite import find_suite, resolved

    suite = find_suite(name)
    if preset is not None:
        given: dict[str, Any] = {"preset": preset}
        entries = tuple(msgspec.structs.replace(one, **given) for one in suite.entry)
        suite = msgspec.structs.replace(suite, preset=preset, entry=entries)
    found, missing = resolved(suite, registry())
    for line in missing:
        say(line)
    return found
