"""The table of commands: every entry loads, and ``lab --help`` imports none of their modules."""

import os
import subprocess
import sys

import pytest

from lab_app.cli import complete
from lab_app.cli.commands import load
from lab_app.cli.table import COMMANDS


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_of_the_table_loads_under_its_name_or_as_a_group(name: str) -> None:
    command = load(name)
    assert command.help
    assert hasattr(command, "commands") or command.name == name


def test_help_and_version_import_no_command() -> None:
    code = """
import sys
from lab_app.cli import main
for arguments in (["--help"], ["--version"]):
    try:
        main(arguments)
    except SystemExit as done:
        assert not done.code
loaded = {name.removeprefix("lab_app.cli.") for name in sys.modules if name.startswith("lab_app.cli.")}
assert loaded <= {"commands", "common", "complete", "crash", "output", "table"}, loaded
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert all(name in done.stdout for name in COMMANDS)


def test_an_unknown_command_is_answered_with_the_nearest() -> None:
    done = subprocess.run(
        [sys.executable, "-c", "from lab_app.cli import main; main(['leaderbord'])"], capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 2
    assert "leaderboard" in done.stderr


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        (["train", "--help"], " run [OPTIONS] {TASK}"),
        (["help", "eval"], " eval [OPTIONS] {RUN|TASK"),
        (["help"], " [OPTIONS] COMMAND [ARGS]..."),
    ],
)
def test_names_of_other_programs_lead_to_ours(typed: list[str], shown: str) -> None:
    code = f"from lab_app.cli import main; main({typed!r})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0
    assert shown in done.stdout


def test_words_of_options_are_completed() -> None:
    assert complete.precisions("b") == ["bfloat16"]
    assert complete.devices("c") == ["cpu"]
    assert complete.places("w") == ["window", "web"]


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


def test_usage_errors_name_the_command_as_it_was_typed() -> None:
    environment = {**os.environ, "UV_RUN_RECURSION_DEPTH": "1"}
    command = [sys.executable, "-c", "from lab_app.cli import main; main(['run'])"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120)
    assert "Try 'uv run lab run -h' for help." in done.stderr
