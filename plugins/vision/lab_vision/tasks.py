"""The tasks of this plugin, group by group."""

from lab_core.task import Task
from lab_vision.classification.tasks import tasks as classification
from lab_vision.detection.tasks import tasks as detection
from lab_vision.dream.tasks import tasks as dream
from lab_vision.embedding.tasks import tasks as embedding
from lab_vision.faces.tasks import tasks as faces


def tasks() -> list[Task]:
    """Every task of this plugin."""
    return [*classification(), *dream(), *detection(), *faces(), *embedding()]
