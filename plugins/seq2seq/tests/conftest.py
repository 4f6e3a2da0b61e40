"""What several tests start from."""

from collections.abc import Callable
from typing import Any

import pytest
from lab_seq2seq.tasks import tasks
from lab_tensorflow.runtime import start

from lab_core.config import resolve
from lab_core.context import Context
from lab_core.imports import load_object
from lab_core.registry.registry import config_type

TASKS = {task.id: task for task in tasks()}


@pytest.fixture(scope="session", autouse=True)
def _tensorflow() -> None:
    start(threads=2)


@pytest.fixture(scope="session")
def config() -> Callable[..., Any]:
    """``config(task, *overrides)``: a task's smoke settings with some on top."""

    def make(task: str, *overrides: str, preset: str = "smoke") -> Any:
        return resolve(config_type(TASKS[task]), TASKS[task].preset(preset), overrides=overrides)

    return make


@pytest.fixture(scope="session")
def trainer(config: Callable[..., Any]) -> Callable[..., Any]:
    """``trainer(task, *overrides)``: a task's trainer at its smoke settings."""

    def make(task: str, *overrides: str, seed: int = 0) -> Any:
        kind = load_object(TASKS[task].trainer, what=task)
        return kind(TASKS[task], config(task, *overrides), Context(seed=seed, threads=2))

    return make
