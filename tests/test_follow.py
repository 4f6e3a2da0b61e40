"""``lab eval --follow`` scores the models of checkpoints of a run that another process trains."""

import json
import subprocess
import sys
import time
from pathlib import Path

from lab_core.runs.run import Run

LAB = [sys.executable, "-c", "from lab_app.cli import main; main()"]


def test_each_new_checkpoint_is_scored_until_the_training_ends(tmp_path: Path) -> None:
    settings = ["--set", "checkpoint_seconds=0.3", "--steps", "300000", "--no-eval", "-q"]
    training = subprocess.Popen([*LAB, "run", "q-learning-frozenlake", *settings, "--runs-dir", str(tmp_path)])
    end = time.monotonic() + 120
    while not list(tmp_path.glob("q-learning-frozenlake/*/run.json")):
        assert time.monotonic() < end
        time.sleep(0.05)
    command = [*LAB, "eval", "q-learning-frozenlake", "--follow", "--count", "20", "--json", "--runs-dir", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=240)
    assert training.wait(120) == 0
    assert done.returncode == 0, done.stderr
    scores = json.loads(done.stdout)["scores"]
    steps = [one["step"] for one in scores]
    assert steps == sorted(set(steps))
    assert steps[-1] == 300_000
    (folder,) = tmp_path.glob("q-learning-frozenlake/*/run.json")
    saved = Run.open(folder.parent).saved_evaluations()
    assert [(one.model, one.step) for one in saved] == [("last", step) for step in steps]
