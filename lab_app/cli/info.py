"""``lab info``: a task with its settings."""

from typing import Annotated, Any

import typer
from rich import box
from rich.console import Console
from rich.markup import escape
from rich.padding import Padding
from rich.table import Table

from lab_app.cli import complete
from lab_app.cli.common import Json, emit, registry
from lab_app.cli.output import runnable
from lab_core.benchmark import Benchmark
from lab_core.config import Field, fields, from_dict, to_dict
from lab_core.errors import UsageError
from lab_core.registry.registry import config_type
from lab_core.task import Task

_WIDE = 140


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
    console.print(f"[bold]{task.id}[/]  {escape(task.title)}")
    head = Table.grid(padding=(0, 2))
    for name, value in _facts(task, benchmark):
        head.add_row(f"[dim]{name}[/]", escape(value))
    console.print(head)
    if console.width >= _WIDE:
        console.print(_settings_table(task, fields(kind)))
    else:
        _print_settings(console, task, fields(kind))
    if task.trainer is None:
        from lab_app.cli.train import at_once

        console.print(f"[dim]{escape(runnable(at_once(task, registry())))}[/]")
        return
    console.print(runnable(f"[dim]Run it:[/] lab run {task.id}   [dim]change a setting:[/] lab run {task.id} --set KEY=VALUE"))


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
    facts.append(("presets", ", ".join(task.presets)))
    near = f"saved state exact; then within {task.tolerance:g} where no episode had to restart"
    facts.append(("resume", "bit-equal" if task.deterministic else near))
    if task.pretrained:
        facts.append(("pretrained", runnable(f"lab play {task.id}@pretrained")))
    if task.source:
        facts.append(("source", task.source))
    return facts


def _print_settings(console: Console, task: Task, settings: list[Field]) -> None:
    """The settings as two lines each, for terminals too narrow for the table."""
    console.print("\n[bold]settings[/]")
    for field in settings:
        values = {name: _value(task.preset(name).get(field.name, field.default)) for name in task.presets}
        same = len(set(values.values())) == 1
        every = (f"[dim]{escape(name)}[/] {escape(value)}" for name, value in values.items())
        shown = escape(values["default"]) if same else "  ".join(every)
        console.print(f"  [cyan]{field.name}[/]  {shown}")
        unit = f" ({field.unit})" if field.unit else ""
        text = f"{field.description}{unit}; {field.type} {field.bounds}".rstrip()
        console.print(Padding(escape(text), (0, 0, 0, 6)), style="dim")


def _settings_table(task: Task, settings: list[Field]) -> Table:
    table = Table(box=box.SIMPLE, pad_edge=False)
    table.add_column("setting", style="bold", no_wrap=True)
    table.add_column("type and bounds")
    for name in task.presets:
        table.add_column(escape(name), justify="right")
    table.add_column("meaning")
    for field in settings:
        shown = [_value(task.preset(name).get(field.name, field.default)) for name in task.presets]
        unit = f" [{field.unit}]" if field.unit else ""
        kind = f"{field.type} {field.bounds}".strip()
        table.add_row(*map(escape, (field.name, kind, *shown, f"{field.description}{unit}")))
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
