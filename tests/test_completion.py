"""A shell completes tasks, presets, settings and families of the packages that are installed."""

import os
import subprocess
import sys

import pytest


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("lab run dqn-cart", ["dqn-cartpole"]),
        ("lab run dqn-cartpole --preset ", ["smoke", "default"]),
        ("lab info dqn-breakout --changed --preset p", ["paper"]),
        ("lab sweep dqn-cartpole --preset d", ["default"]),
        ("lab run dqn-cartpole --set epsilon_st", ["epsilon_start=", "epsilon_steps="]),
        ("lab run dqn-cartpole --set loss=", ["loss=huber", "loss=mse"]),
        ("lab run dqn-cartpole --preset default --set double_q=t", ["double_q=true"]),
        ("lab list --family ag", ["agents"]),
    ],
)
@pytest.mark.parametrize("variables", [{}, {"UV_RUN_RECURSION_DEPTH": "1"}])
def test_a_shell_completes_words(typed: str, expected: list[str], variables: dict[str, str]) -> None:
    words = typed.split()
    place = len(words) if typed.endswith(" ") else len(words) - 1
    environment = {**os.environ, **variables, "_LAB_COMPLETE": "complete_bash", "COMP_WORDS": typed, "COMP_CWORD": str(place)}
    done = subprocess.run(
        [sys.executable, "-c", "from lab_app.cli import main; main()"],
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.stdout.split() == expected, done.stderr
