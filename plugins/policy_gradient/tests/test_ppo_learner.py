"""The compiled updates against TF-Agents' PPOClipAgent, against NumPy, and against each other."""

import numpy as np
import pytest
from lab_policy_gradient.ppo.config import A2CConfig, PPOConfig
from lab_policy_gradient.ppo.rollout import Batch, log_probabilities, minibatches
from lab_policy_gradient.ppo.weights import initial_weights, mlp, orthogonal

SIZE, OUTPUTS = 5, 3
SETTINGS = {"env": "CartPole-v1", "clip": 0.1, "entropy_weight": 0.02, "value_weight": 0.7, "max_grad_norm": 0.3}


def weights(*, continuous=False, layers=(8, 8)):
    rng = np.random.default_rng(0)
    found = initial_weights(rng, (SIZE,), OUTPUTS, layers=layers, log_std=-0.4 if continuous else None)
    # beyond the first weights, where all outputs are nearly equal
    return {name: value + 0.2 * rng.standard_normal(value.shape).astype(np.float32) for name, value in found.items()}


def network(**options):
    from lab_policy_gradient.ppo.networks import ActorCritic

    return ActorCritic(weights(**options), (SIZE,))


def batch(count=16, *, continuous=False, shape=(SIZE,)):
    rng = np.random.default_rng(1)
    if len(shape) == 3:
        observations = rng.integers(0, 256, (count, *shape), dtype=np.uint8)
    else:
        observations = rng.normal(size=(count, *shape)).astype(np.float32)
    outputs = rng.normal(size=(count, OUTPUTS)).astype(np.float32)
    actions = rng.normal(size=(count, OUTPUTS)).astype(np.float32) if continuous else rng.integers(0, OUTPUTS, count, np.int32)
    old_log_std = weights(continuous=True)["log_std"] if continuous else None
    values, advantages, returns = rng.normal(size=(3, count)).astype(np.float32)
    old = log_probabilities(outputs, actions, old_log_std)
    return Batch(observations, actions, outputs, old, values, advantages, returns, np.ones(count, np.float32))


def learner(kind="compiled", *, continuous=False, **settings):
    from lab_policy_gradient.ppo.agent_learner import AgentLearner
    from lab_policy_gradient.ppo.learner import PPOLearner

    config = PPOConfig(**{**SETTINGS, **settings})
    made = {"compiled": PPOLearner, "agent": AgentLearner}[kind](config, network(continuous=continuous))
    made.schedule(1e-2, config.clip)
    return made


@pytest.mark.parametrize("value_clip", [True, False])
@pytest.mark.parametrize("continuous", [False, True])
def test_updates_are_those_of_tf_agents_ppo_clip_agent(continuous, value_clip):
    data = batch(continuous=continuous)
    indices = np.arange(16, dtype=np.int32).reshape(4, 4)[[0, 1, 2, 3, 1, 0]]
    ours, theirs = (learner(kind, continuous=continuous, value_clip=value_clip) for kind in ("compiled", "agent"))
    figures = ours.update(data, indices), theirs.update(data, indices)
    for name, weight in ours.network.numpy().items():
        np.testing.assert_allclose(weight, theirs.network.numpy()[name], rtol=2e-4, atol=2e-5, err_msg=name)
    assert figures[0] == pytest.approx(figures[1], rel=1e-3, abs=1e-4)
    moved = max(np.abs(weight - weights(continuous=continuous)[name]).max() for name, weight in ours.network.numpy().items())
    assert moved > 0.01  # the comparison is of something


@pytest.mark.parametrize("continuous", [False, True])
def test_loss_is_that_of_tf_agents_ppo_clip_agent(continuous):
    import tensorflow as tf

    ours, theirs = learner(continuous=continuous), learner("agent", continuous=continuous)
    if continuous:
        theirs.old_log_std.assign(theirs.network.variables["log_std"])
    data = Batch(*(tf.constant(column) for column in batch(continuous=continuous)))
    info = theirs.agent.train(theirs.experience(data))
    assert float(ours.loss(data)[0]) == pytest.approx(float(info.loss), rel=1e-5)


def test_agent_learner_refuses_what_the_agent_lacks():
    from lab_core.errors import UsageError

    with pytest.raises(UsageError, match="fixed clip"):
        learner("agent", clip_end=0.01)


def test_ppo_loss_is_that_of_numpy():
    data, made = batch(), learner()
    plain = weights()
    outputs, values = mlp(plain, "policy", data.observations), mlp(plain, "value", data.observations)[:, 0]
    ratio = np.exp(log_probabilities(outputs, data.actions, None) - data.log_probabilities)
    advantages = (data.advantages - data.advantages.mean()) / data.advantages.std()
    gains = np.minimum(ratio * advantages, np.clip(ratio, 0.9, 1.1) * advantages)
    held = data.values + np.clip(values - data.values, -0.1, 0.1)
    errors = np.maximum((values - data.returns) ** 2, (held - data.returns) ** 2)
    chances = np.exp(outputs) / np.exp(outputs).sum(axis=1, keepdims=True)
    entropy = -(chances * np.log(chances)).sum(axis=1)
    wanted = -gains.mean() + 0.7 * 0.5 * errors.mean() - 0.02 * entropy.mean()
    assert float(made.loss(data)[0]) == pytest.approx(float(wanted), rel=1e-5)


@pytest.mark.parametrize("method", ["ppo", "a2c"])
def test_the_policy_learns_nothing_from_a_forced_action_and_the_critic_does(method):
    from lab_policy_gradient.ppo.learner import A2CLearner

    shared = {name: value for name, value in SETTINGS.items() if name != "clip"}
    made = learner() if method == "ppo" else A2CLearner(A2CConfig(**shared, normalise_advantages=True), network())
    data, chosen = batch(), np.arange(16) % 4 != 1
    forced = made.gradients(data._replace(chosen=np.float32(chosen)))[0]
    without = made.gradients(Batch(*(column[chosen] for column in data)))[0]
    names, compared = list(made.network.variables), 0
    for name, one, two in zip(names, forced, without, strict=True):
        if name.startswith("policy/"):  # as if those samples weren't there
            np.testing.assert_allclose(one, two, rtol=1e-4, atol=1e-6, err_msg=name)
            compared += 1
        elif name.startswith("value/"):  # of all samples
            np.testing.assert_allclose(one, made.gradients(data)[0][names.index(name)], rtol=1e-4, atol=1e-6, err_msg=name)
            compared += 1
    assert compared == len(names)


def test_first_update_of_ppo_is_that_of_a2c():
    from lab_policy_gradient.ppo.learner import A2CLearner

    made = learner(normalise_advantages=False, value_clip=False)
    data = batch()
    outputs = mlp(weights(), "policy", data.observations)
    data = data._replace(log_probabilities=log_probabilities(outputs, data.actions, None))  # the ratio is 1
    shared = {name: value for name, value in SETTINGS.items() if name != "clip"}
    other = A2CLearner(A2CConfig(**shared, optimizer="adam"), network())
    other.schedule(1e-2, 0.0)
    for one, two in zip(made.gradients(data)[0], other.gradients(data)[0], strict=True):
        np.testing.assert_allclose(one, two, rtol=1e-4, atol=1e-6)
    whole = np.arange(16, dtype=np.int32)[None]
    figures = made.update(data, whole), other.update(data, whole)
    for name in ("value_loss", "entropy"):  # the policy's losses have the same gradient, not the same value
        assert figures[1][name] == pytest.approx(figures[0][name], rel=1e-4)
    for name, weight in made.network.numpy().items():
        np.testing.assert_allclose(weight, other.network.numpy()[name], rtol=1e-4, atol=1e-5, err_msg=name)
        assert np.abs(weight - weights()[name]).max() > 1e-3


def test_gradients_are_clipped_together():
    import tensorflow as tf

    made = learner(max_grad_norm=1e-3)
    given = []
    made.optimizer.apply_gradients = lambda pairs: given.extend(gradient for gradient, _ in pairs)
    made.step(Batch(*(tf.constant(column) for column in batch())))
    assert float(tf.linalg.global_norm(given)) == pytest.approx(1e-3, rel=1e-4)


@pytest.mark.parametrize("continuous", [False, True])
def test_numpy_acts_as_tensorflow_learns(continuous):
    plain, net = weights(continuous=continuous, layers=(64, 64)), network(continuous=continuous, layers=(64, 64))
    data = batch(256, continuous=continuous)
    outputs, values = net(data.observations)
    np.testing.assert_allclose(mlp(plain, "policy", data.observations), outputs, rtol=1e-5, atol=2e-6)
    np.testing.assert_allclose(mlp(plain, "value", data.observations)[:, 0], values, rtol=1e-5, atol=2e-6)
    judged, _ = net.judge(data.outputs, data.actions)
    log_std = plain.get("log_std")
    np.testing.assert_allclose(log_probabilities(data.outputs, data.actions, log_std), judged, rtol=1e-5, atol=1e-5)


def test_frames_go_through_one_trunk_and_half_precision_stays_close():
    from lab_policy_gradient.ppo.learner import PPOLearner
    from lab_policy_gradient.ppo.networks import ActorCritic

    shape = (36, 36, 2)
    plain = initial_weights(np.random.default_rng(0), shape, OUTPUTS, layers=None, log_std=None)
    frames = batch(4, shape=shape).observations
    outputs, values = ActorCritic(plain, shape)(frames)
    halved = ActorCritic(plain, shape, precision="bfloat16")
    assert outputs.shape == (4, OUTPUTS)
    np.testing.assert_allclose(halved(frames)[1], values, rtol=0.05, atol=0.02)
    assert halved(frames)[0].dtype == np.float32
    made = PPOLearner(PPOConfig(**SETTINGS), ActorCritic(plain, shape))
    made.schedule(1e-2, 0.1)
    made.update(batch(8, shape=shape), np.arange(8, dtype=np.int32).reshape(2, 4))
    for name, value in made.network.numpy().items():
        assert np.abs(value - plain[name]).max() > 0, name


def test_first_kernels_are_orthogonal_with_their_gains():
    rng = np.random.default_rng(0)
    tall, wide = orthogonal(rng, (10, 4), 2.0), orthogonal(rng, (3, 3, 2, 30), 0.5)
    np.testing.assert_allclose(tall.T @ tall, 4.0 * np.eye(4), atol=1e-5)
    flat = wide.reshape(18, 30)
    np.testing.assert_allclose(flat @ flat.T, 0.25 * np.eye(18), atol=1e-5)


def test_each_pass_takes_every_step_once_and_none_that_only_began_an_episode():
    begun = np.zeros((8, 4), np.bool_)
    begun[3, 1] = begun[6, 2] = True
    found = minibatches(np.random.default_rng(0), begun, epochs=3, count=4)
    assert found.shape == (12, 8)
    valid = set(np.flatnonzero(~begun.ravel()).tolist())
    for one in found.reshape(3, -1):
        assert set(one.tolist()) == valid
    assert not np.array_equal(found[:4], found[4:8])


def test_actions_are_drawn_as_often_as_their_chance():
    from lab_policy_gradient.ppo.actor import draw_categorical, draw_gaussian

    rng = np.random.default_rng(0)
    logits = np.tile(np.log(np.array([0.2, 0.5, 0.3], np.float32)), (100_000, 1))
    counts = np.bincount(draw_categorical(rng, logits), minlength=3) / 100_000
    np.testing.assert_allclose(counts, [0.2, 0.5, 0.3], atol=0.01)
    drawn = draw_gaussian(rng, np.full((100_000, 2), 3.0, np.float32), np.log(np.array([0.5, 2.0], np.float32)))
    np.testing.assert_allclose(drawn.mean(axis=0), 3.0, atol=0.03)
    np.testing.assert_allclose(drawn.std(axis=0), [0.5, 2.0], rtol=0.02)
    assert drawn.dtype == np.float32
