"""The compiled update against TF-Agents' own agents and optimisers of tf_keras, on the same batches."""

import numpy as np
import pytest
import tensorflow as tf
from lab_dqn.agent_learner import AgentLearner
from lab_dqn.config import DQNConfig
from lab_dqn.learner import Learner
from lab_tensorflow.agents import import_agents, transitions

from lab_core.config import from_dict

ACTIONS, UPDATES, BATCH = 4, 3, 16

CASES = {
    "dqn-adam-huber": {},
    "dqn-adam-mse-clipped": {"loss": "mse", "max_grad_norm": 0.05},
    "ddqn-adam-huber": {"double_q": True},
    "ddqn-rmsprop": {"double_q": True, "optimizer": "rmsprop", "learning_rate": 2.5e-4},
    "dqn-rmsprop-centred": {"optimizer": "rmsprop", "rms_centred": True, "rms_decay": 0.95},
}


def batches(rng, shape):
    observation = rng.integers(0, 256, (UPDATES, BATCH, *shape), dtype=np.uint8)
    following = rng.integers(0, 256, (UPDATES, BATCH, *shape), dtype=np.uint8)
    action = rng.integers(0, ACTIONS, (UPDATES, BATCH)).astype(np.int32)
    reward = rng.normal(0, 2, (UPDATES, BATCH)).astype(np.float32)
    discount = np.where(rng.random((UPDATES, BATCH)) < 0.2, 0, 0.97).astype(np.float32)
    return observation, action, reward, discount, following


def reference_optimizer(config):
    """tf_keras for Adam, TensorFlow 1 for RMSProp: independent of ours."""
    import tf_keras

    if config.optimizer == "adam":
        return tf_keras.optimizers.legacy.Adam(config.learning_rate, epsilon=config.adam_epsilon)
    return tf.compat.v1.train.RMSPropOptimizer(
        config.learning_rate,
        decay=config.rms_decay,
        momentum=config.rms_momentum,
        epsilon=config.rms_epsilon,
        centered=config.rms_centred,
    )


def reference_agent(config, learner, period):
    """An agent that shares nothing with the learner but the values of its first weights."""
    import_agents()
    from tf_agents.agents.dqn import dqn_agent
    from tf_agents.specs import tensor_spec
    from tf_agents.trajectories import time_step
    from tf_agents.utils import common

    network = learner.copy_online().for_agents()
    agent_type = dqn_agent.DdqnAgent if config.double_q else dqn_agent.DqnAgent
    agent = agent_type(
        time_step.time_step_spec(tf.TensorSpec(learner.online.observation_shape, tf.float32)),
        tensor_spec.BoundedTensorSpec((), tf.int32, 0, ACTIONS - 1),
        q_network=network,
        optimizer=reference_optimizer(config),
        gamma=1.0,
        td_errors_loss_fn=common.element_wise_huber_loss if config.loss == "huber" else common.element_wise_squared_loss,
        gradient_clipping=config.max_grad_norm,
        target_update_period=period,
    )
    agent.initialize()
    return agent


@pytest.mark.parametrize("case", CASES)
def test_compiled_updates_equal_the_agents(case):
    config = from_dict(DQNConfig, {"network": "nips", **CASES[case]})
    learner = Learner(config, observation_shape=(84, 84, 4), actions=ACTIONS, seed=3)
    learner.online.parts = learner.target.parts = 2  # as on two cores
    learner.copy_target()
    agent = reference_agent(config, learner, period=UPDATES)
    rng = np.random.default_rng(0)
    for _ in range(3):  # the target network is copied after each round
        data = batches(rng, (84, 84, 4))
        loss = float(learner.updates(*data)[0])
        losses = []
        for k in range(UPDATES):
            observation, action, reward, discount, following = (tf.constant(part[k]) for part in data)
            observation, following = tf.cast(observation, tf.float32), tf.cast(following, tf.float32)
            losses.append(float(agent.train(transitions(observation, action, reward, discount, following)).loss))
        learner.copy_target()
        assert loss == pytest.approx(np.mean(losses), rel=1e-5)
        for ours, theirs in zip(learner.online.variables, agent._q_network.variables, strict=True):
            np.testing.assert_allclose(ours.numpy(), theirs.numpy(), atol=1e-5, rtol=0)
        for ours, theirs in zip(learner.target.variables, agent._target_q_network.variables, strict=True):
            np.testing.assert_allclose(ours.numpy(), theirs.numpy(), atol=1e-5, rtol=0)


@pytest.mark.parametrize("double_q", [False, True])
def test_the_agent_as_learner_gives_the_same_updates(double_q):
    config = from_dict(DQNConfig, {"network": "nips", "double_q": double_q})
    ours, theirs = (kind(config, observation_shape=(84, 84, 4), actions=ACTIONS, seed=3) for kind in (Learner, AgentLearner))
    rng = np.random.default_rng(1)
    for learner in (ours, theirs):
        learner.copy_target()
    for _ in range(2):
        data = batches(rng, (84, 84, 4))
        figures = [learner.updates(*data).numpy() for learner in (ours, theirs)]
        np.testing.assert_allclose(figures[0][0], figures[1][0], rtol=1e-5)
        for learner in (ours, theirs):
            learner.copy_target()
    assert ours.variables.keys() == theirs.variables.keys()
    for name, variable in ours.variables.items():
        np.testing.assert_allclose(variable.numpy(), theirs.variables[name].numpy(), atol=1e-5, rtol=0, err_msg=name)


@pytest.mark.parametrize(
    ("network", "expected"),
    [
        # kernels and biases counted by hand for 84x84x4 and 4 actions
        ("nips", 16 * (8 * 8 * 4) + 16 + 32 * (4 * 4 * 16) + 32 + 256 * (9 * 9 * 32) + 256 + 4 * 256 + 4),
        (
            "nature",
            32 * (8 * 8 * 4) + 32 + 64 * (4 * 4 * 32) + 64 + 64 * (3 * 3 * 64) + 64 + 512 * (7 * 7 * 64) + 512 + 4 * 512 + 4,
        ),
    ],
)
def test_networks_have_the_papers_sizes(network, expected):
    learner = Learner(from_dict(DQNConfig, {"network": network}), observation_shape=(84, 84, 4), actions=4)
    assert sum(int(np.prod(variable.shape)) for variable in learner.online.variables) == expected


def test_huber_loss_by_hand():
    learner = Learner(from_dict(DQNConfig, {"network": "nips"}), observation_shape=(84, 84, 4), actions=2)
    np.testing.assert_allclose(learner._error(tf.constant([0.5, -1.0, 3.0])), [0.125, 0.5, 2.5])


def test_bfloat16_keeps_float32_weights_and_agrees_roughly():
    config = from_dict(DQNConfig, {"network": "nips"})
    wide, narrow = (
        Learner(config, observation_shape=(84, 84, 4), actions=ACTIONS, precision=precision, seed=3)
        for precision in ("float32", "bfloat16")
    )
    frames = np.random.default_rng(0).integers(0, 256, (16, 84, 84, 4), dtype=np.uint8)
    assert {variable.dtype for variable in narrow.online.variables} == {tf.float32}
    values, rough = wide.online(tf.constant(frames)).numpy(), narrow.online(tf.constant(frames)).numpy()
    assert rough.dtype == np.float32
    np.testing.assert_allclose(rough, values, atol=0.02)
