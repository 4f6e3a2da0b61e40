"""One update on several devices: logical ones of the processor, in a process of its own, as TensorFlow keeps its devices."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from lab_core.errors import UsageError
from lab_core.machine.devices import environment, first, resolve_device

SCRIPT = """
import json, sys
from pathlib import Path
import numpy as np
from lab_core.context import Context
from lab_core.errors import LabError
from lab_core.trainer import Chunks
import toy

def made(device, **settings):
    config = toy.LineConfig(**{"steps": 40, "batch_size": 8, "updates_per_slice": 5, "media_every": 0} | settings)
    return toy.LineTrainer(toy.TASK, config, Context(seed=3, threads=1, device=device))

def arrays(trainer):
    state = trainer.state_digest()
    return {name: np.asarray(value).tolist() for name, value in state.items() if not name.startswith(("counters", "state/"))}

shared = made("cpu:0,cpu:1")
single = made("cpu")
losses = {"shared": [], "single": []}
for _ in range(4):
    losses["shared"].append(shared.advance(100).scalars["loss"])
    losses["single"].append(single.advance(100).scalars["loss"])
found = {"shared": arrays(shared), "single": arrays(single), "losses": losses}
graph = shared._slice.get_concrete_function().graph.as_graph_def()
products = [node for function in graph.library.function for node in function.node_def if node.op == "MatMul"]
found["devices"] = sorted({node.device[-5:] for node in products})
folder = Path(sys.argv[1])
folder.mkdir()
shared.save(folder, None)
resumed = made("cpu")
resumed.load(folder, None)
found["resumed equals"] = arrays(resumed) == arrays(shared)
resumed.advance(100), shared.advance(100)
found["after"] = [arrays(resumed), arrays(shared)]
try:
    made("cpu:0,cpu:1", batch_size=9)
except LabError as error:
    found["odd"] = str(error)
json.dump(found, open(sys.argv[2], "w"))
"""


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory):
    folder = tmp_path_factory.mktemp("shards")
    command = [sys.executable, "-c", SCRIPT, str(folder / "state"), str(folder / "found.json")]
    done = subprocess.run(command, cwd=Path(__file__).parent, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads((folder / "found.json").read_text())


def same(left: dict[str, list[float]], right: dict[str, list[float]]) -> None:
    assert left.keys() == right.keys()
    for name, value in left.items():
        np.testing.assert_allclose(value, right[name], rtol=1e-4, atol=1e-6, err_msg=name)


def test_two_devices_learn_as_one_with_the_same_batch(found) -> None:
    np.testing.assert_allclose(found["losses"]["shared"], found["losses"]["single"], rtol=1e-5)
    assert found["losses"]["single"][-1] < found["losses"]["single"][0]
    assert found["devices"] == ["CPU:0", "CPU:1"]  # where the products of the network's layers are computed
    same(found["shared"], found["single"])


def test_a_checkpoint_of_two_devices_is_continued_on_one(found) -> None:
    assert found["resumed equals"]
    same(*found["after"])


def test_a_batch_that_cannot_be_split_is_refused_with_one_that_can(found) -> None:
    assert found["odd"] == "batch_size=9 can't be split evenly over 2 devices. For example --set batch_size=10"


def test_names_of_several_devices() -> None:
    assert resolve_device("cpu:0, cpu:1", most=2) == "cpu:0,cpu:1"
    assert first("cpu:0,cpu:1") == "cpu"
    assert first("gpu:2,gpu:3") == "gpu:2"
    assert environment("cpu:0,cpu:1", 2)["CUDA_VISIBLE_DEVICES"] == "-1"
    with pytest.raises(UsageError, match="trains on 1 device at a time, not on 2"):
        resolve_device("cpu:0,cpu:1", most=1)
    for wrong in ("cpu:0,gpu:0", "cpu:0,cpu:0", "gpu:1,gpu:1", "cpu:1,cpu:2", "gpu:0,auto"):
        with pytest.raises(UsageError, match="not several devices of one kind"):
            resolve_device(wrong)
