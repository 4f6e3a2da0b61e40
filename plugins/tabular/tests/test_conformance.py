"""Every task of the plugin passes the core's conformance kit."""

import pytest
from lab_tabular.tasks import tasks

from lab_app.testing import check_fresh_process, check_light, check_task


@pytest.mark.parametrize("task_id", [task.id for task in tasks()])
def test_conforms(task_id, tmp_path):
    check_task(task_id, tmp_path)


def test_listing_is_light():
    check_light("lab_tabular")


def test_model_loads_and_is_scored_in_a_fresh_process(tmp_path):
    check_fresh_process("q-learning-maze", tmp_path)
