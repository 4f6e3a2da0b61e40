"""The trained models that come with the packages are whole and those of their tasks."""

import pytest

from lab_app.runs.target import pretrained
from lab_core.registry.discovery import discover
from lab_core.runs.model_folder import check_model_folder

REGISTRY = discover()[0]
SHIPPED = [task.id for task in REGISTRY.tasks() if task.pretrained]


def test_there_are_some() -> None:
    assert {"dqn-breakout", "pqn-breakout", "ppo-cartpole"} <= set(SHIPPED)


@pytest.mark.parametrize("task_id", SHIPPED)
def test_the_model_is_whole_and_its_tasks(task_id: str) -> None:
    folder = pretrained(REGISTRY.task(task_id), REGISTRY).folder
    assert folder is not None
    assert check_model_folder(folder).task == task_id
