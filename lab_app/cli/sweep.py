"""``lab sweep``: many runs, side by side in processes of their own; ``lab resume SWEEP`` goes on with what is missing."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import msgspec
import typer

from lab_app.cli import any_case, complete
from lab_app.cli.common import Json, RunsDir, command_line, emit, registry, say, seconds
from lab_app.cli.output import runnable
from lab_core.errors import UsageError, unknown, word

if TYPE_CHECKING:
    from lab_app.sweeping.sweep import Standing, Sweep
    from lab_core.training.spec import JobSpec


def _ways(incomplete: str) -> list[str]:
    return [way for way in ("grid", "random", "optuna") if way.startswith(incomplete)]


def sweep(
    tasks: Annotated[list[str], typer.Argument(metavar="TASK...", callback=any_case.task, autocompletion=complete.tasks)],
    seeds: Annotated[str, typer.Option(help="How many seeds (5: 0 to 4), a range (3-7), or these (1,4,9).")] = "1",
    settings: Annotated[
        list[str] | None,
        typer.Option(
            "--set", metavar="KEY=A,B", help="Try each value; several --set: each combination. Lists: A;B. Range: A..B."
        ),
    ] = None,
    preset: Annotated[str, typer.Option(help="Named settings of the tasks.", autocompletion=complete.presets)] = "default",
    steps: Annotated[int | None, typer.Option(help="Length of each training.", min=1)] = None,
    time: Annotated[str | None, typer.Option("--time", metavar="TIME", help="Stop each training after this wall time.")] = None,
    search: Annotated[
        str,
        typer.Option(
            help="grid: every combination; random; optuna: guided by the selection scores so far.", autocompletion=_ways
        ),
    ] = "grid",
    trials: Annotated[int | None, typer.Option(help="Only this many combinations of each task.", min=1)] = None,
    prune: Annotated[
        bool, typer.Option("--prune", help="End runs whose selection scores are worse than the median of completed ones.")
    ] = False,
    jobs: Annotated[int | None, typer.Option(help="Runs side by side; default: as cores and memory allow.", min=1)] = None,
    threads: Annotated[int | None, typer.Option(help="Threads of each run; default: the cores shared.", min=1)] = None,
    retries: Annotated[int, typer.Option(help="How often a failed run is tried again.", min=0, max=10)] = 1,
    device: Annotated[
        str, typer.Option(help="auto, cpu, gpu or gpu:N; auto spreads runs over all GPUs.", autocompletion=complete.devices)
    ] = "auto",
    engine: Annotated[str, typer.Option(help="Where runs are executed: local, or an engine of a package (ray).")] = "local",
    address: Annotated[str, typer.Option(help="Address of the engine's cluster.", show_default="its own choice")] = "",
    name: Annotated[str | None, typer.Option(help="Name of the sweep.", show_default="from the clock")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show the runs, their memory and time, and stop.")] = False,
    runs_dir: RunsDir = Path("runs"),
    json: Json = False,
) -> None:
    """Train several tasks, settings and seeds, as many side by side as fit, and compare their scores."""
    from lab_app.sweeping import sweep as files
    from lab_app.sweeping.jobs import Choose, make_jobs, read_seeds
    from lab_app.sweeping.search import WAYS, check_values, next_trial, random_settings, read_space
    from lab_app.sweeping.slots import share
    from lab_app.sweeping.sweep import Search
    from lab_app.sweeping.workers import engines, workers_of
    from lab_core.registry.registry import config_type

    name = files.new_name() if name is None else name
    if not name or not all(letter.isalnum() or letter in "-_" for letter in name) or len(name) > 60:
        raise UsageError(f"--name {name!r} can't be used.", "Up to 60 letters, digits, '-' and '_' are expected.")
    if search not in WAYS:
        raise unknown("search", search, WAYS)
    if search != "grid" and trials is None:
        raise UsageError(f"--search {search} needs to know how many settings to try.", "Add --trials 20")
    if engine not in engines():
        workers_of(engine, runs_dir, jobs=1)  # raises
    options: dict[str, Any] = {"steps": steps, "seconds": seconds(time), "preset": preset, "device": device}
    plan: dict[str, Any] = {"retries": retries, "prune": prune, "engine": engine, "address": address}
    if search == "optuna":
        found = Search(
            tasks=tuple(dict.fromkeys(tasks)),
            trials=trials or 1,
            settings=tuple(settings or ()),
            seeds=read_seeds(seeds),
            threads=None,
            runs_dir=str(runs_dir.absolute()),
            **options,
        )
        sweep_now = files.Sweep(name=name, specs=(), command=command_line(), search=found, **plan)
        count = found.trials * len(found.tasks) * len(found.seeds)
        first = next_trial(sweep_now, [], registry())
        assert first is not None
        slots = share(first.specs, registry(), jobs=jobs, threads=threads, count=count)
        found = msgspec.structs.replace(found, threads=slots.specs[0].threads)
        first = msgspec.structs.replace(first, specs=slots.specs, jobs=slots.jobs, search=found)
        begin(first, runs_dir, memory=slots.memory, dry_run=dry_run, json=json)
        return
    if search == "grid":
        for task in tasks:
            check_values(settings or (), config_type(registry().task(task)))
    choose: Choose | None = None
    if search == "random":

        def chosen(kind: Any) -> list[tuple[str, ...]]:
            return random_settings(read_space(settings or (), kind), trials or 1)

        choose = chosen
    specs = make_jobs(
        tasks,
        registry(),
        name=name,
        seeds=read_seeds(seeds),
        settings=settings or (),
        trials=trials,
        choose=choose,
        runs_dir=runs_dir.absolute(),
        command=command_line(),
        **options,
    )
    start(name, specs, runs_dir, jobs=jobs, threads=threads, dry_run=dry_run, json=json, **plan)


def start(
    name: str,
    specs: "Sequence[JobSpec]",
    runs_dir: Path,
    *,
    jobs: int | None = None,
    threads: int | None = None,
    dry_run: bool = False,
    json: bool = False,
    again: bool = False,
    **plan: Any,
) -> None:
    """Share this machine among the jobs, keep them as a sweep and carry it out; with ``dry_run`` print the plan alone.

    With ``again`` the jobs take the place of an earlier sweep's of this name; what its runs have done stays done. ``plan`` has
    further fields of the sweep.
    """
    from lab_app.sweeping.slots import share
    from lab_app.sweeping.sweep import Sweep

    slots = share(specs, registry(), jobs=jobs, threads=threads)
    found = Sweep(name=name, specs=slots.specs, jobs=slots.jobs, command=command_line(), **plan)
    begin(found, runs_dir, memory=slots.memory, dry_run=dry_run, json=json, again=again)


def begin(found: "Sweep", runs_dir: Path, *, memory: int, dry_run: bool, json: bool, again: bool = False) -> None:
    """Keep a sweep and carry it out, or print its plan."""
    from lab_app.sweeping.sweep import save

    if dry_run:
        _plan(found, memory, json=json)
        return
    save(found, runs_dir, again=again)
    carry_out(found, runs_dir, json=json)


def carry_out(found: "Sweep", runs_dir: Path, *, json: bool) -> None:
    """Run what is missing of a sweep and print what it found; exit code 1 where a run failed, 130 after Ctrl-C."""
    from lab_app.cli.sweep_table import Progress
    from lab_app.sweeping import report
    from lab_app.sweeping.engine import Engine
    from lab_app.sweeping.search import next_trial

    more = f", {found.search.trials} trials of each task in all" if found.search else ""
    say(f"{found.name}: {len(found.specs)} runs, {found.jobs} at a time{more}")
    with Progress(found.jobs) as progress:
        engine = Engine(found, runs_dir, watch=progress, more=lambda sweep, standings: next_trial(sweep, standings, registry()))
        standings = engine.run()
    if json:
        emit(report.document(found.name, standings, registry()))
    else:
        _print(found, standings, runs_dir)
    if engine.interrupted:
        say(f"saved; continue with: lab resume {found.name}{_where(runs_dir)}")
        raise typer.Exit(130)
    if any(one.state == "failed" for one in standings):
        raise typer.Exit(1)


def _print(found: "Sweep", standings: "Sequence[Standing]", runs_dir: Path) -> None:
    from lab_app.sweeping import report

    for group in report.groups(standings, registry()):
        settings = "  ".join(f"{key}={value}" for key, value in group.settings.items())
        runs = f"{group.completed} of {group.runs} runs"
        print(f"{group.task}  {settings}".rstrip() + f"  {runs}  {group.score}".rstrip())
    if found.search is not None or found.prune:
        for task, best in report.best_by_selection(standings).items():
            settings = "  ".join(f"{key}={value}" for key, value in best["settings"].items()) or "as the preset says"
            print(f"best by selection  {task}  {settings}  {best['selection']:.4g} over {best['runs']} runs")
    for one in standings:
        if one.state == "failed":
            say(f"failed: {one.id}: {one.error}")
    if any(one.state == "completed" for one in standings):
        where = _where(runs_dir)
        print(runnable(f"compare    lab leaderboard{where}, lab runs list{where}"))


def _plan(found: "Sweep", memory: int, *, json: bool) -> None:
    """What a sweep would be."""
    from lab_app.durations import span
    from lab_app.records.estimate import estimate_time
    from lab_core.config import from_dict
    from lab_core.machine import devices
    from lab_core.registry.registry import config_type

    if found.search is not None and not json:
        print(f"{found.search.trials} trials of each task; the first is shown, the others follow from the scores")
    total, low, high, known = 0.0, 0.0, 0.0, 0
    for spec in found.specs:
        task = registry().task(spec.task)
        where = devices.resolve_device(spec.device)
        precision = devices.resolve_precision(spec.precision, task.precisions, where)
        config = from_dict(config_type(task), spec.config)
        runs_dir = Path(spec.runs_dir)
        time = estimate_time(
            task, spec.preset, config.steps, runs_dir=runs_dir, device=where, precision=precision, threads=spec.threads or 1
        )
        known += time is not None or task.trainer is None
        if time is not None:
            time = time.limited(spec.seconds)
            total, low, high = total + time.seconds, low + time.low, high + time.high
    if json:
        runs = [{"task": one.task, "seed": one.seed, "changed": one.changed} for one in found.specs]
        seconds_in_all = total / found.jobs if known == len(found.specs) else None
        emit({"sweep": found.name, "jobs": found.jobs, "memory_bytes": memory, "seconds": seconds_in_all, "runs": runs})
        return
    for spec in found.specs:
        print(f"{word(spec.task)}  seed {spec.seed}  " + "  ".join(f"{key}={value}" for key, value in spec.changed.items()))
    print(f"{len(found.specs)} runs, {found.jobs} at a time with {found.specs[0].threads} threads each")
    print(f"memory     {memory / 1e9:.1f} GB of the largest run" if memory else "memory     not known")
    rest = len(found.specs) - known
    expected = [span(low / found.jobs, high / found.jobs)] if known else []
    print("time       " + ", and ".join([*expected, *([f"{rest} runs of unknown time"] if rest else [])]))


def _where(runs_dir: Path) -> str:
    return "" if runs_dir == Path("runs") else f" --runs-dir {word(str(runs_dir))}"
