"""What ``lab run`` and its evaluation give for every task and preset, over several seeds."""

from collections.abc import Callable
from typing import Any

import numpy as np

from lab_core.config import TrainConfig, resolve
from lab_core.context import Context
from lab_core.imports import load_object
from lab_core.registry.registry import config_type
from lab_core.task import Task
from lab_core.trainer import Trainer
from lab_core.training.evaluation import evaluate
from lab_tabular.benchmarks import benchmarks
from lab_tabular.tasks import tasks

SEEDS = 20


def scores(*, say: Callable[[str], None]) -> list[dict[str, Any]]:
    """The default protocol's score of ``SEEDS`` trainings of each maze task and preset but ``smoke``."""
    found = []
    for task in [task for task in tasks() if "maze" in task.tags]:
        benchmark = next(one for one in benchmarks() if one.id == f"maze/{task.settings['maze']}")
        for preset in [name for name in task.presets if name != "smoke"]:
            say(f"{task.id}: preset {preset}, {SEEDS} seeds")
            values = [evaluate(benchmark, train(task, preset, seed).model()).value for seed in range(SEEDS)]
            found.append(
                {
                    "task": task.id,
                    "preset": preset,
                    "seeds": SEEDS,
                    "mean": round(float(np.mean(values)), 2),
                    "least": round(min(values), 2),
                    "most": round(max(values), 2),
                }
            )
    return found


def train(task: Task, preset: str, seed: int) -> Trainer[Any]:
    """A trainer at the end of its training, by the same slices as ``lab run``."""
    config: TrainConfig = resolve(config_type(task), task.preset(preset))
    trainer: Trainer[Any] = load_object(str(task.trainer), what=task.id)(task, config, Context(seed=seed))
    step, done = 0, False
    while step < config.steps and not done:
        progress = trainer.advance(config.steps - step)
        step, done = progress.step, progress.done
    return trainer
