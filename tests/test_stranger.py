"""A stranger's plugin, for real: written, installed, listed, run, scored, lost, brought back, taken out.

And strangers whose plugins are broken, beside the others, in fresh processes.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from lab_app.packages.install import find_uv
from lab_app.packages.installed import packages

_LAB = [sys.executable, "-P", "-c", "from lab_app.cli import main; main()"]


def lab(*arguments: object, variables: Mapping[str, str] | None = None, code: int | None = 0) -> subprocess.CompletedProcess[str]:
    """Run ``lab`` in a fresh process; the test fails, with what it said, unless it ends with ``code``."""
    command = [*_LAB, *(str(argument) for argument in arguments)]
    done = subprocess.run(command, capture_output=True, text=True, env={**os.environ, **(variables or {})}, timeout=300)
    said = f"lab {' '.join(command[4:])}: {done.returncode}\n{done.stdout}\n{done.stderr}"
    assert code is None or done.returncode == code, said
    return done


def document(*arguments: object, variables: Mapping[str, str] | None = None, code: int | None = 0) -> Any:
    return json.loads(lab(*arguments, "--json", variables=variables, code=code).stdout)


# Written by `lab plugins new` ----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def stranger(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path, Mapping[str, str]]]:
    """A new plugin, installed: its name, its folder, and the variables to call ``lab`` with. The environment is put back."""
    base = tmp_path_factory.mktemp("stranger")
    name = f"stranger-{os.getpid()}"  # two test runs may share an environment
    # Offline, because nothing needs fetching: everything it depends on is here, and uv holds its own build backend.
    variables = {"XDG_STATE_HOME": str(base / "state"), "UV_OFFLINE": "1", "LAB_RUNS_DIR": str(base / "runs")}
    before = packages()
    folder = Path(lab("plugins", "new", name, "--path", base, variables=variables).stdout.strip())
    try:
        came = document("plugins", "install", folder, variables=variables)
        assert came["distribution"] == name
        assert came["others"] == []
        assert [(one["name"], one["ok"]) for one in came["plugins"]] == [(name, True)]
        assert {key: one for key, one in packages().items() if key != name} == before, "the install moved something else"
        yield name, folder, variables
    finally:
        lab("plugins", "uninstall", name, variables=variables, code=None)
        assert packages() == before, "the environment is not as it was"


def test_installed_plugin_shows_up_in_the_next_command(stranger: tuple[str, Path, Mapping[str, str]]) -> None:
    name, _, variables = stranger
    listed = {one["name"]: one for one in document("plugins", "list", variables=variables)["plugins"]}
    assert listed[name]["ok"]
    assert not listed[name]["ours"]
    assert listed[name]["tasks"] == [f"epsilon-greedy-{name}", f"ucb-{name}"]
    tasks = {one["id"]: one for one in document("list", variables=variables)}
    assert tasks[f"ucb-{name}"]["benchmark"] == f"{name}/ten-arms"
    assert document("info", f"ucb-{name}", variables=variables)["plugin"] == name


def test_it_trains_and_is_scored(stranger: tuple[str, Path, Mapping[str, str]]) -> None:
    name, _, variables = stranger
    result = document("run", f"ucb-{name}", "--seed", 3, variables=variables)
    assert result["outcome"]["status"] == "completed"
    assert result["run"]["plugin"] == name
    assert result["evaluation"]["value"] == pytest.approx(1.5, abs=0.1)  # the best arm's mean
    again = document("eval", f"ucb-{name}", "--count", 5, "--seed", 1, variables=variables)
    assert len(again["scores"]) == 5
    assert 1.2 < sum(again["scores"]) / 5 < 1.8


def test_its_own_tests_pass_as_written(stranger: tuple[str, Path, Mapping[str, str]]) -> None:
    _, folder, variables = stranger
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, env={**os.environ, **variables}, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr


def test_it_conforms(stranger: tuple[str, Path, Mapping[str, str]]) -> None:
    name, folder, variables = stranger
    assert document("plugins", "check", folder, variables=variables)["tasks"] == [f"epsilon-greedy-{name}", f"ucb-{name}"]


def test_install_that_a_sync_took_away_is_named_and_comes_back(stranger: tuple[str, Path, Mapping[str, str]]) -> None:
    name, folder, variables = stranger
    uv = find_uv()
    assert uv is not None
    subprocess.run([uv, "pip", "uninstall", "-q", "--python", sys.executable, name], check=True)
    try:
        (line,) = [one for one in document("doctor", variables=variables, code=None)["lines"] if one["name"] == name]
        assert line["status"] == "warn"
        assert line["advice"] == f"lab plugins install {folder}"
        assert [one["distribution"] for one in document("plugins", "list", variables=variables)["lost"]] == [name]
    finally:
        lab(*line["advice"].split()[1:], variables=variables)
    assert document("plugins", "list", variables=variables)["lost"] == []


def test_plugin_that_needs_other_versions_changes_nothing(stranger: tuple[str, Path, Mapping[str, str]], tmp_path: Path) -> None:
    _, _, variables = stranger
    before = packages()
    folder = Path(lab("plugins", "new", "wants-old-numpy", "--path", tmp_path, variables=variables).stdout.strip())
    project = folder / "pyproject.toml"
    project.write_text(project.read_text().replace('"numpy>=2"', '"numpy<1.20"'))
    done = lab("plugins", "install", folder, variables=variables, code=1)
    assert "numpy<1.20" in done.stderr.splitlines()[-1]
    assert "Nothing was changed." in done.stderr.splitlines()[-1]
    assert packages() == before


def test_package_that_is_no_plugin_is_taken_out_again(stranger: tuple[str, Path, Mapping[str, str]], tmp_path: Path) -> None:
    _, _, variables = stranger
    before = packages()
    folder = Path(lab("plugins", "new", "no-plugin-at-all", "--path", tmp_path, variables=variables).stdout.strip())
    project = folder / "pyproject.toml"
    project.write_text(project.read_text().replace("[project.entry-points.lab]", "[project.entry-points.other]"))
    done = lab("plugins", "install", folder, variables=variables, code=1)
    assert "is not a plugin" in done.stderr
    assert packages() == before


# Broken ones, beside the others --------------------------------------------------------------------------------------

_HEAD = """
from lab_core import Task, hookimpl
def task(id):
    presets = {"smoke": {}, "default": {}}
    return Task(id=id, title="t", family="strange", method="m", config="a.b:C", model="a.b:M", presets=presets)
def hand_in(*records):
    def lab_tasks():
        return records
    return hookimpl(lab_tasks)
"""
_PLUGINS = {
    "bad-crash": "raise SystemExit('not today')",
    "bad-dependency": "import a_library_that_nobody_has",
    "bad-rubbish": "lab_tasks = hand_in(task('rubbish-good'), 'rubbish', 7)",
    "bad-collision": "lab_tasks = hand_in(task('TAKEN'))",
    "bad-heavy": (
        "import numpy, time\n"
        "end = time.thread_time() + 0.25\n"
        "while time.thread_time() < end: pass\n"
        "lab_tasks = hand_in(task('heavy-task'))"
    ),
    "loud": "import os\nprint('{')\nos.system('echo from a child')\nlab_tasks = hand_in(task('loud-task'))",
}


@pytest.fixture(scope="module")
def ours() -> set[str]:
    return {one["id"] for one in document("list")}


@pytest.fixture
def beside_strangers(tmp_path: Path, ours: set[str]) -> Mapping[str, str]:
    """Variables under which a folder of strangers' plugins is installed beside ours."""
    taken = sorted(ours)[0] if ours else "nothing"
    for name, code in _PLUGINS.items():
        module = name.replace("-", "_")
        (tmp_path / f"{module}.py").write_text(f"{_HEAD}{code.replace('TAKEN', taken)}\n")
        info = tmp_path / f"{module}-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text(f"[lab]\n{name} = {module}\n")
    return {"PYTHONPATH": str(tmp_path)}


def test_broken_plugins_cost_the_others_nothing_and_are_named(beside_strangers: Mapping[str, str], ours: set[str]) -> None:
    done = lab("list", "--json", variables=beside_strangers)
    found = {one["id"] for one in json.loads(done.stdout)}
    assert found == ours | {"rubbish-good", "heavy-task", "loud-task"}
    for expected in (
        "plugin bad-crash: could not be loaded: SystemExit: not today (",
        "plugin bad-dependency: could not be loaded: needs the module 'a_library_that_nobody_has', which is not installed (",
        "plugin bad-rubbish: lab_tasks, record 2: a str; expected a Task",
        "plugin bad-rubbish: lab_tasks, record 3: a int; expected a Task",
        "plugin bad-heavy: slow: took ",
        "it imports numpy at once, which belongs inside functions",
        "from a child",
    ):
        assert expected in done.stderr
    if ours:
        assert f"plugin bad-collision: lost a record: task id '{sorted(ours)[0]}' is taken by plugin " in done.stderr


def test_doctor_fails_for_broken_plugins_and_says_what_to_do(beside_strangers: Mapping[str, str]) -> None:
    report = document("doctor", variables=beside_strangers, code=1)
    assert not report["ok"]
    status = {one["name"]: one["status"] for one in report["lines"]}
    failed = {"bad-crash", "bad-dependency", "bad-rubbish", "bad-collision"}
    assert {name for name in _PLUGINS if status[name] == "fail"} == failed
    assert status["bad-heavy"] == "warn"


def test_plugin_can_be_switched_off_from_outside(beside_strangers: Mapping[str, str]) -> None:
    done = lab("list", "--json", variables={**beside_strangers, "LAB_PLUGINS_DISABLED": "bad-crash,loud"})
    assert "not today" not in done.stderr
    assert "from a child" not in done.stderr
    assert "plugin loud: switched off by LAB_PLUGINS_DISABLED" in done.stderr
