"""The policy that training leaves: hand-worked outputs, modes, bounds, and folders that load alone or are refused."""

import json

import numpy as np
import pytest
from lab_policy_gradient.policy_model import Architecture, PolicyModel, bounds

from lab_core.errors import LabError

VECTOR = {"kind": "vector", "shape": [2], "actions": 2}
RNG = np.random.default_rng(0)


def two_actions(head="categorical"):
    weights = {"kernel_0": [[1.0, -1.0], [0.0, 2.0]], "bias_0": [0.0, 1.0], "kernel_1": [[1.0, 0.0], [0.0, 3.0]]}
    if head == "bernoulli":
        weights["kernel_1"] = [[1.0], [-3.0]]
    outputs = 1 if head == "bernoulli" else 2
    return PolicyModel(Architecture(layers=(2,), head=head, outputs=outputs, observation=VECTOR), weights)


def test_outputs_probabilities_and_mode_by_hand():
    model = two_actions()
    seen = np.array([[2.0, 1.0], [2.0, -1.0]])
    # hidden: relu(2, -2 + 2 + 1) = (2, 1); relu(2, -2 - 2 + 1) = (2, 0)
    assert model.outputs(seen).tolist() == [[2.0, 3.0], [2.0, 0.0]]
    assert model.probabilities(seen)[0, 1] == pytest.approx(1 / (1 + np.exp(-1)))
    assert model.act(seen, None, epsilon=0.0, rng=RNG)[0].tolist() == [1, 0]


def test_a_bernoulli_head_is_the_chance_of_action_one():
    model = two_actions("bernoulli")
    seen = np.array([[2.0, 1.0], [2.0, -1.0]])
    assert model.probabilities(seen)[:, 1] == pytest.approx([1 / (1 + np.e), 1 / (1 + np.exp(-2))])
    assert model.act(seen, None, epsilon=0.0, rng=RNG)[0].tolist() == [0, 1]
    drawn = model.act(np.repeat(seen, 500, axis=0), None, epsilon=1.0, rng=np.random.default_rng(1))[0]
    assert 0.4 < drawn.mean() < 0.6


def test_numbered_states_are_one_hot_and_checked():
    wish = {"kind": "discrete", "n": 3, "actions": 2}
    model = PolicyModel(Architecture(outputs=2, observation=wish), {"kernel_0": [[1.0, 0], [0, 2], [5, 4]]})
    assert model.outputs(np.array([2, 0])).tolist() == [[5, 4], [1, 0]]
    with pytest.raises(LabError, match="states 0 to 2"):
        model.outputs(np.array([3]))


def test_a_gaussian_acts_by_its_mean_within_its_bounds():
    given = {"kernel_0": [[10.0, 0.0], [0.0, 1.0]], "log_std": [0.0, 0.0]}
    limits = bounds(np.array([-1.0, -np.inf]), np.array([1.0, np.inf]))
    about = {"head": "gaussian", "outputs": 2, "action_shape": (2,), "observation": {"kind": "vector", "shape": [2]}}
    model = PolicyModel(Architecture(**about, **limits), given)
    assert model.act(np.array([[3.0, 7.0]]), None, epsilon=0.0, rng=RNG)[0].tolist() == [[1.0, 7.0]]
    assert model.action_values(np.array([[3.0, 7.0]])) is None
    squashed = PolicyModel(Architecture(**about, low=(0.0, -2.0), high=(4.0, 2.0), squash=True), given)
    acted = squashed.act(np.array([[0.05, 0.5]]), None, epsilon=0.0, rng=RNG)[0]
    assert acted[0] == pytest.approx([2 + 2 * np.tanh(0.5), 2 * np.tanh(0.5)])


def test_observations_are_normalised_and_clipped():
    given = {"kernel_0": np.eye(2), "mean": [1.0, 0.0], "std": [2.0, 0.1]}
    model = PolicyModel(Architecture(outputs=2, observation=VECTOR, clip=5.0), given)
    assert model.outputs(np.array([[2.0, 3.0]])).tolist() == [[0.5, 5.0]]


def test_a_folder_loads_alone_and_changes_nothing(tmp_path):
    model = two_actions()
    model.save(tmp_path)
    loaded = PolicyModel.load(tmp_path, device="cpu")
    seen = RNG.normal(size=(5, 2))
    assert np.array_equal(loaded.outputs(seen), model.outputs(seen))
    assert loaded.architecture == model.architecture


@pytest.mark.parametrize(
    ("change", "pattern"),
    [
        ({"format": 99}, "newer version"),
        ({"torso": "resnet"}, "can't be read as a policy"),
        ({"surprise": 1}, "can't be read as a policy"),
        ({"outputs": 3}, "shape"),
        ({"layers": [2, 2]}, "lack kernel_2"),
    ],
)
def test_damaged_folders_are_refused(tmp_path, change, pattern):
    two_actions().save(tmp_path)
    plain = json.loads((tmp_path / "policy.json").read_text())
    (tmp_path / "policy.json").write_text(json.dumps(plain | change))
    with pytest.raises(LabError, match=pattern):
        PolicyModel.load(tmp_path, device="cpu")


def test_observations_of_another_shape_are_refused():
    with pytest.raises(LabError, match=r"shape \(2,\)"):
        two_actions().outputs(np.zeros((4, 3)))


def test_the_nature_torso_is_the_keras_network_of_the_paper():
    import tf_keras

    layers = [tf_keras.layers.Conv2D(n, k, s, activation="relu") for n, k, s in ((32, 8, 4), (64, 4, 2), (64, 3, 1))]
    layers += [tf_keras.layers.Flatten(), tf_keras.layers.Dense(512, activation="relu"), tf_keras.layers.Dense(6)]
    network = tf_keras.Sequential(layers)
    frames = RNG.integers(0, 256, (3, 84, 84, 4), dtype=np.uint8)
    expected = network(frames.astype(np.float32) / 255).numpy()
    values = [value.numpy() for value in network.variables]
    weights = {f"{kind}_{i}": values[2 * i + j] for i in range(5) for j, kind in enumerate(("kernel", "bias"))}
    wish = {"kind": "frames", "size": 84, "stack": 4, "grey": True, "layout": "last", "actions": 6}
    model = PolicyModel(Architecture(torso="nature", outputs=6, observation=wish), weights)
    np.testing.assert_allclose(model.outputs(frames), expected, rtol=1e-4, atol=1e-5)
