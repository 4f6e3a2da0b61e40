"""The tasks of this folder."""

from lab_core.task import Task


def tasks() -> list[Task]:
    """Every task of this folder."""
    return []
