"""Shell completion of ids, presets, settings and runs."""

from pathlib import Path

import typer


def tasks(incomplete: str) -> list[str]:
    from lab_app.cli.common import registry

    return [task.id for task in registry().tasks() if task.id.startswith(incomplete)]


def presets(context: typer.Context, incomplete: str) -> list[str]:
    from lab_app.cli.common import registry

    task_id = context.params.get("task_id")
    if not task_id or not registry().has_task(task_id):
        return []
    return [name for name in registry().task(task_id).presets if name.startswith(incomplete)]


def settings(context: typer.Context, incomplete: str) -> list[str]:
    from lab_app.cli.common import registry
    from lab_core.registry.registry import config_type

    task_id = context.params.get("task_id")
    if not task_id or not registry().has_task(task_id) or "=" in incomplete:
        return []
    names = config_type(registry().task(task_id)).__struct_fields__
    return [f"{name}=" for name in names if name.startswith(incomplete)]


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
