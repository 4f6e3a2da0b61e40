"""Real tasks of three families, ended in each phase of a run: `lab resume` always leaves the run that nothing had happened to.

The job runs in a process of its own that stays in a phase until it is ended. The two families that import TensorFlow are
marked ``learning``; their start-up alone takes longer than the rest.
"""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from lab_app.runs.store import Store

PHASES = ("start-up", "training", "scoring")
LAB = "from lab_app.cli import main; main()"
HELD = """
import sys, time
from pathlib import Path
from lab_core.training import job
from lab_core.training.loop import Loop

phase, marker = sys.argv[1], Path(sys.argv[2])

def held(action, seconds):
    def wait(*arguments, **named):
        marker.touch()
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            time.sleep(0.01)
        return action(*arguments, **named)
    return wait

if phase == "start-up":
    job.check_memory = held(job.check_memory, 600)
elif phase == "scoring":
    job.evaluate = held(job.evaluate, 600)
else:  # after the first slice; a signal is noticed once the slice is over
    Loop._guard = held(Loop._guard, 1)
sys.argv[1:] = sys.argv[3:]
"""


def hear_hangups() -> None:
    """SIGHUP as in a terminal, also where the tests themselves run under nohup."""
    signal.signal(signal.SIGHUP, signal.SIG_DFL)


def process(code: str, *arguments: str, runs: Path) -> subprocess.Popen[str]:
    environment = {**os.environ, "LAB_RUNS_DIR": str(runs), "TF_CPP_MIN_LOG_LEVEL": "3"}
    command = [sys.executable, "-c", code, *arguments]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    return subprocess.Popen(command, env=environment, text=True, preexec_fn=hear_hangups, **pipes)  # type: ignore[call-overload]


def lab(*arguments: str, runs: Path) -> Any:
    started = process(LAB, *arguments, "--json", runs=runs)
    out, err = started.communicate(timeout=900)
    assert started.returncode == 0, err
    return json.loads(out)


def end_in(phase: str, number: signal.Signals, task: str, runs: Path) -> None:
    marker = runs / f"{phase}.marker"
    command = ("run", task, "--preset", "smoke", "--set", "checkpoint_seconds=0.001", "--quiet")
    started = process(HELD + LAB, phase, str(marker), *command, runs=runs)
    try:
        deadline = time.monotonic() + 600
        while not marker.exists():
            assert started.poll() is None, started.communicate()[1]
            assert time.monotonic() < deadline
            time.sleep(0.01)
        started.send_signal(number)
        out, err = started.communicate(timeout=600)
    finally:
        started.kill()
    assert started.returncode == (-number if number == signal.SIGKILL else 130), out + err


def check(task: str, phase: str, number: signal.Signals, runs: Path) -> list[float]:
    """End a run in a phase, look at what is listed, resume it; its scores."""
    runs.mkdir()
    end_in(phase, number, task, runs)
    (row,) = Store(runs).runs()
    stopped = "killed" if number == signal.SIGKILL else "interrupted"
    assert row.status == ("unscored" if phase == "scoring" else stopped)
    assert row.score is None
    done = lab("resume", row.id, runs=runs)
    assert (done["run"]["status"], done["run"]["error"]) == ("completed", None)
    assert done["outcome"]["step"] == done["run"]["budget_steps"] == done["run"]["step"]
    (row,) = Store(runs).runs()
    assert (row.status, row.score) == ("completed", done["evaluation"]["value"])
    lines = (Path(done["folder"]) / "metrics.jsonl").read_text().splitlines()
    steps = [json.loads(line)["step"] for line in lines]
    assert steps == sorted(steps)
    return done["evaluation"]["scores"]


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> list[float]:
    runs = tmp_path_factory.mktemp("undisturbed")
    return lab("run", "q-learning-maze", "--preset", "smoke", runs=runs)["evaluation"]["scores"]


@pytest.mark.parametrize("phase", PHASES)
def test_tabular_learning_ended_in_any_phase_comes_to_the_same(phase: str, tmp_path: Path, undisturbed: list[float]) -> None:
    for number in (signal.SIGKILL, signal.SIGTERM):
        assert check("q-learning-maze", phase, number, tmp_path / number.name) == undisturbed


def test_a_closed_terminal_saves_and_ends(tmp_path: Path, undisturbed: list[float]) -> None:
    assert check("q-learning-maze", "training", signal.SIGHUP, tmp_path / "runs") == undisturbed


@pytest.mark.learning
@pytest.mark.parametrize(("task", "number"), [("dqn-cartpole", signal.SIGKILL), ("autoencoder-mnist", signal.SIGTERM)])
@pytest.mark.parametrize("phase", PHASES)
def test_compiled_learning_ended_in_any_phase_is_completed_and_scored(
    task: str, phase: str, number: signal.Signals, tmp_path: Path
) -> None:
    check(task, phase, number, tmp_path / "runs")
