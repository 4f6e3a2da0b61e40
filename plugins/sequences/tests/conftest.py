"""What several tests start from."""

from collections.abc import Callable
from typing import Any

import pytest
from lab_sequences.tasks import tasks

from lab_core.config import resolve
from lab_core.context import Context
from lab_core.imports import load_object
from lab_core.registry.discovery import discover
from lab_core.registry.registry import config_type

TASKS = {task.id: task for task in tasks()}


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


@pytest.fixture(scope="session")
def baseline(config: Callable[..., Any]) -> Callable[..., Any]:
    """``baseline(task, *overrides)``: the ready model of a task without a trainer."""

    def make(task: str, *overrides: str) -> Any:
        return load_object(TASKS[task].model, what=task).ready(config(task, *overrides), device="cpu")

    return make


@pytest.fixture(scope="session")
def score(config: Callable[..., Any]) -> Callable[..., Any]:
    """``score(task, model, *overrides, protocol=..., count=...)``: an evaluation on the task's benchmark."""
    registry, _ = discover()

    def make(task: str, model: Any, *overrides: str, protocol: str = "validation", count: int = 3) -> Any:
        benchmark = registry.benchmark_of(TASKS[task], config(task, *overrides))
        assert benchmark is not None
        evaluator = load_object(benchmark.evaluator, what=task)(benchmark)
        return evaluator.evaluate(model, protocol=protocol, count=count, seed=0)

    return make
