"""The tasks of this plugin."""

from lab_core.task import Task
from lab_sequences.characters.tasks import tasks as characters


def tasks() -> list[Task]:
    """Every task of this plugin."""
    return [*characters()]
