"""The settings of a task as text, grouped by subject: a table on wide terminals, else a list."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.padding import Padding
from rich.table import Table

from lab_app.sections import grouped
from lab_core.config import Field
from lab_core.task import Task

_WIDE = 140


def values_of(task: Task, field: Field, presets: Iterable[str]) -> dict[str, Any]:
    """A setting's value in each of the presets."""
    return {name: task.preset(name).get(field.name, field.default) for name in presets}


def changing(task: Task, settings: Iterable[Field], presets: Sequence[str]) -> list[Field]:
    """The settings whose value isn't the same in all of the presets."""
    return [field for field in settings if len({as_text(one) for one in values_of(task, field, presets).values()}) > 1]


def print_settings(console: Console, task: Task, settings: Iterable[Field], presets: Sequence[str]) -> None:
    """The settings with their values in ``presets``, types, bounds and meanings."""
    groups = grouped(settings)
    if console.width >= _WIDE:
        console.print(_table(task, groups, presets))
    else:
        _list(console, task, groups, presets)


def _list(console: Console, task: Task, groups: Mapping[str, Sequence[Field]], presets: Sequence[str]) -> None:
    """Two lines a setting: its value, with those presets that have another; then what it means."""
    for section, settings in groups.items():
        console.print(f"\n[bold]{escape(section)}[/]")
        for field in settings:
            values = {name: as_text(value) for name, value in values_of(task, field, presets).items()}
            usual = values.get("default", next(iter(values.values())))
            others = "  ".join(f"[dim]{escape(name)}[/] {escape(value)}" for name, value in values.items() if value != usual)
            console.print(f"  [cyan]{field.name}[/]  {escape(usual)}{f'   {others}' if others else ''}")
            unit = f" ({field.unit})" if field.unit else ""
            text = f"{field.description}{unit}; {field.type} {field.bounds}".rstrip()
            console.print(Padding(escape(text), (0, 0, 0, 6)), style="dim")


def _table(task: Task, groups: Mapping[str, Sequence[Field]], presets: Sequence[str]) -> Table:
    table = Table(box=box.SIMPLE, pad_edge=False)
    table.add_column("setting", no_wrap=True)
    table.add_column("type and bounds")
    for name in presets:
        table.add_column(escape(name), justify="right")
    table.add_column("meaning")
    for section, settings in groups.items():
        table.add_section()
        table.add_row(f"[bold]{escape(section)}[/]")
        for field in settings:
            shown = map(as_text, values_of(task, field, presets).values())
            unit = f" [{field.unit}]" if field.unit else ""
            kind = f"{field.type} {field.bounds}".strip()
            table.add_row(*map(escape, (f"  {field.name}", kind, *shown, f"{field.description}{unit}")))
    return table


def as_text(value: Any) -> str:
    """A setting's value as a reader sees it."""
    if value is None:
        return "none"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, list | tuple):
        return ",".join(as_text(item) for item in value)  # pyright: ignore[reportUnknownVariableType]
    return str(value) or '""'
