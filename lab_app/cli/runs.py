"""``lab runs`` and ``lab tensorboard``: what has been trained."""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.console import Console

from lab_app.cli import any_case, complete, report_page, runs_archive
from lab_app.cli.common import Json, RunsDir, emit, registry, say
from lab_app.cli.fitted_table import Column, print_fitted, width
from lab_app.cli.output import runnable
from lab_core.errors import LabError, UsageError, unknown
from lab_core.runs.run import STATES

app = typer.Typer(no_args_is_help=True, help="List, show, move, remove and index runs.")
app.command("report")(report_page.report)
app.command("export")(runs_archive.export_runs)
app.command("archive")(runs_archive.archive_runs)
app.command("import")(runs_archive.import_runs)
app.command("prune")(runs_archive.prune_runs)
RunId = Annotated[str, typer.Argument(metavar="RUN", autocompletion=complete.runs)]


@app.command("list")
def list_runs(
    task: Annotated[
        str | None, typer.Option(help="Only runs of this task.", callback=any_case.task, autocompletion=complete.tasks)
    ] = None,
    status: Annotated[
        str | None, typer.Option(help=f"Only runs with this status: {', '.join(STATES)}.", autocompletion=complete.states)
    ] = None,
    runs_dir: RunsDir = Path("runs"),
    json: Json = False,
) -> None:
    """Runs, newest first."""
    from lab_app.runs.store import Store

    if status is not None and status not in STATES:
        raise unknown("status", status, STATES)
    rows = Store(runs_dir).runs(task=task, status=status) if runs_dir.is_dir() else []
    if json:
        emit(rows)
        return
    from lab_app.durations import duration

    if not rows:
        asked = " ".join(part for part in (f"of {task}" if task else "", f"that is {status}" if status else "") if part)
        print(f"No run {asked} in {runs_dir}." if asked else runnable(f"No run in {runs_dir}. Start one: lab run TASK"))
        return
    columns = (
        Column("run", [row.id for row in rows], left=True, cut=True, tail=True),
        Column("preset", [row.preset for row in rows], left=True, keep="wanted", common=True),
        Column("status", [row.status for row in rows], left=True),
        Column("steps", [f"{row.step:,}" for row in rows]),
        Column("time", [duration(row.wall_seconds) for row in rows], keep="wanted"),
        Column("score", ["" if row.score is None else f"{row.score:.4g}" for row in rows]),
    )
    sized = sys.stdout.isatty() or "COLUMNS" in os.environ
    print_fitted(Console(highlight=False, width=None if sized else width(columns)), columns)


@app.command()
def show(target: RunId, runs_dir: RunsDir = Path("runs"), json: Json = False) -> None:
    """One run: settings, curve, scores, machine, checkpoints."""
    from lab_app.cli.reports import evaluation_line
    from lab_app.durations import duration
    from lab_app.results.results import find_benchmark
    from lab_app.runs.target import find_run

    run = find_run(target, runs_dir, registry(), say=say)
    record, state = run.record, run.state
    saved = run.saved_evaluations()
    evaluations = [one.evaluation for one in saved]
    if json:
        shown = {**msgspec.to_builtins(record), "status": state}
        emit({"run": shown, "folder": str(run.folder), "evaluations": evaluations, "checkpoints": run.checkpoints.steps()})
        return
    print(f"{record.id}  {state}" + (f": {record.error}" if record.error else ""))
    limit = "" if record.budget_seconds is None else f" (time limit {duration(record.budget_seconds)})"
    trained = f"{record.step:,} of {record.budget_steps:,} {record.step_unit} in {duration(record.wall_seconds)}{limit}"
    print(f"  {'trained':12}{trained}")
    print(f"  {'preset':12}{record.preset}  seed {record.seed}  {record.device}  {record.precision}  {record.threads} threads")
    if record.parameters:
        print(f"  {'parameters':12}{', '.join(f'{name} {count:,}' for name, count in record.parameters.items())}")
    print(f"  {'machine':12}{record.machine.get('processor')}, {record.machine.get('cores')} cores")
    print(f"  {'command':12}{' '.join(record.command)}")
    print(f"  {'checkpoints':12}{', '.join(f'{step:,}' for step in run.checkpoints.steps()) or 'none'}")
    if record.best_score is not None:
        print(f"  {'selected':12}step {record.best_step:,} (selection score {record.best_score:g})")
    for one in saved:
        benchmark = find_benchmark(one.evaluation.benchmark, one.evaluation.protocol, registry())
        of = f"{one.model} model" + (f" of step {one.step:,}" if one.step is not None else "")
        print(f"  {'score':12}{evaluation_line(one.evaluation, benchmark)}  {of}")
    for key, value in record.changed.items():
        print(f"  {'changed':12}{key} = {value}")


@app.command()
def remove(
    targets: Annotated[list[str], typer.Argument(metavar="RUN...", autocompletion=complete.runs)],
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Don't ask.")] = False,
    runs_dir: RunsDir = Path("runs"),
) -> None:
    """Delete runs with everything in them."""
    from lab_app.runs.store import Store
    from lab_app.runs.store_index import run_id_of
    from lab_core.files import disk_errors
    from lab_core.runs.locking import FileLock

    found = [_removable(runs_dir, target) for target in targets]
    for folder, what in found:
        name = run_id_of(folder)
        if not yes:
            if not sys.stdin.isatty():
                raise UsageError(f"Removing {name} needs confirmation.", "Add --yes.")
            typer.confirm(f"Remove {name} ({what})?", abort=True)
        with FileLock(folder / "lock", what=f"Run {name}").held(), disk_errors(f"The removal of {name}", folder):
            shutil.rmtree(folder)
        Store(runs_dir).remove(name)
        say(f"removed {name}")


def _removable(runs_dir: Path, target: str) -> tuple[Path, str]:
    """The folder of a run, whole or damaged, and what it is; raises UsageError for anything else."""
    from lab_core.runs.run import Run

    folder = runs_dir / target
    try:
        record = Run.open(folder).record
        return folder, f"{record.step:,} {record.step_unit}"
    except LabError:
        parts = Path(target).parts
        inside = len(parts) == 2 and not Path(target).is_absolute() and ".." not in parts
        if not inside or not os.path.lexists(folder / "run.json"):
            raise
        if (folder / "lock").is_symlink():
            (folder / "lock").unlink()
        return folder, "damaged"


@app.command()
def record(
    targets: Annotated[
        list[str], typer.Argument(metavar="RUN|TASK...", callback=any_case.target, autocompletion=complete.runs_and_tasks)
    ],
    to: Annotated[Path, typer.Option("--to", metavar="FILE", help="JSON file to write.")],
    preset: Annotated[
        str,
        typer.Option(help="For a task: its completed runs of this preset with unchanged settings and the newest run's budget."),
    ] = "default",
    runs_dir: RunsDir = Path("runs"),
) -> None:
    """Write the record of a run into one small file: settings, curve, scores, time, machine."""
    from lab_app.records.publish import independent, publish
    from lab_app.runs.store import Store
    from lab_app.runs.target import find_run
    from lab_core.files import disk_errors, encode_json, make_folder, write_atomic
    from lab_core.runs.run import Run

    runs: list[Run] = []
    for target in targets:
        if registry().has_task(target):
            rows = [row for row in Store(runs_dir).runs(task=target, status="completed") if row.preset == preset]
            rows = [row for row in rows if not row.changed]
            rows = [row for row in rows if (row.budget_steps, row.time_limit) == (rows[0].budget_steps, rows[0].time_limit)]
            mine = (Run.open(runs_dir / row.id) for row in rows)
            runs += sorted(mine, key=lambda run: (run.record.seed, run.record.id))
        else:
            runs.append(find_run(target, runs_dir, registry(), say=say))
    if not runs:
        raise UsageError(f"No completed run of {', '.join(targets)} with preset {preset} in {runs_dir}.")
    with disk_errors("The record", to.parent, option="--to"):
        make_folder(to.parent)
    records = independent([publish(run, registry()) for run in runs])
    if len(records) < len(runs):
        say(f"left out: {len(runs) - len(records)} that repeat another's settings, seed and scores")
    write_atomic(to, encode_json(records) + b"\n", option="--to")
    say(f"{len(records)} runs -> {to} ({to.stat().st_size / 1e3:.0f} kB)")


@app.command()
def reindex(runs_dir: RunsDir = Path("runs"), json: Json = False) -> None:
    """Rebuild the results store from the run folders."""
    from lab_app.runs.store import Store

    if not runs_dir.is_dir():
        raise UsageError(f"There is no folder {runs_dir}.", "Name it with --runs-dir.")
    report = Store(runs_dir).reindex()
    if json:
        emit(report)
        return
    print(f"{report.runs} runs, {report.evaluations} evaluations")
    for line in report.problems:
        say(line)


def tensorboard(
    targets: Annotated[list[str] | None, typer.Argument(metavar="[RUN...]", autocompletion=complete.runs)] = None,
    port: Annotated[int, typer.Option(help="Port on the loopback address; 0 takes a free one.")] = 6006,
    runs_dir: RunsDir = Path("runs"),
) -> None:
    """Start TensorBoard on some runs, or on all."""
    from importlib.util import find_spec

    from lab_app.runs.target import find_run

    if find_spec("tensorboard") is None:
        raise LabError("TensorBoard is not installed.", "Install it: uv pip install 'lab-runner[tensorboard]'")
    if targets:
        folders = [find_run(target, runs_dir, registry(), say=say) for target in targets]
        where = ["--logdir_spec", ",".join(f"{run.record.id.replace('/', '_')}:{run.folder}" for run in folders)]
    elif runs_dir.is_dir():
        where = ["--logdir", str(runs_dir)]
    else:
        raise UsageError(f"There is no folder {runs_dir}.", "Name it with --runs-dir.")
    command = [sys.executable, "-m", "lab_app.observers.tensorboard_server", *where, "--port", str(port), "--host", "127.0.0.1"]
    raise typer.Exit(subprocess.call(command))
