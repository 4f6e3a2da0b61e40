"""One training in two processes: each computes half of every minibatch, and both end with the weights of one process alone."""

import json
import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np

from lab_core.runs.run import Run

TRAIN = """
import sys
from lab_app.api import train
settings = {"norm": "none", "steps": 8, "updates_per_slice": 4}
run = train("autoencoder-mnist", preset="smoke", settings=settings, device="cpu", threads=1, evaluate=False, runs_dir=sys.argv[1])
print(run.folder)
"""


def free_ports(count: int) -> list[int]:
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


def begin(folder: Path, config: dict[str, Any] | None) -> "subprocess.Popen[str]":
    variables = {**os.environ, **({"TF_CONFIG": json.dumps(config)} if config else {})}
    command = [sys.executable, "-c", TRAIN, str(folder)]
    return subprocess.Popen(command, env=variables, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def ended(process: "subprocess.Popen[str]") -> Run:
    out, err = process.communicate(timeout=300)
    assert process.returncode == 0, err[-3000:]
    return Run.open(Path(out.strip().splitlines()[-1]))


def weights(run: Run) -> dict[str, np.ndarray]:
    with np.load(run.model_folder("last") / "weights.npz") as found:
        return {name: found[name] for name in found}


def test_two_processes_learn_as_one(tmp_path: Path) -> None:
    workers = [f"127.0.0.1:{port}" for port in free_ports(2)]
    configs = [{"cluster": {"worker": workers}, "task": {"type": "worker", "index": index}} for index in range(2)]
    shared = [begin(tmp_path / str(index), config) for index, config in enumerate(configs)]
    runs = [ended(process) for process in shared]
    alone = ended(begin(tmp_path / "alone", None))
    first, second, single = (weights(run) for run in (*runs, alone))
    assert first.keys() == second.keys() == single.keys()
    for name, array in first.items():
        np.testing.assert_array_equal(array, second[name], err_msg=name)
        np.testing.assert_allclose(array, single[name], rtol=1e-3, atol=1e-5, err_msg=name)
    for ours, other in zip(runs[0].metrics.read(), alone.metrics.read(), strict=True):
        np.testing.assert_allclose(ours["squared_error"], other["squared_error"], rtol=1e-4)
