"""The contract and the engine of the lab: records, interfaces, runs, training.

Names are imported on first use, so that ``import lab_core`` stays a few milliseconds long.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lab_core.benchmark import Benchmark as Benchmark
    from lab_core.config import Config as Config
    from lab_core.config import TrainConfig as TrainConfig
    from lab_core.config import about as about
    from lab_core.context import Context as Context
    from lab_core.data import DataFile as DataFile
    from lab_core.data import DataSet as DataSet
    from lab_core.errors import LabError as LabError
    from lab_core.errors import UsageError as UsageError
    from lab_core.evaluator import Evaluation as Evaluation
    from lab_core.evaluator import Evaluator as Evaluator
    from lab_core.extension import Command as Command
    from lab_core.extension import ObserverMaker as ObserverMaker
    from lab_core.hooks import hookimpl as hookimpl
    from lab_core.model import Act as Act
    from lab_core.model import Apply as Apply
    from lab_core.model import Kind as Kind
    from lab_core.model import Model as Model
    from lab_core.model import Sample as Sample
    from lab_core.model import Scored as Scored
    from lab_core.scene import Frame as Frame
    from lab_core.scene import Scene as Scene
    from lab_core.score import Score as Score
    from lab_core.task import Task as Task
    from lab_core.trainer import Chunks as Chunks
    from lab_core.trainer import Progress as Progress
    from lab_core.trainer import Trainer as Trainer
    from lab_core.training.loop import Observer as Observer

_HOME = {
    "Act": "model",
    "Apply": "model",
    "Benchmark": "benchmark",
    "Chunks": "trainer",
    "Command": "extension",
    "Config": "config",
    "Context": "context",
    "DataFile": "data",
    "DataSet": "data",
    "Evaluation": "evaluator",
    "Evaluator": "evaluator",
    "Frame": "scene",
    "Kind": "model",
    "LabError": "errors",
    "Model": "model",
    "Observer": "training.loop",
    "ObserverMaker": "extension",
    "Progress": "trainer",
    "Sample": "model",
    "Scene": "scene",
    "Score": "score",
    "Scored": "model",
    "Task": "task",
    "TrainConfig": "config",
    "Trainer": "trainer",
    "UsageError": "errors",
    "about": "config",
    "hookimpl": "hooks",
}

__all__ = sorted(_HOME)  # pyright: ignore[reportUnsupportedDunderAll]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'lab_core' has no attribute {name!r}")
    return getattr(import_module(f"lab_core.{_HOME[name]}"), name)
