"""The tasks of this plugin, group by group."""

from lab_core.task import Task
from lab_image_translation.baseline_tasks import tasks as baselines
from lab_image_translation.paired.tasks import tasks as paired


def tasks() -> list[Task]:
    """Every task of this plugin."""
    return [*paired(), *baselines()]
