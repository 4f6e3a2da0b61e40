"""Every task of the plugin: complete records, clear refusals, a light import."""

import pytest
from lab_sequences.tasks import tasks

from lab_app.testing import check_errors, check_light, check_record
from lab_core.registry.discovery import discover

TASKS = {task.id: task for task in tasks()}


@pytest.mark.parametrize("task_id", TASKS)
def test_task_has_a_complete_record(task_id):
    registry, _ = discover()
    check_record(TASKS[task_id], registry)
    check_errors(TASKS[task_id])


def test_plugin_is_light():
    check_light("lab_sequences")
