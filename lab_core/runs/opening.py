"""Opening a model: the environment its libraries need, then its class from the task and its files from the folder."""

import os
import sys
from pathlib import Path
from typing import cast

from lab_core.config import Config
from lab_core.errors import LabError
from lab_core.imports import load_object
from lab_core.machine import devices
from lab_core.model import Model
from lab_core.runs.model_folder import read_model
from lab_core.task import Task


def prepare(task: Task, *, device: str, threads: int) -> None:
    """Set the variables that a task's libraries read when they are imported; raises LabError when it is too late."""
    wanted = {**devices.environment(device, threads), **task.environment}
    for name, value in task.environment.items():
        if "tensorflow" in sys.modules and os.environ.get(name) != value:
            raise LabError(
                f"Task {task.id} needs {name}={value}, but TensorFlow is already imported in this process.",
                f"Set {name}={value} before the first TensorFlow import.",
            )
    os.environ.update(wanted)


def load_model(task: Task, folder: Path, *, device: str) -> Model:
    """A model from its folder; raises LabError when it holds none. The class comes from the task, never from the folder."""
    kind = cast(type[Model], load_object(task.model, what=f"Task {task.id}"))
    try:
        return read_model(folder, lambda place: kind.load(place, device=device))
    except LabError:
        raise
    except Exception as error:  # whatever a damaged or foreign file makes a plugin's code raise
        what = " ".join(f"{type(error).__name__}: {error}".split())[:300].rstrip(".")
        raise LabError(f"{folder} holds no readable model of task {task.id} ({what}).") from error


def ready_model(task: Task, config: Config, *, device: str) -> Model:
    """The model of a task without a trainer; raises LabError for one that has to be trained."""
    kind = cast(type[Model], load_object(task.model, what=f"Task {task.id}"))
    try:
        return kind.ready(config, device=device)
    except NotImplementedError as error:
        raise LabError(f"Task {task.id} has no trainer, and its model is not ready without one: {error}.") from error
