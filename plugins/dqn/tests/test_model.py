"""The model that training leaves: detached, loads alone, the same values however it is asked."""

import json

import numpy as np
import pytest
from lab_dqn.config import DQNConfig
from lab_dqn.learner import Learner
from lab_dqn.model import QNetworkModel

from lab_app.publishing.half import halve
from lab_core.config import from_dict
from lab_core.errors import LabError
from lab_core.runs.model_folder import ModelInfo, check_model_folder, save_model

SHAPE = (84, 84, 4)


@pytest.fixture(scope="module")
def frames():
    return np.random.default_rng(0).integers(0, 256, (5, *SHAPE), dtype=np.uint8)


@pytest.fixture(scope="module")
def learner():
    return Learner(from_dict(DQNConfig, {"network": "nips"}), observation_shape=SHAPE, actions=4, seed=1)


@pytest.fixture(scope="module")
def model(learner):
    weights = [variable.numpy() for variable in learner.online.variables]
    return QNetworkModel.from_weights(learner.config, SHAPE, 4, weights, "float32")


def test_values_are_the_learners(model, learner, frames):
    np.testing.assert_allclose(model.action_values(frames), learner.online(frames).numpy(), atol=1e-5)


def test_neither_padding_nor_layout_nor_batch_size_changes_values(model, frames):
    values = model.action_values(frames)
    assert values.shape == (5, 4)
    for index in range(5):
        np.testing.assert_allclose(model.action_values(frames[index : index + 1])[0], values[index], atol=1e-5)
    np.testing.assert_allclose(model.action_values(np.moveaxis(frames, -1, 1)), values, atol=1e-5)
    many = np.concatenate([frames] * 27)  # more than one batch
    np.testing.assert_allclose(model.action_values(many), np.concatenate([values] * 27), atol=1e-5)


def test_greedy_actions_are_the_best_and_epsilon_one_is_uniform(model, frames):
    rng = np.random.default_rng(0)
    actions, _ = model.act(frames, None, epsilon=0.0, rng=rng)
    np.testing.assert_array_equal(actions, model.action_values(frames).argmax(-1))
    drawn = np.concatenate([model.act(frames, None, epsilon=1.0, rng=rng)[0] for _ in range(400)])
    assert np.all(np.abs(np.bincount(drawn, minlength=4) / len(drawn) - 0.25) < 0.04)


def test_a_saved_model_loads_alone_with_the_same_values(model, frames, tmp_path):
    model.save(tmp_path)
    loaded = QNetworkModel.load(tmp_path, device="cpu")
    np.testing.assert_array_equal(loaded.action_values(frames), model.action_values(frames))
    assert loaded.observation == model.observation


def test_half_precision_weights_halve_the_folder_and_keep_the_values_close(model, frames, tmp_path):
    save_model(tmp_path / "model", model, ModelInfo(task="dqn-breakout"))
    whole = (tmp_path / "model" / "weights.npz").stat().st_size
    halve(tmp_path / "model")
    check_model_folder(tmp_path / "model")
    assert (tmp_path / "model" / "weights.npz").stat().st_size < 0.51 * whole
    loaded = QNetworkModel.load(tmp_path / "model", device="cpu")
    np.testing.assert_allclose(loaded.action_values(frames), model.action_values(frames), atol=5e-3)


def test_training_on_does_not_change_a_model(frames):
    learner = Learner(from_dict(DQNConfig, {"network": "nips"}), observation_shape=SHAPE, actions=4, seed=1)
    weights = [variable.numpy() for variable in learner.online.variables]
    model = QNetworkModel.from_weights(learner.config, SHAPE, 4, weights, "float32")
    before = model.action_values(frames)
    for variable in learner.online.variables:
        variable.assign(variable + 1.0)
    np.testing.assert_array_equal(model.action_values(frames), before)


def test_wrong_observations_and_damaged_folders_are_named(model, frames, tmp_path):
    with pytest.raises(LabError, match="sees observations of shape"):
        model.action_values(frames[:, :80, :80])
    model.save(tmp_path)
    plain = json.loads((tmp_path / "network.json").read_text())
    for change, message in (({"format": 99}, "newer version"), ({"network": "resnet"}, "resnet"), ({"actions": 5}, "shape")):
        (tmp_path / "network.json").write_text(json.dumps({**plain, **change}))
        with pytest.raises(LabError, match=message):
            QNetworkModel.load(tmp_path, device="cpu")
    (tmp_path / "network.json").write_text("{")
    with pytest.raises(LabError, match="can't be read"):
        QNetworkModel.load(tmp_path, device="cpu")
