"""What several tests start from."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from PIL import Image

from lab_core.config import resolve
from lab_core.context import Context
from lab_core.imports import load_object
from lab_core.registry.discovery import discover
from lab_core.registry.registry import config_type


@pytest.fixture(scope="session")
def trainer() -> Callable[..., Any]:
    """``trainer(task, *overrides)``: a task's trainer at its smoke settings."""

    def make(task_id: str, *overrides: str, preset: str = "smoke", seed: int = 0) -> Any:
        task = discover()[0].task(task_id)
        config = resolve(config_type(task), task.preset(preset), overrides=overrides)
        return load_object(task.trainer, what=task_id)(task, config, Context(seed=seed, threads=2))

    return make


@pytest.fixture(scope="session")
def ready() -> Callable[..., Any]:
    """``ready(task, *overrides)``: the model of a task without a trainer."""

    def make(task_id: str, *overrides: str, preset: str = "smoke") -> Any:
        task = discover()[0].task(task_id)
        config = resolve(config_type(task), task.preset(preset), overrides=overrides)
        return load_object(task.model, what=task_id).ready(config, device="cpu")

    return make


@pytest.fixture(scope="session")
def class_folders() -> Callable[..., Any]:
    """``class_folders(path, classes, count)``: folders of noisy pictures, each class around a colour of its own."""

    def make(path: Any, classes: tuple[str, ...] = ("red", "green", "blue"), count: int = 12, side: int = 40) -> Any:
        for place, name in enumerate(classes):
            (path / name).mkdir(parents=True)
            for number in range(count):
                rng = np.random.default_rng([place, number])
                pixels = rng.integers(0, 90, (side, side, 3), np.uint8)
                pixels[..., place % 3] += 150
                Image.fromarray(pixels).save(path / name / f"{number}.png")
        return path

    return make
