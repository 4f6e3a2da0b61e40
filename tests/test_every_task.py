"""What every task of every plugin must have; a task for each trainer is also trained, in the tests of its plugin."""

from lab_app.testing import check_errors, check_record
from lab_core.registry.discovery import discover


def test_every_task_has_a_complete_record_and_refuses_bad_settings() -> None:
    registry, _ = discover()
    for task in registry.tasks():
        check_record(task, registry)
        if task.trainer is not None:
            check_errors(task)
