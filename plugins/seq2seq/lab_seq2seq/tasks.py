"""The tasks of this plugin."""

from lab_core.task import Task


def tasks() -> list[Task]:
    """Every task of this plugin."""
    return []
