"""``lab plugins``, ``lab devices`` and ``lab doctor`` as commands: documents on standard output, the rest on standard error."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from lab_app import testing
from lab_app.cli import app, common
from lab_app.packages import doctor, install, installed
from lab_app.packages.doctor import Line
from lab_app.packages.install import Installed
from lab_core.errors import LabError
from lab_core.registry.discovery import PluginStatus
from lab_core.registry.registry import Registry

GOOD = PluginStatus(name="good", distribution="good-dist", version="1.0", tasks=("a-task",), benchmarks=("b/one",))
BAD = PluginStatus(name="bad", distribution="bad-dist", version="2.0", ok=False, reasons=("could not be loaded: boom",))


@pytest.fixture(autouse=True)
def two_plugins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setattr(common, "_loaded", (Registry(), [GOOD, BAD]))


def lab(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments))


def test_list_shows_each_plugin_and_what_went_wrong() -> None:
    done = lab("plugins", "list")
    assert done.exit_code == 0
    assert "good-dist" in done.stdout
    assert "bad-dist" in done.stdout
    assert "plugin bad: could not be loaded: boom" in done.stderr


def test_list_as_a_document() -> None:
    found = json.loads(lab("plugins", "list", "--json").stdout)
    assert [one["name"] for one in found["plugins"]] == ["good", "bad"]
    assert found["plugins"][1]["reasons"] == ["could not be loaded: boom"]
    assert found["plugins"][0]["ours"] is False
    assert found["lost"] == []


def test_install_shows_what_came_and_fails_when_it_does_not_load(monkeypatch: pytest.MonkeyPatch) -> None:
    came = {"good": GOOD, "bad": BAD}
    monkeypatch.setattr(install, "install", lambda spec, **_: Installed(spec, (came[spec],), ("numpy",)))
    done = lab("plugins", "install", "good")
    assert done.exit_code == 0
    assert "lab info a-task" in done.stdout
    assert lab("plugins", "install", "bad").exit_code == 1
    assert json.loads(lab("plugins", "install", "good", "--json").stdout)["others"] == ["numpy"]


def test_new_prints_the_folder(tmp_path: Path) -> None:
    done = lab("plugins", "new", "gold-digger", "--path", str(tmp_path))
    assert done.stdout.strip() == str(tmp_path / "gold-digger")
    assert (tmp_path / "gold-digger" / "pyproject.toml").is_file()
    assert "lab plugins install --editable" in done.stderr


def test_check_names_what_does_not_conform(monkeypatch: pytest.MonkeyPatch) -> None:
    def check(name: str) -> list[str]:
        print("training noise")
        assert name == "good", "task bad-task: saving changed the state"
        return ["a-task"]

    monkeypatch.setattr(install, "plugin_names", lambda text: [text])
    monkeypatch.setattr(testing, "check_plugin", check)
    done = lab("plugins", "check", "good", "--json")
    assert json.loads(done.stdout) == {"tasks": ["a-task"]}
    assert "good conforms" in done.stderr
    done = lab("plugins", "check", "bad")
    assert isinstance(done.exception, LabError)
    assert str(done.exception) == "bad does not conform: task bad-task: saving changed the state"
    assert done.exception.exit_code == 1


def test_uninstall_says_what_is_out(monkeypatch: pytest.MonkeyPatch) -> None:
    installed.remember(installed.Record("gone-plugin", "/gone"))
    assert "gone-plugin is forgotten" in lab("plugins", "uninstall", "gone-plugin").stderr


@pytest.mark.parametrize(("status", "code"), [("ok", 0), ("warn", 0), ("fail", 1)])
def test_doctor_exits_with_one_only_when_something_fails(monkeypatch: pytest.MonkeyPatch, status: str, code: int) -> None:
    line = Line(status, "disk", "1 GB free [not markup]", "remove runs")  # type: ignore[arg-type]
    monkeypatch.setattr(doctor, "examine", lambda plugins, runs_dir: [line])
    done = lab("doctor")
    assert done.exit_code == code
    assert done.stdout.split() == [status, "disk", "1", "GB", "free", "[not", "markup]", "remove", "runs"]
    done = lab("doctor", "--json")
    assert done.exit_code == code
    assert json.loads(done.stdout) == {
        "ok": code == 0,
        "lines": [{"status": status, "name": "disk", "text": "1 GB free [not markup]", "advice": "remove runs"}],
    }


def test_devices_names_the_processor_and_what_auto_takes() -> None:
    found = json.loads(lab("devices", "--json").stdout)
    assert found["devices"][0]["id"] == "cpu"
    assert found["auto"] in [one["id"] for one in found["devices"]]
    assert found["threads"] >= 1
    assert f"--device auto takes {found['auto']}." in lab("devices").stdout
