"""The update against values worked out by hand and gradients worked out with NumPy alone."""

import numpy as np
import pytest

from lab_core.config import from_dict


@pytest.fixture(scope="module", autouse=True)
def tensorflow():
    from lab_tensorflow.runtime import start

    start(legacy_keras=True)


def learner(**settings):
    from lab_policy_gradient.reinforce.config import ReinforceConfig
    from lab_policy_gradient.reinforce.learner import ReinforceLearner

    actions = settings.pop("actions", 2)
    return ReinforceLearner(from_dict(ReinforceConfig, settings), inputs=3, actions=actions, rng=np.random.default_rng(1))


def batch(actions=2):
    from lab_policy_gradient.reinforce.episodes import Batch

    rng = np.random.default_rng(0)
    lengths = np.array([5, 3, 7], np.int32)  # of two steps the source's // would hang on the last bit
    mask = np.arange(7) < lengths[:, None]
    return Batch(
        np.where(mask[..., None], rng.normal(size=(3, 7, 3)), 0).astype(np.float32),
        np.where(mask, rng.integers(0, actions, (3, 7)), 0).astype(np.int32),
        np.where(mask, rng.normal(1, 1, (3, 7)), 0).astype(np.float32),
        lengths,
    )


def by_hand(one, found, config):
    """Gradients of the loss with plain loops over steps and the chain rule; the definition, not the program."""
    weights = {name: variable.numpy().astype(np.float64) for name, variable in one.weights.items()}

    def forward(prefix, x):
        kept = [x]
        depth = sum(name.startswith(f"{prefix}kernel_") for name in weights)
        for number in range(depth):
            x = x @ weights[f"{prefix}kernel_{number}"] + weights.get(f"{prefix}bias_{number}", 0.0)
            if number < depth - 1:
                x = np.tanh(x) if config["activation"] == "tanh" else np.maximum(x, 0)
            kept.append(x)
        return kept

    gradients = {name: np.zeros_like(value) for name, value in weights.items()}

    def backward(prefix, kept, error):
        for number in reversed(range(len(kept) - 1)):
            gradients[f"{prefix}kernel_{number}"] += np.outer(kept[number], error)
            if f"{prefix}bias_{number}" in gradients:
                gradients[f"{prefix}bias_{number}"] += error
            error = weights[f"{prefix}kernel_{number}"] @ error
            if number:
                error = error * (1 - kept[number] ** 2 if config["activation"] == "tanh" else kept[number] > 0)

    def chances(logits):
        full = np.array([0.0, logits[0]]) if config["head"] == "bernoulli" else logits
        grown = np.exp(full - full.max())
        return grown / grown.sum()

    returns, values, advantages = [], [], []
    for episode, length in enumerate(found.lengths):
        after, mine = 0.0, []
        for reward in found.rewards[episode, :length][::-1]:
            after = config["reward_scale"] * reward + config["gamma"] * after
            mine.insert(0, after)
        seen = found.observations[episode, :length]
        guesses = [forward("value/", x)[-1][0] if config["baseline"] else 0.0 for x in seen]
        returns.append(np.array(mine))
        values.append(np.array(guesses))
        advantages.append(returns[-1] - values[-1])
    if config["normalise"] == "batch":
        flat = np.concatenate(advantages)
        advantages = [(one - flat.mean()) / flat.std() for one in advantages]
    if config["normalise"] == "episode":
        advantages = [(one - one.mean()) // one.std() for one in advantages]
    steps = int(found.lengths.sum())
    for episode, length in enumerate(found.lengths):
        share = 1 / steps if config["average"] == "steps" else 1 / length
        for step in range(length):
            x, action = found.observations[episode, step].astype(np.float64), found.actions[episode, step]
            kept = forward("", x)
            p = chances(kept[-1])
            error = -share * advantages[episode][step] * (np.eye(len(p))[action] - p)
            entropy = -(p * np.log(p)).sum()
            error += config["entropy_weight"] / steps * p * (np.log(p) + entropy)
            backward("", kept, error[1:] if config["head"] == "bernoulli" else error)
            if config["baseline"]:
                slope = 2 * share * config["value_weight"] * (values[episode][step] - returns[episode][step])
                backward("value/", forward("value/", x), np.array([slope]))
    return gradients


DEFAULT = {
    "layers": (4,), "value_layers": (5,), "gamma": 0.9, "reward_scale": 0.5, "entropy_weight": 0.1, "value_weight": 0.7,
    "activation": "tanh", "head": "categorical", "baseline": True, "normalise": "batch", "average": "steps",
}  # fmt: skip
BOOK = {
    "layers": (4,), "gamma": 0.99, "reward_scale": 1.0, "entropy_weight": 0.0, "value_weight": 1.0, "activation": "relu",
    "bias": False, "head": "bernoulli", "baseline": False, "normalise": "episode", "whole_advantages": True,
    "average": "episodes",
}  # fmt: skip


@pytest.mark.parametrize(
    ("settings", "actions"),
    [(DEFAULT, 2), (DEFAULT | {"normalise": "none", "value_layers": (5, 3), "layers": ()}, 3), (BOOK, 2)],
    ids=["default", "three-actions", "book"],
)
def test_the_gradient_is_the_one_worked_out_with_numpy(settings, actions):
    one, found = learner(**settings, actions=actions), batch(actions)
    expected = by_hand(one, found, settings)
    one.update(found)
    # after its first step Adam's first moment is a tenth of the gradient
    for number, name in enumerate(one.weights):
        gradient = one.optimizer.variables[f"m/{number}"].numpy() * 10
        np.testing.assert_allclose(gradient, expected[name], rtol=2e-4, atol=2e-6, err_msg=name)


def test_the_value_networks_error_is_that_of_hand_worked_returns():
    from lab_policy_gradient.reinforce.episodes import Batch

    one = learner(gamma=0.5, value_layers=(), normalise="none", entropy_weight=0.0)
    one.value.variables["kernel_0"].assign(np.zeros((3, 1)))
    rewards = np.array([[1, 2, 4], [8, 0, 0]], np.float32)
    found = Batch(np.ones((2, 3, 3), np.float32), np.zeros((2, 3), np.int32), rewards, np.array([3, 1], np.int32))
    # returns 1 + 2/2 + 4/4 = 3, 2 + 4/2 = 4, 4 and 8; their squares' mean is 105 / 4
    assert one.update(found)["value_loss"] == pytest.approx((9 + 16 + 16 + 64) / 4)


def test_advantages_by_hand():
    import tensorflow as tf
    from lab_policy_gradient.reinforce.maths import normalised, step_weights

    mask = tf.constant([[1.0, 1.0, 1.0], [1.0, 1.0, 0.0]])
    given = tf.constant([[1.0, 2.0, 6.0], [4.0, 8.0, 99.0]])
    # episode 0: mean 3, deviation sqrt(14 / 3); episode 1: mean 6, deviation 2
    deviation = (14 / 3) ** 0.5
    episodes = normalised(given, mask, "episode").numpy()
    assert episodes[0] == pytest.approx(np.array([-2, -1, 3]) / deviation, rel=1e-5)
    assert episodes[1] == pytest.approx([-1, 1, 0], rel=1e-5)
    assert normalised(given, mask, "episode", whole=True).numpy()[0].tolist() == [-1.0, -1.0, 1.0]
    flat = np.array([1, 2, 6, 4, 8.0])
    batch = normalised(given, mask, "batch").numpy()
    assert batch[mask.numpy() > 0] == pytest.approx((flat - flat.mean()) / flat.std(), rel=1e-5)
    assert batch[1, 2] == 0
    assert np.allclose(step_weights(mask, "steps"), mask / 5)
    assert np.allclose(step_weights(mask, "episodes"), [[1 / 3] * 3, [0.5, 0.5, 0]])


def test_the_baseline_takes_no_part_in_the_policys_loss():
    """With a perfect policy gradient of zero weight the value network still learns, and from its own error alone."""
    one, found = learner(**DEFAULT | {"value_weight": 0.0}), batch()
    one.update(found)
    for number, name in enumerate(one.weights):
        if name.startswith("value/"):
            assert not one.optimizer.variables[f"m/{number}"].numpy().any(), name
