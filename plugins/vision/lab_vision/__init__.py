"""Classification, fine-tuning, deep dream, detection and faces."""

from lab_core import Task, hookimpl


@hookimpl
def lab_tasks() -> list[Task]:
    from lab_vision.tasks import tasks

    return tasks()
