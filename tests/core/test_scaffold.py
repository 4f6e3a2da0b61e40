"""``lab plugins new``: names, sources, and that what it writes is whole, clean and under its own name throughout."""

import json
import os
import subprocess
import sys
import tomllib
from pathlib import Path
from types import SimpleNamespace

import pytest

from lab_app.packages import scaffold
from lab_core.errors import LabError, UsageError


def test_package_is_written_under_its_own_name_throughout(tmp_path: Path) -> None:
    folder = scaffold.write("Gold_Digger", tmp_path / "made" / "here")
    assert folder == tmp_path / "made" / "here" / "gold-digger"
    files = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}
    assert {"pyproject.toml", "README.md", ".gitignore", "gold_digger/__init__.py", "tests/test_gold_digger.py"} <= set(files)
    for name, path in files.items():
        text = path.read_text()
        for left in ("my_bandit", "my-bandit", "My bandit", "LAB_", ".tmpl"):
            assert left not in name + text, f"{name} still holds {left}"
    project = tomllib.loads(files["pyproject.toml"].read_text())
    assert project["project"]["name"] == "gold-digger"
    assert project["project"]["entry-points"]["lab"] == {"gold-digger": "gold_digger"}
    assert project["tool"]["uv"]["sources"]["lab-runner"]
    assert os.stat(folder).st_mode & 0o055 == 0o055
    assert os.listdir(folder.parent) == ["gold-digger"]


def test_package_is_clean_code(tmp_path: Path) -> None:
    pytest.importorskip("ruff")
    folder = scaffold.write("gold-digger", tmp_path)
    for command in (["check", "--extend-select", "I,B,UP,SIM,C4,RUF,NPY,PT"], ["format", "--check"]):
        done = subprocess.run([sys.executable, "-m", "ruff", *command, "."], cwd=folder, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr


def test_package_is_small(tmp_path: Path) -> None:
    folder = scaffold.write("gold-digger", tmp_path)
    lines = sum(len(path.read_text().splitlines()) for path in (folder / "gold_digger").glob("*.py"))
    assert lines <= 320


@pytest.mark.parametrize("name", ["", "-x", "x-", "1st", "with space", "a/b", "../up", "naïve", "class", "a\n", "."])
def test_name_that_is_none_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError, match="can't name a package"):
        scaffold.write(name, tmp_path)
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("name", ["json", "numpy", "lab-core", "lab_core", "lab-runner"])
def test_name_that_something_else_has_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError, match=r"already"):
        scaffold.write(name, tmp_path)
    assert os.listdir(tmp_path) == []


def test_name_of_a_plugin_or_of_its_tasks_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    registry = SimpleNamespace(tasks=lambda: [SimpleNamespace(id="ucb-coins")])
    monkeypatch.setattr(scaffold, "discover", lambda: (registry, []))
    monkeypatch.setattr(scaffold, "installed", lambda: [SimpleNamespace(name="slots")])
    for name in ("coins", "slots"):
        with pytest.raises(UsageError, match="already uses the name"):
            scaffold.checked(name)
    assert scaffold.checked("dice").module == "dice"


def test_existing_folder_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "gold-digger").mkdir()
    with pytest.raises(UsageError, match="exists already"):
        scaffold.write("gold-digger", tmp_path)
    assert os.listdir(tmp_path / "gold-digger") == []


def test_half_written_package_is_taken_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*args: object, **kwargs: object) -> None:
        (args[0] / "pyproject.toml").write_text("half")  # type: ignore[operator]
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(scaffold, "_fill", full)
    with pytest.raises(LabError, match="full"):
        scaffold.write("gold-digger", tmp_path)
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize(
    ("origin", "parent", "source"),
    [
        ({"url": "file:///c%20ore", "dir_info": {"editable": True}}, "/home", {"path": "/c ore", "editable": True}),
        ({"url": "file:///core", "dir_info": {}}, "/home", {"path": "/core"}),
        ({"url": "file:///core", "dir_info": {"editable": True}}, "/core/plugins", {"workspace": True}),
        ({"url": "file:///w/lab_runner.whl", "archive_info": {}}, "/home", {"path": "/w/lab_runner.whl"}),
        (
            {"url": "https://x.org/y.git", "vcs_info": {"vcs": "git", "commit_id": "abc"}},
            "/",
            {"git": "https://x.org/y.git", "rev": "abc"},
        ),
        ({"url": "https://x.org/lab_runner.whl", "archive_info": {}}, "/home", {"url": "https://x.org/lab_runner.whl"}),
        (None, "/home", None),
    ],
)
def test_source_of_the_core_is_where_this_core_came_from(
    monkeypatch: pytest.MonkeyPatch, origin: dict[str, object] | None, parent: str, source: dict[str, object] | None
) -> None:
    text = None if origin is None else json.dumps(origin)
    monkeypatch.setattr(scaffold.metadata, "distribution", lambda name: SimpleNamespace(read_text=lambda file: text))
    table = tomllib.loads(scaffold.core_source(Path(parent) / "new"))
    assert table.get("tool", {}).get("uv", {}).get("sources", {}).get("lab-runner") == source
