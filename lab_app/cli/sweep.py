"""``lab sweep``: many runs, side by side in processes of their own; ``lab resume SWEEP`` goes on with what is missing."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lab_app.cli import complete
from lab_app.cli.common import Json, RunsDir, command_line, emit, registry, say, seconds
from lab_app.cli.output import runnable
from lab_core.errors import UsageError, word

if TYPE_CHECKING:
    from lab_app.sweeping.sweep import Standing, Sweep
    from lab_core.training.spec import JobSpec


def sweep(
    tasks: Annotated[list[str], typer.Argument(metavar="TASK...", autocompletion=complete.tasks)],
    seeds: Annotated[str, typer.Option(help="How many seeds (5: 0 to 4), a range (3-7), or these (1,4,9).")] = "1",
    settings: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=A,B", help="Try each value; several --set: each combination. Lists: A;B."),
    ] = None,
    preset: Annotated[str, typer.Option(help="Named settings of the tasks.", autocompletion=complete.presets)] = "default",
    steps: Annotated[int | None, typer.Option(help="Length of each training.", min=1)] = None,
    time: Annotated[str | None, typer.Option("--time", metavar="TIME", help="Stop each training after this wall time.")] = None,
    trials: Annotated[int | None, typer.Option(help="Only this many combinations, at random.", min=1)] = None,
    jobs: Annotated[int | None, typer.Option(help="Runs side by side; default: as cores and memory allow.", min=1)] = None,
    threads: Annotated[int | None, typer.Option(help="Threads of each run; default: the cores shared.", min=1)] = None,
    retries: Annotated[int, typer.Option(help="How often a failed run is tried again.", min=0, max=10)] = 1,
    device: Annotated[str, typer.Option(help="auto, cpu, gpu or gpu:N.", autocompletion=complete.devices)] = "auto",
    name: Annotated[str | None, typer.Option(help="Name of the sweep.", show_default="from the clock")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show the runs, their memory and time, and stop.")] = False,
    runs_dir: RunsDir = Path("runs"),
    json: Json = False,
) -> None:
    """Train several tasks, settings and seeds, as many side by side as fit, and compare their scores."""
    from lab_app.sweeping import sweep as files
    from lab_app.sweeping.jobs import make_jobs, read_seeds

    name = files.new_name() if name is None else name
    if not name or not all(letter.isalnum() or letter in "-_" for letter in name) or len(name) > 60:
        raise UsageError(f"--name {name!r} can't be used.", "Up to 60 letters, digits, '-' and '_' are expected.")
    limits = {"steps": steps, "seconds": seconds(time), "trials": trials}
    specs = make_jobs(
        tasks,
        registry(),
        name=name,
        seeds=read_seeds(seeds),
        settings=settings or (),
        preset=preset,
        device=device,
        runs_dir=runs_dir.absolute(),
        command=command_line(),
        **limits,  # pyright: ignore[reportArgumentType]
    )
    start(name, specs, runs_dir, jobs=jobs, threads=threads, retries=retries, dry_run=dry_run, json=json)


def start(
    name: str,
    specs: "Sequence[JobSpec]",
    runs_dir: Path,
    *,
    jobs: int | None = None,
    threads: int | None = None,
    retries: int = 1,
    dry_run: bool = False,
    json: bool = False,
    again: bool = False,
) -> None:
    """Share this machine among the jobs, keep them as a sweep and carry it out; with ``dry_run`` print the plan alone.

    With ``again`` the jobs take the place of an earlier sweep's of this name; what its runs have done stays done.
    """
    from lab_app.sweeping import sweep as files
    from lab_app.sweeping.slots import share

    slots = share(specs, registry(), jobs=jobs, threads=threads)
    found = files.Sweep(name=name, specs=slots.specs, jobs=slots.jobs, retries=retries, command=command_line())
    if dry_run:
        _plan(found, slots.memory, json=json)
        return
    files.save(found, runs_dir, again=again)
    carry_out(found, runs_dir, json=json)


def carry_out(found: "Sweep", runs_dir: Path, *, json: bool) -> None:
    """Run what is missing of a sweep and print what it found; exit code 1 where a run failed, 130 after Ctrl-C."""
    from lab_app.sweeping import report
    from lab_app.sweeping.engine import Engine

    shown = ""

    def watch(standings: "Sequence[Standing]") -> None:
        nonlocal shown
        text = report.line(standings, found.jobs)
        if sys.stderr.isatty():
            print(f"\r\x1b[2K{text}", end="", file=sys.stderr, flush=True)
        elif text.partition("  about")[0] != shown:
            say(text)
        shown = text.partition("  about")[0]

    say(f"{found.name}: {len(found.specs)} runs, {found.jobs} at a time")
    engine = Engine(found, runs_dir, watch=watch)
    standings = engine.run()
    if sys.stderr.isatty():
        print(file=sys.stderr)
    if json:
        emit(report.document(found.name, standings, registry()))
    else:
        _print(found, standings, runs_dir)
    if engine.interrupted:
        say(f"saved; go on with: lab resume {found.name}{_where(runs_dir)}")
        raise typer.Exit(130)
    if any(one.state == "failed" for one in standings):
        raise typer.Exit(1)


def _print(found: "Sweep", standings: "Sequence[Standing]", runs_dir: Path) -> None:
    from lab_app.sweeping import report

    for group in report.groups(standings, registry()):
        settings = "  ".join(f"{key}={value}" for key, value in group.settings.items())
        runs = f"{group.completed} of {group.runs} runs"
        print(f"{group.task}  {settings}".rstrip() + f"  {runs}  {group.score}".rstrip())
    for one in standings:
        if one.state == "failed":
            say(f"failed: {one.id}: {one.error}")
    if any(one.state == "completed" for one in standings):
        where = _where(runs_dir)
        print(runnable(f"compare    lab leaderboard{where}, lab runs list{where}"))


def _plan(found: "Sweep", memory: int, *, json: bool) -> None:
    """What a sweep would be."""
    from lab_app.observers.progress import duration
    from lab_app.records.estimate import estimate_time
    from lab_core.config import from_dict
    from lab_core.machine import devices
    from lab_core.registry.registry import config_type

    total, known = 0.0, True
    for spec in found.specs:
        task = registry().task(spec.task)
        where = devices.resolve_device(spec.device)
        precision = devices.resolve_precision(spec.precision, task.precisions, where)
        config = from_dict(config_type(task), spec.config)
        runs_dir = Path(spec.runs_dir)
        time = estimate_time(
            task, spec.preset, config, runs_dir=runs_dir, device=where, precision=precision, threads=spec.threads or 1
        )
        known &= time is not None
        total += time.seconds if time else 0.0
    if json:
        runs = [{"task": one.task, "seed": one.seed, "changed": one.changed} for one in found.specs]
        seconds_in_all = total / found.jobs if known else None
        emit({"sweep": found.name, "jobs": found.jobs, "memory_bytes": memory, "seconds": seconds_in_all, "runs": runs})
        return
    for spec in found.specs:
        print(f"{word(spec.task)}  seed {spec.seed}  " + "  ".join(f"{key}={value}" for key, value in spec.changed.items()))
    print(f"{len(found.specs)} runs, {found.jobs} at a time with {found.specs[0].threads} threads each")
    print(f"memory     {memory / 1e9:.1f} GB of the largest run" if memory else "memory     not known")
    print(f"time       about {duration(total / found.jobs)}" if known else "time       not known for every task")


def _where(runs_dir: Path) -> str:
    return "" if runs_dir == Path("runs") else f" --runs-dir {word(str(runs_dir))}"
