"""``lab list`` and ``lab info``: what there is to run."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer
from rich import box
from rich.console import Console
from rich.padding import Padding
from rich.table import Table

from lab_app.cli import complete
from lab_app.cli.common import Json, RunsDir, emit, plugins, registry, say
from lab_core.benchmark import Benchmark
from lab_core.config import Field, fields, from_dict, to_dict
from lab_core.errors import LabError, UsageError, unknown
from lab_core.registry.registry import config_type
from lab_core.task import Task

_WIDE = 140
_ANYWHERE = "anywhere"  # tag of tasks whose problem is a setting


def list_tasks(
    family: Annotated[str | None, typer.Option(help="Only this family.")] = None,
    tag: Annotated[str | None, typer.Option(help="Only tasks with this tag.")] = None,
    runs_dir: RunsDir = Path("runs"),
    json: Json = False,
) -> None:
    """Every task, grouped by family, with what a good score is and your best one."""
    every = list(registry().tasks())
    if family is not None and family not in {task.family for task in every}:
        raise unknown("family", family, {task.family for task in every})
    if tag is not None and tag not in {name for task in every for name in task.tags}:
        raise unknown("tag", tag, {name for task in every for name in task.tags})
    chosen = [task for task in every if family in (None, task.family) and (tag is None or tag in task.tags)]
    best = _best_scores(runs_dir)
    if json:
        emit([_task_document(task, best) for task in chosen])
    else:
        _print_tasks(chosen, best)
    for status in plugins():
        for reason in status.reasons:
            say(f"plugin {status.name}: {reason}")


def info(
    task_id: Annotated[str, typer.Argument(metavar="TASK", autocompletion=complete.tasks)],
    show_config: Annotated[
        bool, typer.Option("--show-config", help="Print the settings as a file for lab run --config: TOML, or JSON with --json.")
    ] = False,
    preset: Annotated[
        str | None, typer.Option(help="Preset of --show-config.", show_default="default", autocompletion=complete.presets)
    ] = None,
    json: Json = False,
) -> None:
    """A task with its benchmark, protocols, presets, and every setting with its bounds."""
    task = registry().task(task_id)
    kind = config_type(task)
    if preset is not None and not show_config:
        raise UsageError("--preset goes with --show-config.", f"lab info {task_id} --show-config --preset {preset}")
    if show_config:
        _show_config(task, preset or "default", json=json)
        return
    benchmark = registry().benchmark_of(task, from_dict(kind, task.preset("default")))
    if json:
        emit({"task": task, "plugin": registry().plugin_of(task_id), "benchmark": benchmark, "settings": fields(kind)})
        return
    console = Console()
    console.print(f"[bold]{task.id}[/]  {task.title}")
    head = Table.grid(padding=(0, 2))
    for name, value in _facts(task, benchmark):
        head.add_row(f"[dim]{name}[/]", value)
    console.print(head)
    if console.width >= _WIDE:
        console.print(_settings_table(task, fields(kind)))
    else:
        _print_settings(console, task, fields(kind))
    if task.trainer is None:
        from lab_app.cli.train import at_once

        console.print(f"[dim]{at_once(task, registry())}[/]")
        return
    console.print(f"[dim]Run it:[/] lab run {task.id}   [dim]change a setting:[/] lab run {task.id} --set KEY=VALUE")


def _show_config(task: Task, preset: str, *, json: bool) -> None:
    from lab_core.training.settings_file import as_toml

    config = from_dict(config_type(task), task.preset(preset))
    if json:
        emit(to_dict(config))
    else:
        print(as_toml(config, head=f"{task.title}, preset {preset}\nlab run {task.id} --config THIS_FILE"), end="")


def _facts(task: Task, benchmark: Benchmark | None) -> list[tuple[str, str]]:
    facts = [("plugin", registry().plugin_of(task.id)), ("method", task.method), ("family", task.family)]
    if benchmark is not None:
        score = benchmark.score
        facts.append(("benchmark", f"{benchmark.id}: {score.name}, {score.goal()}"))
        if score.random is not None:
            facts.append(("random", score.format(score.random)))
        names = [name + (" (default)" if name == benchmark.default_protocol else "") for name in benchmark.protocols]
        facts.append(("protocols", ", ".join(names)))
    facts.append(("presets", ", ".join(task.presets)))
    near = f"saved state exact; then within {task.tolerance:g} where no episode had to begin anew"
    facts.append(("resume", "bit-equal" if task.deterministic else near))
    if task.pretrained:
        facts.append(("pretrained", f"lab play {task.id}@pretrained"))
    if task.source:
        facts.append(("source", task.source))
    return facts


def _print_settings(console: Console, task: Task, settings: list[Field]) -> None:
    """The settings as two lines each, for terminals too narrow for the table."""
    console.print("\n[bold]settings[/]")
    for field in settings:
        values = {name: _value(task.preset(name).get(field.name, field.default)) for name in task.presets}
        same = len(set(values.values())) == 1
        shown = values["default"] if same else "  ".join(f"[dim]{name}[/] {value}" for name, value in values.items())
        console.print(f"  [cyan]{field.name}[/]  {shown}")
        unit = f" ({field.unit})" if field.unit else ""
        console.print(Padding(f"{field.description}{unit}; {field.type} {field.bounds}".rstrip(), (0, 0, 0, 6)), style="dim")


def _settings_table(task: Task, settings: list[Field]) -> Table:
    table = Table(box=box.SIMPLE, pad_edge=False)
    table.add_column("setting", style="bold", no_wrap=True)
    table.add_column("type and bounds")
    for name in task.presets:
        table.add_column(name, justify="right")
    table.add_column("meaning")
    for field in settings:
        shown = [_value(task.preset(name).get(field.name, field.default)) for name in task.presets]
        unit = f" [{field.unit}]" if field.unit else ""
        kind = f"{field.type} {field.bounds}".strip()
        table.add_row(field.name, kind, *shown, f"{field.description}{unit}".replace("[", r"\["))
    return table


def _value(value: Any) -> str:
    if value is None:
        return "none"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, list | tuple):
        return ",".join(_value(item) for item in value)  # pyright: ignore[reportUnknownVariableType]
    return str(value)


def _print_tasks(tasks: list[Task], best: Mapping[str, tuple[float, str]]) -> None:
    """Family, then benchmark with its goal, then a line a task; last what a person points at a problem of their own."""
    console = Console(highlight=False)
    grouped: dict[str, dict[str, list[Task]]] = {}
    benchmarks: dict[str, Benchmark | None] = {}
    for task in sorted(tasks, key=lambda task: _ANYWHERE in task.tags):
        benchmark = None if _ANYWHERE in task.tags else _listed_benchmark(task)
        name = benchmark.id if benchmark else _heading(task)
        benchmarks[name] = benchmark
        grouped.setdefault(task.family, {}).setdefault(name, []).append(task)
    width = max((len(task.id) for task in tasks), default=0)
    for family, members in grouped.items():
        console.print(f"\n[bold]{family}[/]")
        for name, inside in members.items():
            benchmark = benchmarks[name]
            goal = f"  [dim]{benchmark.score.name} {benchmark.score.goal()}[/]" if benchmark else ""
            console.print(f"  [yellow]{name}[/]{goal}")
            lines = Table.grid(padding=(0, 2, 0, 0))
            lines.add_column(style="cyan", no_wrap=True, min_width=width)
            for task in inside:
                mine = best.get(task.id)
                shown = f"  [green]best {benchmark.score.format(mine[0])}[/]" if benchmark and mine else ""
                lines.add_row(task.id, f"{task.title}{shown}")
            console.print(Padding(lines, (0, 0, 0, 4), expand=False))
    if not tasks:
        console.print("No task is installed.")


def _heading(task: Task) -> str:
    """What stands above tasks that have no column of their own: how to say which problem they are to work on."""
    if _ANYWHERE not in task.tags:
        return task.benchmark or "no benchmark"
    return "any game: --set game=NAME" if "atari" in task.tags else "any environment: --set env=ID"


def _listed_benchmark(task: Task) -> Benchmark | None:
    """The benchmark of a task under its default preset; None, and a line, when the config can't be read."""
    if task.benchmark is None:
        return None
    try:
        values = task.preset("default")
        if "{" not in task.benchmark:
            return registry().benchmark(task.benchmark)
        return registry().benchmark_of(task, from_dict(config_type(task), values))
    except LabError as error:
        say(f"task {task.id}: {error}")
        return None


def _best_scores(runs_dir: Path) -> Mapping[str, tuple[float, str]]:
    if not runs_dir.is_dir():
        return {}
    from lab_core.runs.store import Store

    return Store(runs_dir).best_scores()


def _task_document(task: Task, best: Mapping[str, tuple[float, str]]) -> Mapping[str, Any]:
    benchmark = _listed_benchmark(task)
    mine = best.get(task.id)
    return {
        "id": task.id,
        "title": task.title,
        "family": task.family,
        "method": task.method,
        "plugin": registry().plugin_of(task.id),
        "benchmark": benchmark.id if benchmark else None,
        "goal": benchmark.score.goal() if benchmark else None,
        "presets": list(task.presets),
        "tags": list(task.tags),
        "anywhere": _ANYWHERE in task.tags,
        "best": {"score": mine[0], "run": mine[1]} if mine else None,
    }
