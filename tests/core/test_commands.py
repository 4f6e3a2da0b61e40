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


def test_usage_errors_name_the_command_as_it_was_typed() -> None:
    environment = {**os.environ, "UV_RUN_RECURSION_DEPTH": "1"}
    command = [sys.executable, "-c", "from lab_app.cli import main; main(['run'])"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120)
    assert "Try 'uv run lab run -h' for help." in done.stderr
