"""A network of the user's own, by ``--set network=module:function``: trained, saved, and loaded only after it was allowed."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from lab_core.errors import UsageError
from lab_core.imports import VARIABLE

MODULE = """
import tf_keras

def make():
    return [tf_keras.layers.Dense(24, activation="tanh"), tf_keras.layers.Dense(16, activation="relu")]

def wrong():
    return "layers"
"""
LAB = [sys.executable, "-c", "from lab_app.cli import main; main()"]


@pytest.fixture
def mine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "my_layers.py").write_text(MODULE)
    monkeypatch.syspath_prepend(str(tmp_path))
    return tmp_path


def test_it_trains_is_saved_and_played_again(mine: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(mine), "LAB_RUNS_DIR": str(mine / "runs")}
    command = [*LAB, "run", "dqn-cartpole", "--preset", "smoke", "--set", "network=my_layers:make", "-q"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    assert "--import my_layers" in done.stdout  # what the next command needs
    refused = subprocess.run([*LAB, "eval", "dqn-cartpole"], env=environment, capture_output=True, text=True, timeout=300)
    assert refused.returncode == 2
    assert "would import the module 'my_layers'" in refused.stderr
    command = [*LAB, "eval", "dqn-cartpole", "--count", "3", "--import", "my_layers"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr


def test_its_layers_come_before_the_last_one(mine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from lab_dqn.networks import build_network

    monkeypatch.setenv(VARIABLE, "my_layers")
    network = build_network({"network": "my_layers:make", "mlp_layers": ()}, (4,), 2, seed=1)
    assert [tuple(variable.shape) for variable in network.variables] == [(4, 24), (24,), (24, 16), (16,), (16, 2), (2,)]
    with pytest.raises(UsageError, match="returns str; a list of"):
        build_network({"network": "my_layers:wrong", "mlp_layers": ()}, (4,), 2)
    monkeypatch.setenv(VARIABLE, "")
    with pytest.raises(UsageError, match="would import the module"):
        build_network({"network": "my_layers:make", "mlp_layers": ()}, (4,), 2)
