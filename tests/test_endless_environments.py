"""Every method that takes an environment of the user's choice says before it trains that the environment has no time limit."""

import gymnasium
import pytest
from gymnasium import spaces

from lab_app.cli.reports import evaluation_line
from lab_core.config import resolve
from lab_core.evaluator import Evaluation
from lab_core.registry.discovery import discover
from lab_core.registry.registry import config_type

ENV = "endless/Endless-v0"


class Endless(gymnasium.Env[int, int]):
    observation_space, action_space = spaces.Discrete(3), spaces.Discrete(2)


gymnasium.register(ENV, Endless)


def tasks() -> list[str]:
    registry, _ = discover()
    return [task.id for task in registry.tasks() if task.parameter == "env"]


@pytest.mark.parametrize("task_id", tasks())
def test_the_config_has_a_remark(task_id: str) -> None:
    registry, _ = discover()
    task = registry.task(task_id)
    config = resolve(config_type(task), task.preset("smoke"), {"env": ENV})
    (line,) = config.remarks()
    assert line.startswith(f"{ENV} declares no time limit")


def test_every_agent_family_is_among_them() -> None:
    registry, _ = discover()
    plugins = {registry.plugin_of(task_id) for task_id in tasks()}
    assert {"tabular", "dqn", "policy-gradient"} <= {plugin.replace("_", "-") for plugin in plugins}


def test_the_result_says_how_many_episodes_were_cut() -> None:
    evaluation = Evaluation(
        benchmark="env/x", protocol="greedy", settings={"max_steps": 1000}, seed=0, scores=(1.0, 2.0), value=1.5,
        details={"length": (1000.0, 1000.0), "truncated": (1.0, 0.0)},
    )  # fmt: skip
    assert "1 cut after 1,000 steps" in evaluation_line(evaluation)
