"""Layers of the user's own under policy and critic, by ``--set network=module:function``: trained, scored, resumed, exported."""

from pathlib import Path

import numpy as np
import pytest
from lab_policy_gradient.policy_model import PolicyModel
from lab_policy_gradient.ppo.tasks import tasks

import lab_app as lab
from lab_core.config import resolve
from lab_core.context import Context
from lab_core.errors import UsageError
from lab_core.imports import VARIABLE, load_object
from lab_core.registry.registry import config_type

MODULE = """
import tf_keras

def make():
    return [tf_keras.layers.Dense(24, activation="tanh"), tf_keras.layers.LayerNormalization()]

def convolutions():
    return [tf_keras.layers.Conv2D(4, 8, 4, activation="relu"), tf_keras.layers.Flatten(), tf_keras.layers.Dense(8)]

def batch_norm():
    return [tf_keras.layers.Dense(8), tf_keras.layers.BatchNormalization()]

def picture():
    return [tf_keras.layers.Reshape((1, 1, -1))]

def wrong():
    return "layers"
"""
TASKS = {task.id: task for task in tasks()}


@pytest.fixture
def mine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "my_policy_layers.py").write_text(MODULE)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setenv(VARIABLE, "my_policy_layers")
    return tmp_path


def make(task_id: str, *overrides: str, seed: int = 0):
    task = TASKS[task_id]
    config = resolve(config_type(task), task.preset("smoke"), overrides=overrides)
    return load_object(task.trainer, what=task_id)(task, config, Context(seed=seed, threads=1))


def test_it_trains_is_scored_resumed_and_loaded_only_after_it_was_allowed(mine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "")  # lab.train allows what its settings name
    settings = {"network": "my_policy_layers:make"}
    run = lab.train("ppo-cartpole", preset="smoke", settings=settings, runs_dir=mine / "runs")
    assert len(run.evaluations()[0].scores) == 100
    length = run.record.step
    assert lab.resume(run, steps=2 * length).record.step == 2 * length
    assert lab.evaluate(run, count=2, runs_dir=mine / "runs").unit == "episode"
    monkeypatch.setenv(VARIABLE, "")
    with pytest.raises(UsageError, match="would import the module 'my_policy_layers'") as refused:
        lab.load(run)
    assert "--import my_policy_layers" in str(refused.value.hint)


@pytest.mark.parametrize("task_id", ["a2c-cartpole", "ppo-pendulum"])
def test_a_resume_is_exact_and_the_model_is_the_trained_policy(mine: Path, task_id: str) -> None:
    own = "network=my_policy_layers:make"
    trainer = make(task_id, own)
    names = trainer.network.variables
    assert {"policy/own_000", "value/own_000", "policy/0/kernel", "value/0/kernel"} <= set(names)
    assert not np.array_equal(names["policy/own_000"], names["value/own_000"])  # each has a copy of its own
    before = trainer.network.numpy()
    trainer.advance(10_000)
    assert all(not np.array_equal(before[name], after) for name, after in trainer.network.numpy().items())
    trainer.save(mine, None)
    resumed = make(task_id, own, seed=5)
    resumed.load(mine, None)
    for one in (trainer, resumed):
        one.advance(10_000)
    for name, value in trainer.state_digest().items():
        np.testing.assert_array_equal(value, resumed.state_digest()[name], err_msg=name)
    model = trainer.model()
    (mine / "model").mkdir()
    model.save(mine / "model")
    loaded = PolicyModel.load(mine / "model", device="cpu")
    raw = np.random.default_rng(0).normal(size=(5, *trainer.vector.observation_shape)).astype(np.float32)
    np.testing.assert_allclose(loaded.outputs(raw), trainer.network.policy(trainer.player.shown(raw)), rtol=1e-4, atol=1e-5)


def test_frames_reach_one_copy_that_policy_and_critic_share(mine: Path) -> None:
    trainer = make("ppo-breakout", "network=my_policy_layers:convolutions")
    assert trainer.network.variables["trunk/own_000"].shape == (8, 8, 4, 4)
    assert not any(name.startswith("value/own") for name in trainer.network.variables)
    frames = np.random.default_rng(0).integers(0, 256, (3, *trainer.vector.observation_shape), dtype=np.uint8)
    np.testing.assert_allclose(trainer.model().outputs(frames), trainer.network(frames)[0], rtol=1e-4, atol=1e-5)
    trainer.close()


@pytest.mark.parametrize(
    ("function", "message"),
    [
        ("wrong", "returns str; a list of tf_keras.layers is expected"),
        ("batch_norm", "BatchNormalization has variables that gradients don't change"),
        ("picture", "features \\[batch, n\\] are expected"),
        ("convolutions", "layer 1, Conv2D, can't be applied"),
        ("absent", "could not load"),
    ],
)
def test_what_cannot_be_used_is_refused_in_one_line(mine: Path, function: str, message: str) -> None:
    from lab_core.errors import LabError

    with pytest.raises(LabError, match=message):
        make("ppo-cartpole", f"network=my_policy_layers:{function}")


def test_an_unknown_network_is_refused_with_the_choices() -> None:
    with pytest.raises(UsageError, match="There is no network 'atuo'"):
        make("ppo-cartpole", "network=atuo")
