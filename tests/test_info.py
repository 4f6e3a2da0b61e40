"""``lab info``: settings grouped by subject, the time that presets took, and what presets change."""

import json

import pytest

from lab_app.cli import main
from lab_app.cli.setting_groups import changing
from lab_app.sections import grouped
from lab_core.config import fields
from lab_core.registry.discovery import discover
from lab_core.registry.registry import config_type


def info(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    with pytest.raises(SystemExit) as done:
        main(["info", *words])
    assert not done.value.code, capsys.readouterr().err
    return capsys.readouterr().out


def test_settings_stand_under_their_subjects(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "100")
    lines = info(capsys, "dqn-breakout").splitlines()
    subjects = [line for line in lines if line and not line.startswith(" ") and "  " not in line]
    expected = ["length and selection", "watching and checkpoints", "environment", "network", "rewards", "exploration"]
    assert [line for line in subjects if line in expected] == expected
    after = lines[lines.index("replay memory") :]
    assert after[1].startswith("  replay_capacity  ")


def test_presets_name_their_length_and_the_time_of_recorded_runs(capsys: pytest.CaptureFixture[str]) -> None:
    found = json.loads(info(capsys, "dqn-breakout", "--json"))
    time = found["times"]["default"]
    assert 0 < time["low"] <= time["seconds"] <= time["high"]
    assert "recorded with" in time["source"]
    assert {"name", "type", "default", "description", "unit", "bounds", "choices", "section"} == set(found["settings"][0])


def test_what_presets_change(capsys: pytest.CaptureFixture[str]) -> None:
    found = json.loads(info(capsys, "dqn-breakout", "--changed", "--preset", "paper", "--json"))["changed"]
    assert found["steps"] == {"default": 2_000_000, "paper": 50_000_000}
    assert "game" not in found
    text = info(capsys, "dqn-breakout", "--changed")
    assert "batch_size" in text
    assert "frame_skip" not in text
    assert info(capsys, "dqn-breakout", "--changed", "--preset", "default").strip() == "default has the settings of default."


@pytest.mark.parametrize("words", [("--preset", "paper"), ("--changed", "--show-config"), ("--changed", "--preset", "papre")])
def test_options_that_contradict_are_refused(capsys: pytest.CaptureFixture[str], words: tuple[str, ...]) -> None:
    with pytest.raises(SystemExit) as done:
        main(["info", "dqn-breakout", *words])
    assert done.value.code == 2
    assert capsys.readouterr().err.count("\n") <= 2


def test_no_group_of_any_task_is_a_long_list() -> None:
    """Every setting has a subject, and a subject that grows beyond twenty settings needs to be divided."""
    registry = discover()[0]
    for task in registry.tasks():
        for section, settings in grouped(fields(config_type(task))).items():
            assert section
            assert len(settings) <= 20, (task.id, section, [field.name for field in settings])


def test_only_settings_with_different_values_count_as_changed() -> None:
    task = discover()[0].task("dqn-cartpole")
    found = changing(task, fields(config_type(task)), ["default", "smoke"])
    assert {field.name for field in found} >= {"steps"}
    assert all(
        task.preset("smoke").get(one.name, one.default) != task.preset("default").get(one.name, one.default) for one in found
    )
