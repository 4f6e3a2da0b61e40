"""Shell completion of ids, presets, settings and runs."""

from pathlib import Path
from typing import TYPE_CHECKING, get_args

import typer

if TYPE_CHECKING:
    from lab_core.config import Field
    from lab_core.task import Task


def tasks(incomplete: str) -> list[str]:
    from lab_app.cli.common import registry

    return [task.id for task in registry().tasks() if task.id.startswith(incomplete)]


def presets(context: typer.Context, incomplete: str) -> list[str]:
    task = _task(context)
    return [] if task is None else [name for name in task.presets if name.startswith(incomplete)]


def settings(context: typer.Context, incomplete: str) -> list[str]:
    from lab_core.config import fields
    from lab_core.registry.registry import config_type

    task = _task(context)
    if task is None:
        return []
    known = {field.name: field for field in fields(config_type(task))}
    name, equals, begun = incomplete.partition("=")
    if not equals:
        return [f"{one}=" for one in known if one.startswith(incomplete)]
    return [f"{name}={value}" for value in _values(known[name]) if value.startswith(begun)] if name in known else []


def _task(context: typer.Context) -> "Task | None":
    """The task that was typed before; behind an option that still lacks its value, words are not yet read as arguments."""
    from lab_app.cli.common import registry

    typed = [context.params.get("task_id"), *(context.params.get("tasks") or ()), *context.args]
    return next((registry().task(word) for word in typed if isinstance(word, str) and registry().has_task(word)), None)


def _values(field: "Field") -> list[str]:
    """What a setting may be, where that is a few words: its choices, true and false, else its default."""
    if isinstance(field.default, bool):
        return ["true", "false"]
    if field.choices:
        return [str(choice) for choice in field.choices]
    return [] if field.default is None or isinstance(field.default, tuple) else [str(field.default)]


def devices(incomplete: str) -> list[str]:
    from lab_core.machine.hardware import gpus

    found = ["auto", "cpu", "gpu", *(device.id for device in gpus())]
    return [device for device in found if device.startswith(incomplete)]


def precisions(incomplete: str) -> list[str]:
    return [name for name in ("auto", "float32", "bfloat16") if name.startswith(incomplete)]


def places(incomplete: str) -> list[str]:
    from lab_app.display.choice import On

    return [place for place in get_args(On) if place.startswith(incomplete)]


def families(incomplete: str) -> list[str]:
    from lab_app.cli.common import registry

    return sorted({task.family for task in registry().tasks() if task.family.startswith(incomplete)})


def tags(incomplete: str) -> list[str]:
    from lab_app.cli.common import registry

    return sorted({tag for task in registry().tasks() for tag in task.tags if tag.startswith(incomplete)})


def protocols(incomplete: str) -> list[str]:
    from lab_app.cli.common import registry

    return sorted({name for one in registry().benchmarks() for name in one.protocols if name.startswith(incomplete)})


def runs(context: typer.Context, incomplete: str) -> list[str]:
    from lab_app.runs.store import Store

    folder = Path(context.params.get("runs_dir") or "runs")
    if not folder.is_dir():
        return []
    return [row.id for row in Store(folder).runs() if row.id.startswith(incomplete)]


def runs_and_tasks(context: typer.Context, incomplete: str) -> list[str]:
    return [*tasks(incomplete), *runs(context, incomplete)]


def states(incomplete: str) -> list[str]:
    from lab_core.runs.run import STATES

    return [state for state in STATES if state.startswith(incomplete)]
