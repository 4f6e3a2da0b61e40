"""A module that a run names is imported for the person who typed it, and for nobody on the word of a file."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

LAB = [sys.executable, "-P", "-c", "from lab_app.cli import main; main()"]
MODULE = """
import os, pathlib
import gymnasium
from gymnasium.spaces import Discrete

pathlib.Path(os.environ["IMPORTED"]).touch()


class Corridor(gymnasium.Env):
    observation_space, action_space = Discrete(5), Discrete(2)

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self.place = 0
        return 0, {}

    def step(self, action):
        self.place = max(self.place + (1 if action else -1), 0)
        return self.place, float(self.place == 4), self.place == 4, False, {}


gymnasium.register("stranger/Corridor-v0", Corridor, max_episode_steps=20)
"""
ENV = "stranger_pack.envs:stranger/Corridor-v0"
ADD = "--import stranger_pack.envs"


class Place:
    """A folder with the stranger's package, a runs folder, and a file that appears when the package is imported."""

    def __init__(self, folder: Path) -> None:
        self.runs, self.imported = folder / "runs", folder / "imported"
        self.variables = {"PYTHONPATH": str(folder), "IMPORTED": str(self.imported), "LAB_RUNS_DIR": str(self.runs)}
        (folder / "stranger_pack").mkdir()
        (folder / "stranger_pack" / "__init__.py").write_text("")
        (folder / "stranger_pack" / "envs.py").write_text(MODULE)

    def lab(self, *arguments: object, code: int = 0) -> subprocess.CompletedProcess[str]:
        self.imported.unlink(missing_ok=True)
        environment = {name: value for name, value in os.environ.items() if name != "LAB_IMPORTS"} | self.variables
        command = [*LAB, *(str(argument) for argument in arguments)]
        done = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=300)
        assert done.returncode == code, done.stdout + done.stderr
        return done

    def refused(self, *arguments: object) -> None:
        """The command ends with one line that says what to add, and nothing was imported."""
        done = self.lab(*arguments, code=2)
        lines = [line for line in done.stderr.splitlines() if line.startswith("error")]
        assert len(lines) == 1, done.stderr
        assert ENV in lines[0]
        assert lines[0].endswith(ADD)
        assert "Traceback" not in done.stderr
        assert not self.imported.exists()


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Place:
    return Place(tmp_path_factory.mktemp("strange"))


@pytest.fixture(scope="module")
def run(place: Place) -> str:
    """A run whose environment was typed: it trains, is scored, and the next command is shown in full."""
    done = place.lab("run", "q-learning", "--preset", "smoke", "--set", f"env={ENV}", "--quiet")
    assert place.imported.exists()
    (folder,) = (place.runs / "q-learning").iterdir()
    assert f"lab play q-learning/{folder.name} --runs-dir {place.runs} {ADD}" in done.stdout
    assert json.loads((folder / "run.json").read_text())["config"]["env"] == ENV
    return f"q-learning/{folder.name}"


@pytest.mark.parametrize("command", ["eval", "play", "resume", "reproduce"])
def test_a_stored_run_is_refused_until_its_module_is_named(command: str, place: Place, run: str, tmp_path: Path) -> None:
    more: dict[str, list[object]] = {"play": ["--video", tmp_path / "film.gif"], "resume": ["--steps", 80]}
    before = (place.runs / run / "run.json").read_bytes()
    place.refused(command, run, *more.get(command, []))
    assert (place.runs / run / "run.json").read_bytes() == before


def test_a_stored_run_is_scored_and_resumed_once_its_module_is_named(place: Place, run: str) -> None:
    scored = json.loads(place.lab("eval", run, "--count", 3, "--json", *ADD.split()).stdout)
    assert len(scored["scores"]) == 3
    assert place.imported.exists()
    longer = json.loads(place.lab("resume", run, "--steps", 80, "--json", *ADD.split()).stdout)
    assert longer["outcome"]["step"] == 80
    done = place.lab("resume", run, *ADD.split(), code=2)
    assert f"To train on: lab resume {run} {ADD} --steps" in done.stderr


def test_an_exported_model_is_refused_until_its_module_is_named(place: Place, run: str, tmp_path: Path) -> None:
    folder = tmp_path / "model"
    place.lab("export", run, "--to", folder)
    assert not place.imported.exists()
    place.refused("eval", folder)
    place.lab("eval", folder, "--count", 3, *ADD.split())


def test_looking_at_a_run_imports_nothing(place: Place, run: str) -> None:
    for command in (["runs", "list"], ["runs", "show", run], ["compare", run, run], ["leaderboard"], ["list"]):
        place.lab(*command, "--json")
        assert not place.imported.exists(), command


def test_a_settings_file_that_names_a_module_is_refused_until_a_person_does(place: Place, tmp_path: Path) -> None:
    file = tmp_path / "settings.toml"
    file.write_text(f'env = "{ENV}"\n')
    place.refused("run", "q-learning", "--preset", "smoke", "--config", file)
    place.lab("run", "q-learning", "--preset", "smoke", "--config", file, "--dry-run", *ADD.split())
    assert place.imported.exists()


def test_the_name_of_a_module_is_checked(place: Place) -> None:
    done = place.lab("run", "q-learning", "--import", "no/module.py", code=2)
    assert "'no/module.py' is not the name of a module" in done.stderr


@pytest.mark.parametrize("where", ["at import", "in reset", "in step"])
def test_an_environment_that_ends_the_process_is_named(place: Place, tmp_path: Path, where: str) -> None:
    code = MODULE.replace("stranger/Corridor", "stranger/Quitting")
    if where == "at import":
        code = f"{code}\nos._exit(0)\n"
    else:
        line = {"in reset": "super().reset(seed=seed)", "in step": "self.place = max("}[where]
        code = code.replace(line, f"os._exit(0)\n        {line}")
    name = f"quitting_{where.replace(' ', '_')}"
    (place.imported.parent / "stranger_pack" / f"{name}.py").write_text(code)
    env = f"env=stranger_pack.{name}:stranger/Quitting-v0"
    done = place.lab("run", "q-learning", "--preset", "smoke", "--set", env, "--runs-dir", tmp_path, code=1)
    (line,) = [line for line in done.stderr.splitlines() if line.startswith("error")]
    assert "os._exit(0)" in line
    assert name in line or "Quitting" in line
