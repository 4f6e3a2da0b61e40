"""How many numbers a training changes stands in the plan and in the run."""

import json
import subprocess
import sys

import pytest


@pytest.mark.parametrize(
    ("task", "expected"),
    [
        ("dqn-breakout", {"q_network": 1_686_180}),  # Mnih et al. 2015 with four actions, counted by hand
        ("ppo-cartpole", {"policy": 4_610, "value": 4_545}),  # 4-64-64-2 and 4-64-64-1
        ("softmax-mnist", {"classifier": 7_850}),
        ("q-learning-maze", {}),
    ],
)
def test_a_plan_counts_the_parameters_of_each_network(task: str, expected: dict[str, int]) -> None:
    command = [sys.executable, "-c", "from lab_app.cli import main; main()", "run", task, "--dry-run"]
    plan = json.loads(subprocess.run([*command, "--json"], check=True, capture_output=True, text=True, timeout=300).stdout)
    assert plan["parameters"] == expected
