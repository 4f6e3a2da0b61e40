"""Modules that a plugin's records name and that end, or hang, the process which imports them: the plugin is named."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

LAB = [sys.executable, "-P", "-c", "from lab_app.cli import main; main()"]
PLUGIN = """
from lab_core import Task, hookimpl

def task(id, module):
    code = {"config": f"{module}:Config", "model": f"{module}:Model", "trainer": f"{module}:Trainer"}
    return Task(id=id, title="A task", family="f", method="m", presets={"smoke": {}, "default": {}}, **code)

@hookimpl
def lab_tasks():
    return [task("bad-task", "lazy_bad"), task("good-task", "lazy_good")]
"""
GOOD = """
from lab_core import TrainConfig

class Config(TrainConfig, frozen=True, kw_only=True):
    pass
"""


class Place:
    """A folder on the path with one plugin, and a state folder."""

    def __init__(self, folder: Path) -> None:
        self.site = folder
        (folder / "lazy_plugin.py").write_text(PLUGIN)
        (folder / "lazy_good.py").write_text(GOOD)
        info = folder / "lazy_plugin-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text("Metadata-Version: 2.1\nName: lazy-plugin\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text("[lab]\nlazy = lazy_plugin\n")

    def bad(self, code: str) -> None:
        (self.site / "lazy_bad.py").write_text(code)

    def lab(self, *arguments: str, patience: float | None = None) -> subprocess.CompletedProcess[str]:
        variables = {"PYTHONPATH": str(self.site), "XDG_STATE_HOME": str(self.site / "state")}
        command = list(LAB)
        if patience is not None:
            command[-1] = f"from lab_app.packages import probation; probation.MODULE_SECONDS = {patience}; {command[-1]}"
        environment = {**os.environ, **variables}
        return subprocess.run([*command, *arguments], capture_output=True, text=True, env=environment, timeout=120, check=False)


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


@pytest.mark.parametrize(
    ("code", "how"), [("import posix; posix._exit(0)", "exit code 0"), ("import os; os.kill(os.getpid(), 11)", "signal 11")]
)
def test_a_module_that_ends_its_process_is_named_by_the_next_command_and_costs_its_own_task_alone(
    place: Place, code: str, how: str
) -> None:
    place.bad(code)
    place.lab("run", "bad-task", "--dry-run")  # nothing inside the process can hold this back
    listed = place.lab("list")
    assert listed.returncode == 0
    assert "plugin lazy: its module 'lazy_bad' was being imported by a process that ended meanwhile" in listed.stderr
    again = place.lab("run", "bad-task", "--dry-run")
    assert again.returncode == 1
    assert "Plugin 'lazy': importing its module 'lazy_bad' ends the process that loads it" in again.stderr
    assert how in again.stderr
    assert place.lab("info", "good-task").returncode == 0
    assert "lazy_bad" in place.lab("doctor").stdout
    place.bad(GOOD)  # its author puts it right
    assert "lazy_bad" not in place.lab("doctor").stdout
    assert place.lab("info", "bad-task").returncode == 0
    assert "plugin lazy" not in place.lab("list").stderr


def test_a_module_that_never_ends_its_import_is_given_up(place: Place) -> None:
    place.bad("while True: pass")
    done = place.lab("run", "bad-task", "--dry-run", patience=0.5)
    assert done.returncode == 1
    assert "Plugin 'lazy': importing its module 'lazy_bad' takes more than 0.5 s" in done.stderr
    assert "Traceback" not in done.stderr
    assert "plugin lazy" not in place.lab("list").stderr


@pytest.mark.parametrize(
    "code", ["import sys; sys.exit(0)", "import os; os._exit(0)", "1 / 0", "raise MemoryError", "from nowhere import x"]
)
def test_a_module_that_raises_is_one_line(place: Place, code: str) -> None:
    place.bad(code)
    done = place.lab("run", "bad-task", "--dry-run")
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "bad-task" in done.stderr
    assert "lazy_bad" in done.stderr
