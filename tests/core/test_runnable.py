"""Commands that are printed can be run as printed: with ``uv run`` where that started the process."""

import pytest

from lab_app.cli.output import runnable


def test_commands_carry_the_prefix_that_the_process_was_started_with(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UV_RUN_RECURSION_DEPTH", "1")
    assert runnable("lab resume dqn/1-seed0 --steps 5") == "uv run lab resume dqn/1-seed0 --steps 5"
    assert runnable("Score it: lab eval RUN, or lab list.") == "Score it: uv run lab eval RUN, or uv run lab list."
    for text in ("the lab is there", "lab_core", "/x/lab run", "uv run lab run", "lab runner"):
        assert runnable(text) == text
    monkeypatch.delenv("UV_RUN_RECURSION_DEPTH")
    assert runnable("lab resume x") == "lab resume x"
