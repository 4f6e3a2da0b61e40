"""Families whose trainings several devices can share: two parts of the processor learn as one with the same minibatch."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

SCRIPT = """
import json, sys
from lab_app.api import train

found = {}
for name, task, settings, devices in json.loads(sys.argv[1]):
    run = train(task, preset="smoke", settings=settings, device=devices, threads=1, evaluate=False, runs_dir=sys.argv[2])
    found[name] = [{key: value for key, value in line.items() if key != "wall_seconds"} for line in run.metrics.read()]
json.dump(found, open(sys.argv[3], "w"))
"""

# without dropout and batch normalisation: the same numbers, but for rounding
SAME: dict[str, tuple[str, dict[str, Any]]] = {
    "autoencoder": ("autoencoder-mnist", {"norm": "none"}),
    "forecast": ("forecast-lstm", {}),
    "sequences": ("vowels-tcn", {"dropout": 0.0, "jitter": 0.0}),
    "translation": ("nmt-en-de", {"dropout": 0.0, "output_dropout": 0.0, "word_dropout": 0.0}),
}
# their latents or normalisation differ from one device's
OTHERS: dict[str, tuple[str, dict[str, Any]]] = {
    "gan": ("dcgan-mnist", {}),
    "critic": ("wgan-gp-mnist", {}),
    "diffusion": ("ddpm-mnist", {}),
    "pairs": ("pix2pix-icons", {"batch_size": 2}),
}


@pytest.fixture(scope="module")
def metrics(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[dict[str, Any]]]:
    folder: Path = tmp_path_factory.mktemp("devices")
    jobs = [(f"{name} {devices}", *SAME[name], devices) for name in SAME for devices in ("cpu:0,cpu:1", "cpu")]
    jobs += [(name, *OTHERS[name], "cpu:0,cpu:1") for name in OTHERS]
    command = [sys.executable, "-c", SCRIPT, json.dumps(jobs), str(folder / "runs"), str(folder / "found.json")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=900)
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads((folder / "found.json").read_text())


@pytest.mark.parametrize("name", SAME)
def test_two_devices_learn_as_one(metrics: dict[str, list[dict[str, Any]]], name: str) -> None:
    shared, single = metrics[f"{name} cpu:0,cpu:1"], metrics[f"{name} cpu"]
    assert len(shared) == len(single) > 0
    for one, other in zip(shared, single, strict=True):
        for key in ("loss", "squared_error", "nll", "absolute_error", "tokens"):
            if key in one:
                np.testing.assert_allclose(one[key], other[key], rtol=1e-3, err_msg=f"{key} at step {one['step']}")


@pytest.mark.parametrize("name", OTHERS)
def test_two_devices_train(metrics: dict[str, list[dict[str, Any]]], name: str) -> None:
    assert all(np.isfinite(value) for line in metrics[name] for value in line.values() if isinstance(value, float))
