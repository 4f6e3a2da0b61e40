"""C51 against a projection worked out by hand, TF-Agents' projection and loss, and TF-Agents' agent over several updates."""

import numpy as np
import pytest
import tensorflow as tf
from lab_dqn import categorical
from lab_dqn.agent_learner import AgentLearner
from lab_dqn.categorical_learner import CategoricalLearner
from lab_dqn.config import DQNConfig
from lab_tensorflow.agents import import_agents

from lab_core.config import from_dict

ACTIONS, UPDATES, BATCH, FEATURES = 3, 4, 16, 6
SETTINGS = {
    "game": "",
    "env": "CartPole-v1",
    "network": "mlp",
    "mlp_layers": (32,),
    "atoms": 51,
    "learning_rate": 2.5e-4,
    "adam_epsilon": 0.01 / 32,
}


def batches(seed):
    rng = np.random.default_rng(seed)
    reward = rng.normal(0, 4, (UPDATES, BATCH)).astype(np.float32)
    reward[0, 0] = 30.0  # beyond the last atom
    discount = np.where(rng.random((UPDATES, BATCH)) < 0.2, 0, 0.97).astype(np.float32)
    observation, following = rng.normal(0, 1, (2, UPDATES, BATCH, FEATURES)).astype(np.float32)
    action = rng.integers(0, ACTIONS, (UPDATES, BATCH)).astype(np.int32)
    return observation, action, reward, discount, following


def make(kind, **settings):
    learner = kind(from_dict(DQNConfig, SETTINGS | settings), observation_shape=(FEATURES,), actions=ACTIONS, seed=3)
    learner.copy_target()
    return learner


# atoms 0, 1, 2, 3, 4; Z has probabilities .1, .2, .4, .2, .1
BY_HAND = {
    # every atom moves up by a half: its mass goes in halves to its neighbours, and what leaves stays on the last atom
    "between atoms": (0.5, 1.0, [0.05, 0.15, 0.3, 0.3, 0.2]),
    # 0, .5, 1, 1.5, 2
    "shrunk": (0.0, 0.5, [0.1 + 0.1, 0.1 + 0.4 + 0.1, 0.1 + 0.1, 0.0, 0.0]),
    # everything beyond the first atom
    "below": (-9.0, 1.0, [1.0, 0.0, 0.0, 0.0, 0.0]),
    # the episode ended with 2.25: one value, its mass shared 3 : 1
    "ended": (2.25, 0.0, [0.0, 0.0, 0.75, 0.25, 0.0]),
}


@pytest.mark.parametrize("case", BY_HAND)
def test_projection_by_hand(case):
    reward, discount, expected = BY_HAND[case]
    z, probabilities = categorical.support(5, 0.0, 4.0), tf.constant([[0.1, 0.2, 0.4, 0.2, 0.1]])
    found = categorical.project(probabilities, tf.constant([reward]), tf.constant([discount]), z)
    np.testing.assert_allclose(found.numpy(), [expected], atol=1e-6)


def test_projection_keeps_the_mean_where_nothing_is_clipped_and_equals_tf_agents():
    import_agents()
    from tf_agents.agents.categorical_dqn.categorical_dqn_agent import project_distribution

    rng = np.random.default_rng(0)
    z = categorical.support(51, -10.0, 10.0)
    p = tf.constant(rng.dirichlet(np.ones(51), 64).astype(np.float32))
    reward = tf.constant(rng.normal(0, 4, 64).astype(np.float32))
    discount = tf.constant(rng.choice([0.0, 0.97, 0.5], 64).astype(np.float32))
    ours = categorical.project(p, reward, discount, z)
    theirs = project_distribution(reward[:, None] + discount[:, None] * z, p, z)
    np.testing.assert_allclose(ours.numpy(), theirs.numpy(), atol=1e-5)
    np.testing.assert_allclose(tf.reduce_sum(ours, -1).numpy(), 1.0, atol=1e-5)
    gentle = categorical.project(p, 0.1 * reward, 0.5 * discount, z)
    expected = 0.1 * reward + 0.5 * discount * tf.linalg.matvec(p, z)
    np.testing.assert_allclose(tf.linalg.matvec(gentle, z).numpy(), expected.numpy(), atol=1e-4)


def test_kl_divergence_is_zero_where_prediction_and_goal_agree():
    logits = tf.constant([[0.3, -1.0, 2.0], [0.0, 0.0, 0.0]])
    p = tf.nn.softmax(logits)
    np.testing.assert_allclose((categorical.cross_entropy(p, logits) - categorical.entropy(p)).numpy(), 0.0, atol=1e-6)
    one_hot = tf.constant([[1.0, 0.0, 0.0]])
    np.testing.assert_allclose(categorical.entropy(one_hot).numpy(), [0.0])
    np.testing.assert_allclose(categorical.cross_entropy(one_hot, tf.zeros((1, 3))).numpy(), [np.log(3)], rtol=1e-6)


@pytest.mark.parametrize("max_grad_norm", [None, 0.05])
def test_compiled_updates_equal_tf_agents_categorical_agent(max_grad_norm):
    ours, theirs = make(CategoricalLearner, max_grad_norm=max_grad_norm), make(AgentLearner, max_grad_norm=max_grad_norm)
    for seed in range(3):  # the target network is copied after each round
        data = batches(seed)
        figures = [learner.updates(*data).numpy() for learner in (ours, theirs)]
        assert figures[0][0] == pytest.approx(figures[1][0], rel=1e-5)
        for learner in (ours, theirs):
            learner.copy_target()
    assert ours.variables.keys() == theirs.variables.keys()
    for name, variable in ours.variables.items():
        np.testing.assert_allclose(variable.numpy(), theirs.variables[name].numpy(), atol=2e-5, rtol=0, err_msg=name)


def test_double_q_lets_the_online_network_choose():
    """The goal's mean is R + discount Q(s', argmax_a Q(s', a; online); target), where no atom is clipped."""
    learner = make(CategoricalLearner, double_q=True)
    rng = np.random.default_rng(5)
    for variable in learner.online.variables:
        variable.assign_add(rng.normal(0, 0.3, variable.shape).astype(np.float32))
    observation = tf.constant(rng.normal(0, 1, (BATCH, FEATURES)).astype(np.float32))
    reward, discount = tf.zeros(BATCH), 0.9 * tf.ones(BATCH)
    goal = learner._goal(learner.target.outputs(observation), reward, discount, observation)
    online, target = learner.online(observation).numpy(), learner.target(observation).numpy()
    assert (online.argmax(-1) != target.argmax(-1)).any()
    expected = 0.9 * target[np.arange(BATCH), online.argmax(-1)]
    np.testing.assert_allclose(tf.linalg.matvec(goal, learner.z).numpy(), expected, atol=1e-4)


def test_importance_weights_scale_each_samples_loss_and_errors_come_back():
    learner = make(CategoricalLearner, learning_rate=1e-9)
    data = batches(0)
    plain, error = learner.weighted_updates(*data, np.ones((UPDATES, BATCH), np.float32))
    assert error.shape == (UPDATES, BATCH)
    assert float(tf.reduce_min(error)) >= -1e-5
    halved, _ = learner.weighted_updates(*data, np.full((UPDATES, BATCH), 0.5, np.float32))
    assert float(halved[0]) == pytest.approx(0.5 * float(plain[0]), rel=1e-4)
    assert float(learner.updates(*data)[0]) == pytest.approx(float(plain[0]), rel=1e-4)


def test_values_of_the_network_are_the_distributions_means():
    learner = make(CategoricalLearner)
    observation = tf.constant(np.random.default_rng(0).normal(0, 1, (5, FEATURES)).astype(np.float32))
    logits = learner.online.outputs(observation).numpy()
    assert logits.shape == (5, ACTIONS, 51)
    p = np.exp(logits) / np.exp(logits).sum(-1, keepdims=True)
    np.testing.assert_allclose(learner.online(observation).numpy(), (p * np.linspace(-10, 10, 51)).sum(-1), atol=1e-4)
