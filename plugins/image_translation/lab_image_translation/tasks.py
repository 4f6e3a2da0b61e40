"""The tasks of this plugin, group by group."""

from lab_core.task import Task
from lab_image_translation.anomaly.tasks import tasks as anomaly
from lab_image_translation.baseline_tasks import tasks as baselines
from lab_image_translation.paired.tasks import tasks as paired
from lab_image_translation.style.tasks import tasks as style
from lab_image_translation.unpaired.tasks import tasks as unpaired


def tasks() -> list[Task]:
    """Every task of this plugin."""
    return [*paired(), *unpaired(), *style(), *anomaly(), *baselines()]
