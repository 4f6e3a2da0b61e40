"""The tasks of this plugin."""

from lab_core.task import Task
from lab_sequences.parts import collect


def tasks() -> list[Task]:
    """Every task of this plugin."""
    return collect("tasks")
