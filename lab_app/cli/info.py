"""``lab info``: a task with its settings."""

from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from lab_app.cli import any_case, complete
from lab_app.cli.common import Json, emit, registry
from lab_app.cli.output import runnable
from lab_app.cli.setting_groups import changing, print_settings, values_of
from lab_app.durations import span
from lab_app.records.timing import Estimate, recorded_time
from lab_core.benchmark import Benchmark
from lab_core.config import fields, from_dict, to_dict
from lab_core.errors import UsageError
from lab_core.registry.registry import config_type
from lab_core.task import Task


def info(
    task_id: Annotated[str, typer.Argument(metavar="TASK", callback=any_case.task, autocompletion=complete.tasks)],
    show_config: Annotated[
        bool, typer.Option("--show-config", help="Print the settings as a file for lab run --config: TOML, or JSON with --json.")
    ] = False,
    changed: Annotated[
        bool, typer.Option("--changed", help="Only settings that presets change; with --preset: from default to that one.")
    ] = False,
    preset: Annotated[
        str | None,
        typer.Option(help="Preset of --show-config or --changed.", show_default="default", autocompletion=complete.presets),
    ] = None,
    json: Json = False,
) -> None:
    """A task with its benchmark, protocols, presets, and every setting with its bounds, grouped by subject."""
    task = registry().task(task_id)
    kind = config_type(task)
    if preset is not None and not (show_config or changed):
        raise UsageError("--preset goes with --show-config or --changed.", f"lab info {task_id} --changed --preset {preset}")
    if show_config and changed:
        raise UsageError("--show-config and --changed exclude each other.", f"lab info {task_id} --changed")
    if changed:
        _show_changed(task, preset, json=json)
        return
    if show_config:
        _show_config(task, preset or "default", json=json)
        return
    benchmark = registry().benchmark_of(task, from_dict(kind, task.preset("default")))
    if json:
        plugin = registry().plugin_of(task_id)
        emit({"task": task, "plugin": plugin, "benchmark": benchmark, "settings": fields(kind), "times": _times(task)})
        return
    console = Console()
    console.print(f"[bold]{task.id}[/]  {escape(task.title)}")
    head = Table.grid(padding=(0, 2))
    for name, value in _facts(task, benchmark):
        head.add_row(f"[dim]{name}[/]", escape(value))
    console.print(head)
    print_settings(console, task, fields(kind), list(task.presets))
    if task.trainer is None:
        from lab_app.cli.train import at_once

        console.print(f"[dim]{escape(runnable(at_once(task, registry())))}[/]")
        return
    more = f"lab run {task.id} --set KEY=VALUE   [dim]what presets change:[/] lab info {task.id} --changed"
    console.print(runnable(f"\n[dim]Run it:[/] lab run {task.id}   [dim]change a setting:[/] {more}"))


def _show_changed(task: Task, preset: str | None, *, json: bool) -> None:
    """What the presets change, or what one of them has otherwise than ``default``."""
    if preset is not None:
        task.preset(preset)  # raises for an unknown one
    presets = list(task.presets) if preset is None else ["default", preset]
    found = changing(task, fields(config_type(task)), presets)
    if json:
        emit({"task": task.id, "changed": {field.name: values_of(task, field, presets) for field in found}})
        return
    if not found:
        print("All presets have the same settings." if preset is None else f"{preset} has the settings of default.")
        return
    print_settings(Console(), task, found, presets)


def _show_config(task: Task, preset: str, *, json: bool) -> None:
    from lab_app.cli.settings_file import as_toml

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
    facts.append(("presets", "\n".join(_preset_lines(task))))
    near = f"saved state exact; then within {task.tolerance:g} where no episode had to restart"
    facts.append(("resume", "bit-equal" if task.deterministic else near))
    if task.pretrained:
        facts.append(("pretrained", runnable(f"lab play {task.id}@pretrained")))
    if task.source:
        facts.append(("source", task.source))
    return facts


def _lengths(task: Task) -> dict[str, int]:
    """The steps of each preset."""
    return {name: from_dict(config_type(task), task.preset(name)).steps for name in task.presets}


def _times(task: Task) -> dict[str, Estimate]:
    """The time of each preset that was recorded."""
    found = {name: recorded_time(task, name, steps) for name, steps in _lengths(task).items()} if task.trainer else {}
    return {name: time for name, time in found.items() if time is not None}


def _preset_lines(task: Task) -> list[str]:
    """Each preset with its length, and the time that it took where it was recorded."""
    if task.trainer is None:
        return [", ".join(task.presets)]
    steps = _lengths(task)
    widths = max(map(len, steps)), max(len(f"{count:,}") for count in steps.values())
    lines: list[str] = []
    times = _times(task)
    for name, count in steps.items():
        time = times.get(name)
        took = f", {span(time.low, time.high)} ({time.source})" if time is not None else ""
        lines.append(f"{name:{widths[0]}}  {count:>{widths[1]},} {task.step_unit}{took}")
    return lines
