"""Ids are compared without case, in every command that takes one; a preset that isn't there is answered with those that are."""

import pytest

from lab_app.cli import any_case, main


@pytest.mark.parametrize(
    ("read", "text", "expected"),
    [
        (any_case.task, "DQN-Breakout", "dqn-breakout"),
        (any_case.task, "nothing-Such", "nothing-Such"),
        (any_case.task, ["Q-Learning-Maze", "sarsa-maze"], ["q-learning-maze", "sarsa-maze"]),
        (any_case.target, "DQN-breakout@Pretrained", "dqn-breakout@pretrained"),
        (any_case.target, "Atari/Pong", "atari/pong"),
        (any_case.target, "runs/DQN-Breakout", "runs/DQN-Breakout"),
        (any_case.benchmark, "GYM/CartPole", "gym/cartpole"),
        (any_case.data_set, "MNIST", "mnist"),
        (any_case.family, "Agents", "agents"),
        (any_case.family, None, None),
    ],
)
def test_an_id_is_known_in_any_case(read, text, expected) -> None:
    assert read(text) == expected


def test_ids_that_differ_in_case_alone_stay_apart() -> None:
    assert any_case._spelt("A", ["a", "A"]) == "A"  # pyright: ignore[reportPrivateUsage]


@pytest.mark.parametrize(
    "words",
    [
        ["info", "DQN-CartPole", "--changed"],
        ["run", "DQN-CartPole", "--preset", "smoke", "--dry-run"],
        ["list", "--family", "AGENTS"],
        ["data", "info", "MNIST"],
        ["leaderboard", "--benchmark", "Maze/Plain"],
    ],
)
def test_commands_take_ids_in_any_case(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as done:
        main(words)
    assert not done.value.code, capsys.readouterr().err


def test_a_preset_that_is_not_there_is_answered_with_all_that_are(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as done:
        main(["run", "dqn-cartpole", "--preset", "fast"])
    assert done.value.code == 2
    error = capsys.readouterr().err
    assert "dqn-cartpole has no preset 'fast'" in error
    assert "default" in error
    assert "smoke" in error
