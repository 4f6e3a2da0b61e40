"""``lab resume`` of a run with a replay memory goes on with all that it remembered, not with an empty one."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

os.environ.setdefault("TF_USE_LEGACY_KERAS", "1")

from lab_core.config import resolve, to_dict
from lab_core.registry.discovery import discover
from lab_core.registry.registry import config_type
from lab_core.training.job import execute
from lab_core.training.observing import Observer
from lab_core.training.spec import JobSpec
from lab_core.training.stopping import Stop

REGISTRY, _ = discover()


class StopAt(Observer):
    """Asks for a stop once a step is reached, as Ctrl-C does."""

    def __init__(self, step: int, stop: Stop) -> None:
        self.step, self.stop = step, stop

    def slice(self, progress: Any, wall_seconds: float, trainer: Any) -> None:
        if progress.step >= self.step:
            self.stop.request("Ctrl-C")


def lines_of(folder: Path) -> list[dict[str, Any]]:
    lines = [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]
    return [{name: value for name, value in line.items() if name != "wall_seconds"} for line in lines]


def interrupted_and_resumed(task_id: str, folder: Path) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Metrics at a stop after three quarters, and of the whole course after the resume."""
    task = REGISTRY.task(task_id)
    config = resolve(config_type(task), task.preset("smoke"))
    spec = JobSpec(task=task_id, preset="smoke", config=to_dict(config), seed=3, device="cpu", threads=1, runs_dir=str(folder))
    stop = Stop()
    first = execute(spec, REGISTRY, observers=lambda run, task, benchmark: [StopAt(config.steps * 3 // 4, stop)], stop=stop)
    assert first.outcome.status == "interrupted"
    before = lines_of(first.run.folder)
    again = JobSpec(task=task_id, resume=str(first.run.folder), runs_dir=str(folder), evaluate=False)
    assert execute(again, REGISTRY).outcome.step == config.steps
    return before, lines_of(first.run.folder)


def test_a_resumed_dqn_leaves_the_metrics_of_one_that_never_stopped(tmp_path: Path) -> None:
    before, after = interrupted_and_resumed("dqn-cartpole", tmp_path)
    task = REGISTRY.task("dqn-cartpole")
    config = to_dict(resolve(config_type(task), task.preset("smoke")))
    straight = execute(
        JobSpec(task=task.id, preset="smoke", config=config, seed=3, device="cpu", threads=1, runs_dir=str(tmp_path)), REGISTRY
    )
    assert after == lines_of(straight.run.folder)
    assert after[: len(before)] == before
    assert len(after) > len(before)


@pytest.mark.parametrize("task_id", ["dqn-breakout"])
def test_a_resumed_atari_run_still_has_its_replay_and_its_schedule(task_id: str, tmp_path: Path) -> None:
    before, after = interrupted_and_resumed(task_id, tmp_path)
    stopped, resumed = before[-1], after[len(before)]
    assert stopped["replay"] > 0
    assert resumed["replay"] > stopped["replay"]  # what was remembered, and the slice that came to it
    assert resumed["epsilon"] <= stopped["epsilon"] < 1
    assert resumed["updates"] > stopped["updates"] > 0
    assert resumed["step"] > stopped["step"]
