"""The packages under examples/, as a stranger would install and use them: each in fresh processes, beside the environment."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from lab_app.packages.install import find_uv

EXAMPLES = sorted(path.parent for path in (Path(__file__).parent.parent / "examples").glob("*/pyproject.toml"))
_LAB = [sys.executable, "-P", "-c", "from lab_app.cli import main; main()"]


@pytest.fixture(scope="module")
def variables(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, str]:
    """All examples, installed into a folder of their own that comes after the environment: nothing else sees them."""
    uv = find_uv()
    assert uv is not None
    folder = tmp_path_factory.mktemp("examples")
    command = [uv, "pip", "install", "--quiet", "--no-deps", "--python", sys.executable, "--target", folder / "packages"]
    subprocess.run([*map(str, command), *map(str, EXAMPLES)], check=True, env={**os.environ, "UV_OFFLINE": "1"})
    mine = {"LAB_RUNS_DIR": folder / "runs", "LAB_SQLITE_LOG": folder / "log.sqlite3", "XDG_STATE_HOME": folder / "state"}
    return {**os.environ, "PYTHONPATH": str(folder / "packages"), **{name: str(path) for name, path in mine.items()}}


def lab(variables: Mapping[str, str], *arguments: str, code: int = 0) -> str:
    done = subprocess.run([*_LAB, *arguments], capture_output=True, text=True, env=dict(variables), timeout=300)
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout if code == 0 else done.stderr


def test_each_is_short() -> None:
    for folder in EXAMPLES:
        for path in folder.rglob("*.py"):
            assert len(path.read_text().splitlines()) < 80, path


def test_all_of_them_load_whole(variables: Mapping[str, str]) -> None:
    listed = {one["name"]: one for one in json.loads(lab(variables, "plugins", "list", "--json"))["plugins"]}
    for name in ("windy", "simple-methods", "sqlite-log"):
        assert (listed[name]["ok"], listed[name]["reasons"]) == (True, [])


def test_an_environment_of_ones_own_is_learnt_by_a_method_that_is_there(variables: Mapping[str, str]) -> None:
    result = json.loads(lab(variables, "run", "q-learning-windy", "--seed", "1", "--json"))
    assert result["evaluation"]["value"] == -15.0  # the optimum, Sutton and Barto (2018), example 6.5


def test_a_method_of_ones_own_is_scored_on_a_benchmark_that_is_there(variables: Mapping[str, str], tmp_path: Path) -> None:
    result = json.loads(lab(variables, "run", "cross-entropy-cartpole", "--steps", "8", "--json"))
    assert result["evaluation"]["benchmark"] == "gym/cartpole"
    assert result["evaluation"]["value"] > 200  # a random policy: 22
    found = json.loads(lab(variables, "sample", "normal-mnist", "--count", "3", "--out", str(tmp_path / "x"), "--json"))
    assert len([name for name in found["files"] if name.endswith(".png")]) == 3


def test_an_observer_and_a_command_of_ones_own(variables: Mapping[str, str]) -> None:
    lab(variables, "run", "q-learning-windy", "--preset", "smoke", "--no-eval", "-q")
    (line,) = [one for one in lab(variables, "history", "episode_return").splitlines() if "step 40 " in one]
    assert line.startswith("q-learning-windy/")
    assert "There are: " in lab(variables, "history", "nonsense", code=2)
    assert "history" in lab(variables, "--help")
    assert "episode_return" in lab(variables, "history", "--help")


def test_an_observer_that_is_typed(variables: Mapping[str, str], tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(
        "from pathlib import Path\n"
        "from lab_core import Observer\n"
        "class Ends(Observer):\n"
        "    def end(self, outcome): Path(__file__).with_suffix('.txt').write_text(outcome.status)\n"
        "def make(run, task, benchmark): return Ends()\n"
        "def broken(run, task, benchmark): return 1 / 0\n"
    )
    here = {**variables, "PYTHONPATH": f"{variables['PYTHONPATH']}{os.pathsep}{tmp_path}"}
    lab(here, "run", "q-learning-maze", "--preset", "smoke", "--no-eval", "--observer", "mine:make", "--observer", "mine:broken")
    assert (tmp_path / "mine.txt").read_text() == "completed"
    assert "'module:function' is expected" in lab(here, "run", "q-learning-maze", "--observer", "mine", code=2)
    assert "mine:nothing" in lab(here, "run", "q-learning-maze", "--observer", "mine:nothing", code=1)


def test_a_plugin_for_another_version_of_the_interface_says_so(variables: Mapping[str, str], tmp_path: Path) -> None:
    (tmp_path / "lab_late.py").write_text("lab_interface = 2\n")
    info = tmp_path / "lab_late-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: lab-late\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[lab]\nlate = lab_late\n")
    here = {**variables, "PYTHONPATH": str(tmp_path)}
    (late,) = [one for one in json.loads(lab(here, "plugins", "list", "--json"))["plugins"] if one["name"] == "late"]
    assert not late["ok"]
    assert "version 2 of the plugin interface; this lab has version 1" in late["reasons"][0]
