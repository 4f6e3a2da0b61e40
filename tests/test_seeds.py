"""One seed, one course: two runs of a deterministic task leave equal metrics, and watching them changes nothing."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

os.environ.setdefault("TF_USE_LEGACY_KERAS", "1")

from lab_app.display.watching import scene_of
from lab_app.observers.film import BestFilms
from lab_app.records.publish import CLOCKS
from lab_core.config import resolve, to_dict
from lab_core.registry.discovery import discover
from lab_core.registry.registry import config_type
from lab_core.task import Task
from lab_core.training.job import execute
from lab_core.training.spec import JobSpec

REGISTRY, _ = discover()


def one_of_each() -> list[Task]:
    """The deterministic tasks that promise equal metrics, one for each trainer."""
    found: dict[str, Task] = {}
    for task in REGISTRY.tasks():
        if task.deterministic and task.trainer is not None:
            found.setdefault(task.trainer, task)
    return list(found.values())


def course(task: Task, folder: Path, seed: int, *, filmed: bool = False) -> list[dict[str, Any]]:
    """The metrics of a smoke run, wall time left out."""
    config = to_dict(resolve(config_type(task), task.preset("smoke")))
    spec = JobSpec(
        task=task.id, preset="smoke", config=config, seed=seed, device="cpu", threads=1, runs_dir=str(folder), evaluate=False
    )

    def watchers(run: Any, task: Task, benchmark: Any) -> list[Any]:
        return [BestFilms(scene_of(benchmark), run.folder / "media", seed=seed, report=print)] if filmed else []

    result = execute(spec, REGISTRY, observers=watchers)
    lines = [json.loads(line) for line in (result.run.folder / "metrics.jsonl").read_text().splitlines()]
    for line in lines:
        for name in [name for name in line if name.endswith(CLOCKS)]:
            line.pop(name)
    return lines


@pytest.mark.parametrize("task", one_of_each(), ids=lambda task: task.id)
def test_two_runs_with_one_seed_leave_equal_metrics(task: Task, tmp_path: Path) -> None:
    first, again = course(task, tmp_path, 7), course(task, tmp_path, 7)
    assert first == again
    assert first


def test_another_seed_takes_another_course(tmp_path: Path) -> None:
    task = REGISTRY.task("q-learning-maze")
    assert course(task, tmp_path, 7) != course(task, tmp_path, 8)


def test_filming_a_training_does_not_change_it(tmp_path: Path) -> None:
    task = REGISTRY.task("q-learning-maze")
    assert course(task, tmp_path, 7, filmed=True) == course(task, tmp_path, 7)
    assert list(tmp_path.glob("*/*/media/best-*.mp4"))
