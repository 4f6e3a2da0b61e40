"""The compiled updates against TF-Agents' DdpgAgent, Td3Agent and SacAgent, and their mathematics by hand."""

import numpy as np
import pytest
import tensorflow as tf
from lab_policy_gradient.continuous.agent_learners import agent_learner
from lab_policy_gradient.continuous.config import DDPGConfig, SACConfig, TD3Config
from lab_policy_gradient.continuous.ddpg import DDPGLearner
from lab_policy_gradient.continuous.networks import MLP
from lab_policy_gradient.continuous.policy import best_action, perceptron, sampled_action
from lab_policy_gradient.continuous.sac import SACLearner, squashed
from lab_policy_gradient.continuous.td3 import TD3Learner, smoothed
from scipy import integrate, stats

from lab_core.config import from_dict

OBSERVATION, UPDATES, BATCH = 3, 6, 8
SMALL = {"actor_layers": (16, 12), "critic_layers": (12, 16)}
CASES = {
    "ddpg": (DDPGConfig, DDPGLearner, {"critic_l2": 0.01, "critic_action_layer": 1, "final_init": 3e-3}),
    "td3": (TD3Config, TD3Learner, {"policy_delay": 3, "target_noise": 0.6, "updates_per_slice": 6}),
    "sac": (SACConfig, SACLearner, {"target_entropy": -0.5, "alpha": 0.2}),
}


def make(kind, learner, settings, *, action_size=2, seed=0):
    config = from_dict(kind, {**SMALL, **settings})
    return learner(config, observation_size=OBSERVATION, action_size=action_size, rng=np.random.default_rng(seed))


def batches(rng, draws, action_size=2):
    """Random transitions, a fifth of them terminal."""
    shape = (UPDATES, BATCH)
    parts = (
        rng.normal(size=(*shape, OBSERVATION)),
        rng.uniform(-1, 1, (*shape, action_size)),
        rng.normal(size=shape),
        np.where(rng.random(shape) < 0.2, 0, 0.97),
        rng.normal(size=(*shape, OBSERVATION)),
        rng.normal(size=(UPDATES, draws, BATCH, action_size)),
    )
    return [part.astype(np.float32) for part in parts]


@pytest.mark.parametrize("case", CASES)
def test_compiled_updates_equal_the_agents(case):
    kind, learner, settings = CASES[case]
    ours = make(kind, learner, settings)
    theirs = make(kind, agent_learner(ours.config), settings)
    before = {name: variable.numpy() for name, variable in ours.variables.items()}
    rng = np.random.default_rng(1)
    for _ in range(2):
        data = batches(rng, learner.draws)
        # the actor's loss is defined otherwise by the agents, or taken more often
        figures = [np.delete(one.updates(*data).numpy(), 2) for one in (ours, theirs)]
        np.testing.assert_allclose(*figures, rtol=1e-4)
    assert ours.variables.keys() == theirs.variables.keys()
    for name, variable in ours.variables.items():
        np.testing.assert_allclose(variable.numpy(), theirs.variables[name].numpy(), atol=2e-6, rtol=0, err_msg=name)
    still = [name for name in before if np.array_equal(before[name], ours.variables[name].numpy())]
    assert [name for name in still if "learning_rate" not in name] == []


def test_xla_gives_the_same_updates():
    plain, compiled = make(SACConfig, SACLearner, {}), make(SACConfig, SACLearner, {"xla": True})
    data = batches(np.random.default_rng(0), SACLearner.draws)
    np.testing.assert_allclose(plain.updates(*data).numpy(), compiled.updates(*data).numpy(), rtol=1e-4)
    for name, variable in plain.variables.items():
        np.testing.assert_allclose(variable.numpy(), compiled.variables[name].numpy(), atol=1e-5, err_msg=name)


def test_updates_are_the_same_however_they_are_cut_into_calls():
    whole, cut = make(TD3Config, TD3Learner, {}), make(TD3Config, TD3Learner, {})
    data = batches(np.random.default_rng(0), TD3Learner.draws)
    whole.updates(*data)
    for at in range(0, UPDATES, 2):
        cut.updates(*(part[at : at + 2] for part in data))
    for name, variable in whole.variables.items():
        np.testing.assert_allclose(variable.numpy(), cut.variables[name].numpy(), atol=1e-6, err_msg=name)


def constant(mlp: MLP, value: float) -> None:
    """Make a network answer ``value`` everywhere."""
    for weight in mlp.weights:
        weight.assign(tf.zeros_like(weight))
    mlp.weights[-1].assign(tf.fill(mlp.weights[-1].shape, value))


def test_the_goal_is_the_lower_critics_discounted_value_by_hand():
    """Constant networks: y = r + discount * min(3, 5); the critics answer 1 and 2; terminal transitions aren't bootstrapped."""
    learner = make(TD3Config, TD3Learner, {"critic_learning_rate": 1e-12})
    for mlp, value in zip([*learner.target_critics, *learner.critics], (3.0, 5.0, 1.0, 2.0), strict=True):
        constant(mlp, value)
    data = batches(np.random.default_rng(0), 1)
    reward, discount = data[2], data[3]
    goal = reward[:2] + discount[:2] * 3.0
    expected = np.mean((goal - 1.0) ** 2 + (goal - 2.0) ** 2)
    # the actor and so the targets move only behind the second update
    assert learner.updates(*(part[:2] for part in data)).numpy()[0] == pytest.approx(expected, rel=1e-4)


def test_sacs_goal_has_the_entropy_of_the_next_action_by_hand():
    """A zero actor is N(0, 1) squashed; with noise 0 its density at 0 is that of N(0, 1) at 0, in each of 2 dimensions."""
    learner = make(SACConfig, SACLearner, {"alpha": 0.5, "critic_learning_rate": 1e-12})
    for mlp, value in zip([*learner.target_critics, *learner.critics], (4.0, 3.0, 0.0, 1.0), strict=True):
        constant(mlp, value)
    constant(learner.actor, 0.0)
    data = [part[:1] for part in batches(np.random.default_rng(0), 3)]
    data[5][:] = 0.0
    goal = data[2] + data[3] * (3.0 - 0.5 * 2 * np.log(1 / np.sqrt(2 * np.pi)))
    expected = 0.5 * np.mean(goal**2 + (goal - 1.0) ** 2)
    assert learner.updates(*data).numpy()[0] == pytest.approx(expected, rel=1e-5)


def test_the_temperature_falls_above_the_target_entropy_and_rises_below():
    for target, sign in ((-5.0, -1), (5.0, 1)):
        learner = make(SACConfig, SACLearner, {"target_entropy": target})
        learner.updates(*batches(np.random.default_rng(0), 3))
        assert np.sign(learner.log_alpha.numpy()) == sign
    fixed = make(SACConfig, SACLearner, {"learn_alpha": False, "alpha": 0.2})
    fixed.updates(*batches(np.random.default_rng(0), 3))
    assert np.exp(fixed.log_alpha.numpy()) == pytest.approx(0.2)


@pytest.mark.parametrize(("mean", "log_std"), [(0.0, 0.0), (0.7, -1.2), (-1.5, 0.4)])
def test_the_squashed_density_is_that_of_numerical_integration(mean, log_std):
    """P(a <= tanh(u)) is the Gaussian's P(U <= u), so the integral of the density up to an action must be that."""

    def density(action: float) -> float:
        noise = np.float32((np.arctanh(action) - mean) / np.exp(log_std))
        _, log_prob = squashed(*(tf.constant([[x]], tf.float32) for x in (mean, log_std, noise)))
        return float(np.exp(log_prob.numpy()[0]))

    grid = np.tanh(np.linspace(mean - 6 * np.exp(log_std), mean + 6 * np.exp(log_std), 401))
    found = integrate.cumulative_trapezoid([density(action) for action in grid], grid, initial=0)
    expected = stats.norm.cdf(np.arctanh(grid), mean, np.exp(log_std))
    np.testing.assert_allclose(found, expected, atol=2e-3)
    assert found[-1] == pytest.approx(1.0, abs=2e-3)


def test_the_squashed_density_stays_finite_where_tanh_rounds_to_one():
    far = tf.constant([[0.0]])
    action, log_prob = squashed(far, far, tf.constant([[40.0]]))
    assert action.numpy() == 1.0
    # log N(40) - log(1 - tanh(40)^2), the slope being 4 exp(-80)
    assert log_prob.numpy()[0] == pytest.approx(stats.norm.logpdf(40) - (np.log(4) - 80), rel=1e-5)


def test_target_actions_are_smoothed_within_their_clips():
    noise = tf.constant(np.random.default_rng(0).standard_normal((50_000, 1)), tf.float32)
    at = lambda action: smoothed(tf.fill(noise.shape, action), noise, sigma=0.2, clip=0.5).numpy()  # noqa: E731
    middle = at(0.0)
    assert np.abs(middle).max() == pytest.approx(0.5)
    # E[min(x^2, 2.5^2)] of a standard normal x: P(|x| < 2.5) - 2 * 2.5 phi(2.5) + 2.5^2 P(|x| > 2.5)
    assert middle.std() == pytest.approx(0.2 * 0.9776**0.5, rel=0.01)
    assert at(0.9).max() == 1.0
    assert at(0.9).min() == pytest.approx(0.4)


def test_targets_go_their_share_of_the_way():
    learner = make(DDPGConfig, DDPGLearner, {"tau": 0.25})
    before = [target.numpy() for target in learner.target_critics[0].weights]
    learner.updates(*(part[:1] for part in batches(np.random.default_rng(0), 0)))
    for old, target, online in zip(before, learner.target_critics[0].weights, learner.critics[0].weights, strict=True):
        np.testing.assert_allclose(target.numpy(), 0.75 * old + 0.25 * online.numpy(), rtol=1e-5, atol=1e-7)


def test_numpy_acts_as_tensorflow_does():
    rng = np.random.default_rng(0)
    learner = make(SACConfig, SACLearner, {})
    seen, noise = rng.normal(size=(7, OBSERVATION)).astype(np.float32), rng.normal(size=(7, 2)).astype(np.float32)
    weights = learner.actor.arrays()
    np.testing.assert_allclose(perceptron(weights, seen), learner.actor(tf.constant(seen)), atol=1e-6)
    actions, _ = learner.sample(tf.constant(seen), tf.constant(noise))
    np.testing.assert_allclose(sampled_action(weights, seen, noise), actions, atol=1e-6)
    modes, _ = learner.sample(tf.constant(seen), tf.zeros((7, 2)))
    np.testing.assert_allclose(best_action(weights, seen, 2), modes, atol=1e-6)


def test_networks_have_the_papers_sizes_and_bounds():
    """DDPG's critic: the action enters behind the first of 400 and 300 units; the last layer starts within 3e-3."""
    settings = {"critic_layers": (400, 300), "critic_action_layer": 1, "final_init": 3e-3}
    (critic,) = make(DDPGConfig, DDPGLearner, settings).critics
    shapes = [tuple(weight.shape) for weight in critic.weights]
    assert shapes == [(3, 400), (400,), (402, 300), (300,), (300, 1), (1,)]
    assert 2.9e-3 < np.abs(critic.weights[4]).max() < 3e-3
    assert 0.98 * 402**-0.5 < np.abs(critic.weights[2]).max() <= 402**-0.5
